"""`astro-tui doctor`: no problems with the demo; each problem is reported with what to do; never a secret."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from support.deadline import DEADLINE
from support.in_shell import PROGRAM
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.cli.commands import doctor
from astro_tui.demo import DemoServer, Fault
from astro_tui.text.redaction import MASK

if TYPE_CHECKING:
    from support.consulting import Patient

pytest_plugins = ["support.consulting"]


# ---- all is fine


def test_all_is_fine(well: Patient, platform: DemoServer) -> None:
    visit = well()
    assert (visit.code, visit.problems) == (0, [])
    assert [check["group"] for check in visit.object["checks"] if check["verdict"] == "note"] == ["terminal"]
    groups = list(dict.fromkeys(check["group"] for check in visit.object["checks"]))
    assert groups == ["program", "config", "terminal", "keyring", "login", "server", "clock", "identity"]
    assert MASK not in visit.out
    assert platform.url in visit.of("config", "settings").message
    assert "ASTRO_SERVER_URL" in visit.of("config", "settings").message
    assert "is healthy" in visit.of("server", "platform").message
    assert "Accepted by the platform: " in visit.of("server", "login").message
    assert "agree to within" in visit.of("clock", "skew").message
    assert [target for _method, target in platform.requests] == ["/api/v1/health", "/api/v1/me"]


def test_as_text(well: Patient) -> None:
    code, out = well.text()
    assert code == 0
    assert "\x1b" not in out
    assert "do:" not in out
    assert out.splitlines()[-1] == "No problems. 1 note."
    assert "  ✓ ok       connection   127.0.0.1, port " in out
    code, plain = well.text("--ascii")
    assert code == 0
    assert plain.isascii()
    assert "  + ok       connection   127.0.0.1, port " in plain


def test_a_notify_command_that_does_not_exist(well: Patient) -> None:
    well.configured('notify = {command = ["no-such-program"]}')
    assert well().of("terminal", "notify").message == "The program no-such-program was not found."


def test_on_the_embedded_demo(patient: Patient) -> None:
    visit = patient.at("https://nowhere.invalid")("--demo")
    assert visit.code == 0
    assert "not checked" in visit.of("login", "left out").message


@pytest.mark.parametrize("width", [80, 40])
def test_on_a_terminal(well: Patient, platform: DemoServer, width: int) -> None:
    extra = {"ASTRO_SERVER_URL": platform.url, "ASTRO_ACCESS_TOKEN": platform.token}
    extra["ASTRO_IDENTITY_URL"] = os.environ["ASTRO_IDENTITY_URL"]
    with Terminal([PROGRAM, "doctor"], environment(str(well.home), extra), width, 90) as terminal:
        terminal.until_text("No problems.")
        assert terminal.wait()[0] == 0
    assert f"{width}x90" in terminal.text
    assert "looking at" not in terminal.text
    assert b"\x1b[32m\xe2\x9c\x93 ok" in terminal.raw
    words = [line for line in terminal.text.splitlines() if line and not line.startswith("  ")]
    # The groups and the summary. The text below them is indented, and wrapped between words.
    assert words == ["program", "config", "terminal", "keyring", "login", "server", "clock", "identity", words[-1]]


def test_ctrl_c_ends_at_once(well: Patient, platform: DemoServer) -> None:
    platform.faults.set("/health", Fault.hang())
    extra = {"ASTRO_SERVER_URL": platform.url, "ASTRO_IDENTITY_URL": os.environ["ASTRO_IDENTITY_URL"]}
    with Terminal([PROGRAM, "doctor"], environment(str(well.home), extra), 80, 60) as terminal:
        # On a busy machine, the first groups can take as long as the server may take to respond.
        terminal.until_text("checking", "server, clock")
        terminal.send("\x03")
        code, took = terminal.wait()
    assert code == 130, terminal.text
    assert took < AT_ONCE
    assert "Traceback" not in terminal.text


# ---- the settings


def test_every_problem_of_the_settings_is_reported_with_its_source(patient: Patient) -> None:
    file = patient.configured('theme = "pink"\nrefresh = 0.1\nspeed = 3\nascii = "yes"\naccount = "acme"\n')
    patient.patch.setenv("ASTRO_IDENTITY_URL", "ftp://x.example")
    visit = patient.at("https://me:sesame-open@x.example")()
    assert visit.code == 2
    told = [check for check in visit.object["checks"] if check["group"] == "config"]
    problems = {check["check"]: (check["message"], check["do"]) for check in told if check["verdict"] == "problem"}
    assert set(problems) == {"theme", "refresh", "speed", "ascii", "server", "identity"}
    assert "leave the user and password out of the address" in problems["server"][0]
    assert problems["server"][1] == "Set ASTRO_SERVER_URL to another value, or unset it."
    assert "pink" in problems["theme"][0]
    assert "config.toml" in problems["theme"][1]
    assert "must be true or false" in problems["ascii"][0]
    assert "account acme (config.toml)" in visit.of("config", "settings").message
    assert "sesame" not in visit.out
    assert file.exists()


def test_a_wrong_flag_value_is_reported_with_its_flag(patient: Patient) -> None:
    visit = patient.at("")("--server", "http://platform.example")
    assert (visit.code, visit.of("config").do) == (2, "Give --server another value.")
    assert visit.of("config", "settings").message == "All other settings are at their defaults."
    assert visit.of("server", "left out").message == "Not checked until the settings are valid."


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"theme = ", 0o600, "is not valid TOML"),
        (b"\xff\xfe", 0o600, "config.toml"),
        (b"", 0o666, "Other users can edit"),
    ],
)
def test_an_invalid_file(well: Patient, content: bytes, mode: int, words: str) -> None:
    file = well.configured("")
    file.write_bytes(content)
    file.chmod(mode)
    visit = well()
    assert words in visit.of("config", "file").message
    assert visit.code == (1 if mode == 0o666 else 2)
    # Everything else is still checked.
    assert "Accepted by the platform: " in visit.of("server", "login").message


# ---- what takes too long


@pytest.mark.timed
def test_a_check_that_hangs_is_reported_and_delays_nothing(well: Patient, platform: DemoServer) -> None:
    platform.faults.set("/health", Fault.hang())
    well.patch.setattr(doctor, "SECONDS", 0.5)
    visit = well()
    assert visit.code == 2
    assert visit.object["took_seconds"] < 3
    assert visit.of("server", "connection").verdict == "ok"
    assert visit.of("server", "time-out").message == "Not finished after 0.5 s, still requesting /health."
    assert visit.of("identity", "provider").verdict == "ok"


@pytest.mark.timed
def test_a_name_lookup_that_hangs(well: Patient) -> None:
    gate = threading.Event()
    true: Callable[..., Any] = socket.getaddrinfo

    def hangs(host: str, *arguments: object, **named: object) -> Any:
        if host == "platform.invalid":
            assert gate.wait(DEADLINE)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return true(host, *arguments, **named)

    well.patch.setattr(socket, "getaddrinfo", hangs)
    well.patch.setattr(doctor, "SECONDS", 0.5)
    visit = well.at("https://platform.invalid", "private-token-of-nobody")()
    gate.set()
    assert "still looking up the name platform.invalid" in visit.of("server", "time-out").message
    assert "still waiting for a response from the server" in visit.of("clock", "time-out").message


def test_a_check_that_breaks_hides_nothing(well: Patient) -> None:
    from astro_tui.cli.doctor import keyring_check

    def broken(*_arguments: object) -> None:
        raise KeyError(well.token)

    well.patch.setattr(keyring_check.SystemKeyring, "get", broken)
    visit = well()
    assert visit.of("keyring", "check").message == "The check failed: KeyError while reading from the keyring."
    assert visit.of("server", "platform").verdict == "ok"
    assert well.token not in visit.out
