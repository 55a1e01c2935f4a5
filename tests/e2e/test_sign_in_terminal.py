"""Signing in with a real terminal: from the first start on a new machine to a login that ends during use."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.identity import AUTHENTICATE, DemoIdentity

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}\b")


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    with DemoIdentity(interval=0.2) as provider:
        yield provider


@pytest.fixture
def server(identity: DemoIdentity) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, identity=identity) as platform:
        yield platform


def started(server: DemoServer, identity: DemoIdentity, home: Path) -> Terminal:
    settings = {
        "ASTRO_SERVER_URL": server.url,
        "ASTRO_IDENTITY_URL": identity.url,
        "ASTRO_CLIENT_ID": identity.client_id,
        "ASTRO_ACCOUNT": "meridian-labs",
    }
    return Terminal([PROGRAM], environment(str(home), settings))


def approve(terminal: Terminal) -> None:
    """Do in a browser what the screen says."""
    terminal.until(lambda: CODE.search(terminal.text), "a code")
    found, address = CODE.search(terminal.text), re.search(r"http://\S+/device", terminal.text)
    assert found
    assert address
    with urlopen(f"{address[0]}?user_code={found[0]}") as page:
        assert b"You are signed in" in page.read()


def test_from_the_first_start_to_an_expired_login(server: DemoServer, identity: DemoIdentity, tmp_path: Path) -> None:
    with started(server, identity, tmp_path) as terminal:
        terminal.until_text("You are not signed in.", "l  sign in")
        terminal.send("l")
        approve(terminal)
        terminal.until_text("FAILED", "Signed in as sam@meridian.example")
        terminal.send("/claims\r")
        terminal.until_text("2 of 30 agents")
        terminal.send("j")
        terminal.until_text("── Claims Desk (US)")
        identity.end_sessions()
        terminal.send("r")
        terminal.until_text(
            "SIGNED OUT", "signed out ·", "I sign in", "2 of 30 agents", "▌● ACTIVE      Claims Desk (US)"
        )
        terminal.send("I")
        approve(terminal)
        terminal.until(lambda: "agents" in terminal.text and "SIGNED OUT" not in terminal.text, "the list again")
        terminal.until_text("2 of 30 agents", "▌● ACTIVE      Claims Desk (US)")
        terminal.send("q")
        assert terminal.wait()[0] == 0
        raw = terminal.raw
    with started(server, identity, tmp_path) as terminal:
        terminal.until_text("2 of 30 agents")
        terminal.send("\x03")
        assert terminal.wait()[0] == 0
        raw += terminal.raw
    assert (identity.counts["granted"], identity.counts["refreshed"]) == (2, 0)
    assert not [secret for secret in identity.issued if secret.encode() in raw]


def test_quitting_while_the_identity_provider_hangs(server: DemoServer, identity: DemoIdentity, tmp_path: Path) -> None:
    with started(server, identity, tmp_path) as terminal:
        terminal.until_text("You are not signed in.")
        terminal.send("l")
        approve(terminal)
        terminal.until_text("FAILED")
        # The platform requires another token, and the provider does not respond.
        server.faults.set("/", Fault.response(401, b"{}"))
        identity.faults.set(AUTHENTICATE, Fault.hang())
        asked = len(identity.requests)
        terminal.send("r")
        terminal.until(lambda: len(identity.requests) > asked, "the login is being renewed")
        terminal.send("q")
        code, took = terminal.wait()
        assert code == 0
        assert took < AT_ONCE
