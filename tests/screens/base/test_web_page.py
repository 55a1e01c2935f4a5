"""`o` opens the web page of what is on screen, or copies its address where there is no browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS
from support.driving import listed, opened, spec_of
from support.on_screen import running, until, until_text

from astro_tui.demo import DemoServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def opened_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which a desktop's opener writes what it opened."""
    script, result = tmp_path / "xdg-open", tmp_path / "opened"
    script.write_text(f'#!/bin/sh\necho "$@" > {result}.new\nmv {result}.new {result}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    return result


def last_opened(result: Path, *, forget: bool = False) -> str:
    if forget:
        result.unlink()
    return result.read_text() if result.exists() else ""


async def test_the_page_opens_or_its_address_is_copied(
    opened_pages: Path, make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Taken()
    page = f"{demo.url}/meridian-labs/agents/{CLAIMS}"
    async with running(taken.on(make_app()), 140, 30) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("o")
        await until_text(pilot, f"Opened {page} in the browser.")
        await until(pilot, lambda: last_opened(opened_pages) == f"{page}\n")
        last_opened(opened_pages, forget=True)
        # Over SSH, the browser would open on the remote machine.
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50022 192.0.2.1 22")
        await pilot.press("o")
        await until_text(pilot, f"no browser can be opened here; open {page}")
        assert taken.texts == [page]
        assert not last_opened(opened_pages)
        # A letter that is typed is a letter.
        await pilot.press("slash", "o")
        assert spec_of(screen).prompt.text == "o"


async def test_the_demo_has_no_pages(make_app: AppFactory) -> None:
    async with running(make_app(demo=True)) as pilot:
        await listed(pilot)
        await pilot.press("o")
        await until_text(pilot, "The demo has no web pages.")
