"""A plugin for the tests of `doctor`: a user's machine, and a report whose form is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import validate

from astro_tui import __version__
from astro_tui.cli.commands import doctor
from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity

TEXT = {"type": "string", "minLength": 1, "pattern": r"^[^\x00-\x1f]*$"}
SCHEMA = {
    "type": "object",
    "required": ["version", "verdict", "exit_code", "took_seconds", "checks"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": __version__},
        "verdict": {"enum": ["ok", "note", "problem"]},
        "exit_code": {"enum": [0, 1, 2]},
        "took_seconds": {"type": "number", "minimum": 0, "maximum": 15},
        "checks": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["group", "check", "verdict", "message", "do"],
                "additionalProperties": False,
                "properties": {
                    "group": TEXT,
                    "check": TEXT,
                    "verdict": {"enum": ["ok", "note", "problem"]},
                    "message": TEXT,
                    "do": {"anyOf": [{"type": "null"}, TEXT]},
                },
                # Every problem comes with a next step.
                "if": {"properties": {"verdict": {"const": "problem"}}},
                "then": {"properties": {"do": TEXT}},
            },
        },
    },
}


class Reported(NamedTuple):
    """The result of one check."""

    verdict: str
    message: str
    do: str


class Visit(NamedTuple):
    """The whole report."""

    code: int
    object: dict[str, Any]
    out: str

    def of(self, group: str, check: str = "") -> Reported:
        """Return the result of a check, or of the first problem of a group."""
        found = [each for each in self.object["checks"] if each["group"] == group]
        found = [each for each in found if (each["check"] == check if check else each["verdict"] == "problem")]
        assert found, f"nothing of {group} {check}:\n{self.out}"
        return Reported(found[0]["verdict"], found[0]["message"], found[0]["do"] or "")

    @property
    def problems(self) -> list[str]:
        return [each["group"] for each in self.object["checks"] if each["verdict"] == "problem"]


class Patient:
    """A user's machine: a home directory and an environment, in which `doctor` runs in this process."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self.home, self.patch, self._capture = home, patch, capture
        self.config = home / "config" / "astro-tui" / "config.toml"
        self.data = home / "data" / "astro-tui"
        self.token = ""
        kept = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data")}
        for name, value in (kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}).items():
            patch.setenv(name, value)
        for name in ("ASTRO_SERVER_URL", "ASTRO_ACCOUNT", "NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR"):
            patch.delenv(name, raising=False)
        for kind in ("http", "https", "all", "no"):
            patch.delenv(f"{kind}_proxy", raising=False)
            patch.delenv(f"{kind.upper()}_PROXY", raising=False)

    def at(self, server: str, token: str = "", **more: str) -> Patient:
        self.token = token
        for name, value in ({"ASTRO_SERVER_URL": server} | more).items():
            self.patch.setenv(name, value)
        return self

    def configured(self, text: str) -> Path:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)
        return self.config

    def text(self, *arguments: str) -> tuple[int, str]:
        # Every run removes it from the environment.
        self.patch.setenv("ASTRO_ACCESS_TOKEN", self.token)
        code = doctor.run(arguments)
        written = self._capture.readouterr()
        assert written.err == b""
        return code, written.out.decode()

    def __call__(self, *arguments: str) -> Visit:
        code, out = self.text("--json", *arguments)
        told = json.loads(out)
        validate(told, SCHEMA)
        assert told["exit_code"] == code
        return Visit(code, told, out)


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Patient:
    """A user without a login."""
    return Patient(tmp_path, monkeypatch, capsysbinary)


@pytest.fixture
def platform(identity: DemoIdentity) -> Iterator[DemoServer]:
    """A platform that accepts its tokens."""
    with DemoServer(frozen=True, identity=identity) as server:
        yield server


@pytest.fixture
def well(patient: Patient, platform: DemoServer, identity: DemoIdentity) -> Patient:
    """A user for whom every check passes."""
    return patient.at(platform.url, platform.token, ASTRO_IDENTITY_URL=identity.url)
