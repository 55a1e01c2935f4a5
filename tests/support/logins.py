"""Stored logins: a keyring in memory, logins of a demo identity provider, and programs that use them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from astro_tui.auth import renewal
from astro_tui.auth.claims import claims_of
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.keyring_access import KeyringError
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.tokens import StoredTokens
from astro_tui.demo.identity import DemoIdentity
from astro_tui.errors import Fix
from support.deadline import DEADLINE
from support.forked import Forked

SERVER = "https://astro.example"
"""A server to which no CLI is signed in."""


def jwt(**claims: object) -> str:
    """Return an unsigned token with the given claims."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


class MemoryKeyring:
    """A keyring that works until `broken` is set to an error."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.others: dict[tuple[str, str], str] = {}
        self.broken = ""
        self.absent = False
        self.fix: Fix | None = None
        self.asked = 0

    name = "the test's keyring"

    def _ask(self) -> None:
        self.asked += 1
        if self.broken:
            raise KeyringError(self.broken, absent=self.absent, fix=self.fix)

    def get(self, service: str, user: str) -> str | None:
        self._ask()
        return self.items.get((service, user))

    def set(self, service: str, user: str, secret: str) -> None:
        self._ask()
        self.items[service, user] = secret

    def delete(self, service: str, user: str) -> bool:
        self._ask()
        return self.items.pop((service, user), None) is not None

    def foreign(self, service: str, user: str) -> str | None:
        self._ask()
        return self.others.get((service, user))


class NoKeyring(MemoryKeyring):
    """A system without a keyring."""

    def __init__(self) -> None:
        super().__init__()
        self.broken, self.absent = "This system has no keyring.", True


def login_of(identity: DemoIdentity, *, left: float | None = None, age: float = 0) -> Login:
    """Return a new login at a provider; `left` are the seconds that its access token has still to live.

    Such a token was obtained long ago, by the clock of this machine; `age` says how long.
    """
    told = identity.tokens()
    now = datetime.now(UTC)
    if left is not None:
        age = identity.authority.lifetime - left
    return Login(
        told["access_token"],
        told["refresh_token"],
        claims_of(told["access_token"]).expires,
        told["user"]["id"],
        told["user"]["email"],
        SERVER,
        identity.url,
        identity.client_id,
        now - timedelta(seconds=age),
    )


def tokens_at(own: OwnLogin, **more: Any) -> StoredTokens:
    """Return the tokens of a run, with settings that name no real provider."""
    cli = more.pop("cli", None) or CliLogins(own.server, folder=own.folder, keyring=NoKeyring())
    return StoredTokens(own, cli, identity="http://127.0.0.1:9", client_id="unused", **more)


class Gate:
    """Delays a provider's responses: `arrived` and `answered` are set when a refresh arrives and when it is done.

    It goes on at `before` and `after`, which are open until a test closes them.
    """

    def __init__(self, identity: DemoIdentity) -> None:
        self.arrived, self.answered = threading.Event(), threading.Event()
        self.before, self.after = threading.Event(), threading.Event()
        self.open()
        self._answer: Callable[[Mapping[str, str]], Any] = identity.authority.authenticate
        identity.authority.authenticate = self._authenticate  # type: ignore[method-assign]

    def open(self) -> None:
        self.before.set()
        self.after.set()

    def _authenticate(self, fields: Mapping[str, str]) -> Any:
        self.arrived.set()
        assert self.before.wait(DEADLINE)
        told = self._answer(fields)
        self.answered.set()
        assert self.after.wait(DEADLINE)
        return told


USES = """
import sys, threading
from pathlib import Path
from astro_tui.auth.cli_login import CliLogins
from astro_tui.text.fingerprint import fingerprint
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.tokens import StoredTokens
from astro_tui.platform.client import Call

server, folder, threads, organization = sys.argv[1:]
own = OwnLogin(server, folder=Path(folder))
tokens = StoredTokens(own, CliLogins(server, folder=Path(folder)), identity="http://127.0.0.1:9", client_id="unused")
gate, found = threading.Barrier(int(threads)), []

def use():
    gate.wait()
    found.append(tokens.scoped(organization, Call()) if organization else tokens.current(Call()))

print("ready", flush=True)
sys.stdin.readline()
each = [threading.Thread(target=use) for _ in range(int(threads))]
for thread in each: thread.start()
for thread in each: thread.join()
print(*{fingerprint(token or "") for token in found}, len(found), flush=True)
"""


@contextmanager
def using(own: OwnLogin, threads: int = 1, organization: str = "") -> Iterator[Forked]:
    """Start a program that requests the token in several threads once it reads a line of input."""
    words = ["-c", own.server, str(own.folder), str(threads), organization]
    with Forked(words, code=USES, session=True) as process:
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def go(process: Forked) -> None:
    """Let such a program begin."""
    process.stdin.write("\n")
    process.stdin.flush()


def fork_renewals(patch: pytest.MonkeyPatch) -> None:
    """Fork the processes in which this process renews logins. Other processes start new ones."""

    def start(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, **_more: object) -> Forked:
        _python, safe, execute, code, *arguments = command
        assert (safe, execute) == ("-P", "-c")
        return Forked(["-c", *arguments], env, cwd, code=code, session=True, tells=True)

    patch.setattr(renewal, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": start}))


def renewals(folder: Path) -> list[int]:
    """Return the processes that are renewing a login in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(folder) in words and any(b"auth.renewal" in word for word in words):
                found.append(int(entry.name))
    return found


def until(true: Callable[[], object], what: str) -> None:
    """Wait until `true()` is true; fail with `what` if it never is."""
    ends = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < ends, what
        time.sleep(0.01)
