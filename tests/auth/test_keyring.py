"""A real keyring: a desktop's Secret Service, in its own session with its own home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from support.deadline import DEADLINE
from support.logins import until

from astro_tui.auth.keyring_access import KeyringError, SystemKeyring, read_as_utf16, unpacked

PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon", "secret-tool")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
needs_service = pytest.mark.skipif(
    bool(MISSING) and "ASTRO_TUI_NEEDS_KEYRING" not in os.environ, reason=f"not installed: {', '.join(MISSING)}"
)
IN_A_SESSION = """
set -e
eval "$(printf 'a password\\n' | gnome-keyring-daemon --unlock --components=secrets)"
printf %s "$TOKEN" | secret-tool store --label="Password for 'default_access_token' on 'astro-cli'" \\
    service astro-cli username default_access_token
exec "$PYTHON" -c "$SCRIPT" "$@"
"""
"""Lays an item as go-keyring does: these two attributes and nothing else (platform.md §2.7)."""
SCRIPT = """
import json, os, subprocess, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.keyring_access import SystemKeyring
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin

def items(*attributes):
    found = subprocess.run(["secret-tool", "search", "--all", *attributes], capture_output=True, text=True, check=True)
    return (found.stdout + found.stderr).count("attribute.username")

home, folder = Path(os.environ["HOME"]), Path(os.environ["HOME"]) / "data"
cli = CliLogins("https://astropods.com", home=home, folder=folder)
theirs = cli.read()
own = OwnLogin("https://astro.example", folder=folder)
nothing = own.read()
later = datetime.now(UTC) + timedelta(hours=1)
place = own.sign_in(Login("first.access.token", "first-refresh-token", later, email="sam@example.org"))
first = OwnLogin("https://astro.example", folder=folder).read()
own.sign_in(Login("second.access.token", "second-refresh-token", later))
second = OwnLogin("https://astro.example", folder=folder).read()
kept = own.file.read_text()
count = items("service", "astro-tui")
removed = own.sign_out().messages
told = {
    "theirs": theirs.access_token, "where": theirs.place, "nothing": nothing is None, "place": place,
    "first": first.access_token, "second": second.refresh_token, "file": kept, "own items": count,
    "removed": removed, "left": items("service", "astro-tui"), "again": own.read() is None,
    "still theirs": cli.read().access_token, "their items": items("service", "astro-cli"),
    "unknown": SystemKeyring().get("astro-tui", "nobody") is None,
}
print(json.dumps(told))
"""


@needs_service
def test_a_secret_service(tmp_path: Path) -> None:
    assert not MISSING, f"ASTRO_TUI_NEEDS_KEYRING is set, and there is no {', '.join(MISSING)}"
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzAxIiwiZXhwIjoxODkzNDU2MDAwfQ.x"
    folder = tmp_path / ".ast"
    folder.mkdir(mode=0o700)
    profile = {"expires_at": "2030-01-01T00:00:00Z", "user": {"id": "user_01", "email": "sam@example.org"}}
    file = folder / "credentials.json"
    file.write_text(json.dumps({"current_profile": "default", "profiles": {"default": profile}}))
    file.chmod(0o600)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "PYTHON_KEYRING"))}
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", IN_A_SESSION, "session"],
        env=kept
        | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "TOKEN": token}
        | {"PYTHON": sys.executable, "SCRIPT": SCRIPT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["theirs"] == told["still theirs"] == token
    assert told["where"].endswith("astro-cli")
    assert told["nothing"]
    assert told["place"] == "the system's keyring (SecretService)"
    assert (told["first"], told["second"]) == ("first.access.token", "second-refresh-token")
    assert "token" in told["file"]
    assert "second.access" not in told["file"]
    assert "second-refresh" not in told["file"]
    # Our one item was replaced at once, and the CLI's item is untouched.
    assert (told["own items"], told["left"], told["their items"]) == (1, 0, 1)
    assert len(told["removed"]) == 2
    assert told["again"]
    assert told["unknown"]


def test_without_a_keyring_it_says_so() -> None:
    keyring = SystemKeyring()
    for use in (lambda: keyring.get("a", "b"), lambda: keyring.set("a", "b", "c"), lambda: keyring.delete("a", "b")):
        with pytest.raises(KeyringError, match=r"This system has no keyring\."):
            use()
    assert keyring.name == "the system's keyring (fail)"


def test_a_keyring_that_waits_for_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import keyring

    asked, done = threading.Event(), threading.Event()

    def ask(_service: str, _user: str) -> str:
        asked.set()
        done.wait(DEADLINE)
        return "late"

    monkeypatch.setattr(keyring, "get_password", ask)
    slow = SystemKeyring(seconds=0.05)
    with pytest.raises(KeyringError, match="may be locked"):
        slow.get("a", "b")
    assert asked.is_set()
    # A second read waits for the same prompt: a new one would open another window.
    asked.clear()
    with pytest.raises(KeyringError, match="may be locked"):
        slow.get("a", "b")
    assert not asked.is_set()
    done.set()

    def unlocked() -> bool:
        with suppress(KeyringError):
            return slow.get("a", "b") == "late"
        return False

    until(unlocked, "it stays locked")


def test_a_keyring_that_stores_nothing_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring, "set_password", lambda *_: None)
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    with pytest.raises(KeyringError, match="did not save"):
        SystemKeyring().set("a", "b", "secret-of-somebody")


def test_a_keyrings_own_error_message_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    secret = "secret-of-somebody"

    def fails(*_given: str) -> None:
        raise RuntimeError(f"cannot store {secret}")

    monkeypatch.setattr(keyring, "set_password", fails)
    with pytest.raises(KeyringError) as caught:
        SystemKeyring().set("a", "b", secret)
    assert str(caught.value) == "The keyring returned an error (RuntimeError)."
    assert secret not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("packed", "secret"),
    [
        ("plain.jwt.token", "plain.jwt.token"),
        ("go-keyring-base64:cGxhaW4=", "plain"),
        ("go-keyring-encoded:706c61696e", "plain"),
        ("go-keyring-base64:%%%", None),
        ("go-keyring-encoded:zz", None),
    ],
)
def test_go_keyrings_packing_is_undone(packed: str, secret: str | None) -> None:
    assert unpacked(packed) == secret


def test_windows_reads_as_utf16_what_go_wrote_as_utf8() -> None:
    assert read_as_utf16(b"abcd.efgh.ij".decode("utf-16-le")) == "abcd.efgh.ij"
    assert read_as_utf16("abc.def.g") == "abc.def.g"
    assert read_as_utf16(None) is None


def test_macos_reads_with_the_program_that_owns_the_item(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from astro_tui.auth import keyring_access

    security = tmp_path / "security"
    script = '#!/bin/sh\n[ "$*" = "find-generic-password -s astro-cli -wa default" ] || exit 44\n'
    security.write_text(f"{script}echo go-keyring-base64:cGxhaW4=\n")
    security.chmod(0o700)
    monkeypatch.setattr(keyring_access, "_SECURITY", security)
    assert keyring_access._from_macos("astro-cli", "default") == "plain"
    assert keyring_access._from_macos("astro-cli", "other") is None
