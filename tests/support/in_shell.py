"""The shell commands, run in this process for their output, and as programs for their exit codes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from astro_tui.cli.main import command_named
from astro_tui.cli.output import trouble
from astro_tui.demo import DemoServer
from astro_tui.errors import AstroError
from support.deadline import DEADLINE
from support.forked import PROGRAM, Forked, can_be_forked
from support.terminal import environment

SECRETS = (
    *("EXAMPLE-ONLY", "EXAMPLE-ROTATED", "EXAMPLEonly", "0123456789-EXAMPLE", "eyJhbGciOi", "RVhBTVBMRS1PTkxZ"),
    "Zk9vQmFyRXhhbXBsZU9ubHlOb3RBU2VjcmV0MTIzNDU2Nzg5MA",
)
"""Secrets in the specs of legacy-bridge and claims-desk."""


class Done(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Shell:
    """Runs commands in this process, signed in to a demo platform."""

    def __init__(
        self, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes], folder: Path
    ) -> None:
        self.demo, self.folder, self.token = demo, folder, demo.token
        self._patch, self._capture = monkeypatch, capture
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
        monkeypatch.setenv("ASTRO_SERVER_URL", demo.url)
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.delenv("ASTRO_ACCOUNT", raising=False)
        # A busy machine must not change what `list` finds out.
        monkeypatch.setattr("astro_tui.cli.listing.PATIENCE", 120.0)

    def __call__(self, command: str, *arguments: str) -> Done:
        # Every run removes it from the environment.
        self._patch.setenv("ASTRO_ACCESS_TOKEN", self.token)
        said = ""
        try:
            code = int(command_named(command).run(arguments))
        except AstroError as error:
            code, said = 2, trouble(error, arguments) + "\n"
        written = self._capture.readouterr()
        return Done(code, written.out.decode(), written.err.decode() + said)


def signed_in(demo: DemoServer, home: Path, **extra: str) -> dict[str, str]:
    """Return the environment of a user who is signed in to the demo platform."""
    more: Mapping[str, str] = {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token, **extra}
    return environment(str(home), more)


def program(env: Mapping[str, str], folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [PROGRAM, *arguments]
    if not can_be_forked(command, env):
        return executed(command, env, folder, given)
    process = Forked(command, env, folder)
    out, err = process.communicate(given, timeout=DEADLINE)
    return subprocess.CompletedProcess(command, process.wait(), out, err)


def executed(
    command: Sequence[str], env: Mapping[str, str], folder: Path, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder to its end; `given` is its standard input."""
    return subprocess.run(
        command, env=dict(env), cwd=folder, check=False, capture_output=True, text=True, timeout=DEADLINE, input=given
    )


def no_secret(text: str) -> None:
    """Fail if `text` contains a secret of the demo's specs."""
    assert [secret for secret in SECRETS if secret in text] == []


def shell_at(
    now: datetime,
    demo: DemoServer,
    monkeypatch: pytest.MonkeyPatch,
    capture: pytest.CaptureFixture[bytes],
    folder: Path,
) -> Shell:
    """Return a shell whose commands and tools investigate, measure, and print ages as if it were `now`."""
    monkeypatch.setattr("astro_tui.runtime.datetime", SimpleNamespace(now=lambda _zone: now))
    return Shell(demo, monkeypatch, capture, folder)
