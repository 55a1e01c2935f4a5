"""The leak watch finds a token on each way out, and reports nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from astro_tui.demo import TOKEN
from astro_tui.demo.identity import DemoIdentity
from support.leaks import LOGINS, MARKS, watch

HERE = Path(__file__).parents[1]
PLANTED = """
import logging, subprocess, sys, threading
import pytest
from textual.app import App
from textual.widgets import Static
from support.terminal import Terminal

TOKEN = "private" + "-token-0123456789"
PRINT = f"print('private' + '-token')"

def test_nothing(): print("a token, private"); logging.getLogger("x").warning("a token")
def test_printed(): print(TOKEN)
def test_captured(capsys): print(TOKEN); capsys.readouterr()
def test_to_stderr_by_a_program(capfd): subprocess.run([sys.executable, "-c", PRINT]); capfd.readouterr()
def test_answered_by_a_program(): subprocess.run([sys.executable, "-c", PRINT], capture_output=True)
def test_logged(): logging.getLogger("httpx").debug("sent %s", TOKEN)
def test_logged_with_an_exception():
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logging.getLogger("x").exception("odd")
def test_a_thread(): threading.excepthook((ValueError, ValueError(TOKEN), None, None))
def test_written(tmp_path): (tmp_path / "notes.txt").write_text(TOKEN)
def test_named(tmp_path): (tmp_path / TOKEN).touch()
def test_a_login_may(tmp_path): (tmp_path / "login-astro.example.json").write_text(TOKEN)
def test_a_terminal():
    with Terminal([sys.executable, "-c", PRINT], {}) as terminal: terminal.wait()

class Draws(App):
    def compose(self): yield Static(("x" * 75 + TOKEN), markup=False)

@pytest.mark.anyio
async def test_drawn():
    async with Draws().run_test(): pass

@pytest.fixture(scope="session")
def anyio_backend(): return "asyncio"
"""
INNOCENT = {"test_nothing", "test_a_login_may"}


def test_a_token_is_found_on_every_way_out() -> None:
    # Outside the folders of the run, which are searched too.
    with TemporaryDirectory() as folder:
        (Path(folder) / "test_planted.py").write_text(PLANTED)
        plugin = "support.leaks"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rA", "-W", "ignore", "-p", "no:cacheprovider", "-p", plugin, "."],
            cwd=folder,
            env={"PYTHONPATH": f"{HERE}:{HERE.parent}", "PATH": "/usr/bin:/bin", "PYTEST_DEBUG_TEMPROOT": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    assert watch.take(), "what the run printed tells it, too"
    said = re.findall(r"^(PASSED|FAILED|ERROR) test_planted\.py::(\w+)", done.stdout, re.MULTILINE)
    names = set(re.findall(r"def (test_\w+)", PLANTED))
    assert {name for word, name in said if word != "PASSED"} == names - INNOCENT, done.stdout
    assert names == {name for _word, name in said}


def test_the_demos_secrets_have_a_form_that_the_watch_finds() -> None:
    with DemoIdentity(approves_after=0) as identity:
        identity.tokens("org_x")
        identity.authority.start({"client_id": identity.client_id}, "page")
        assert len(identity.issued) == 3
        for secret in (*identity.issued, TOKEN):
            assert any(re.search(mark, secret) for mark in MARKS)


def test_which_files_hold_logins() -> None:
    for path in ("login-astro.example.json", "login-http-127.0.0.1-8080.json"):
        assert LOGINS.search(f"/home/data/astro-tui/{path}")
    assert LOGINS.search("/home/data/astro-tui/.login-astro.example.json.4711")
    assert LOGINS.search("/home/.ast-dev/credentials.json")
    for path in ("login-x.json.lock", "x-login-a.json", "credentials.json", ".ast/credentials.json.lock"):
        assert not LOGINS.search(f"/home/data/{path}")


def test_no_picture_shows_a_token() -> None:
    pictures = [*HERE.rglob("*.svg"), *(HERE.parent / "docs").glob("*.svg")]
    assert pictures
    for picture in pictures:
        watch.look(picture.name, picture.read_text(encoding="utf-8"))
    assert watch.take() == []
