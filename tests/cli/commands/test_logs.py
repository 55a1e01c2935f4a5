"""`astro-tui logs` against servers: what it prints and requests, and that following neither loses nor repeats lines."""

from __future__ import annotations

import argparse
import json
import re
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from support.agent_server import WORKLOAD, AgentServer
from support.deadline import DEADLINE
from support.forked import Forked
from support.in_shell import PROGRAM, Done, Shell, no_secret
from support.log_server import Written
from support.terminal import Terminal, environment

from astro_tui.cli.commands.logs import TAIL, parser, wanted_of
from astro_tui.cli.logs.reading import moment
from astro_tui.errors import AstroError, ConfigError
from astro_tui.logs import nanoseconds

SECOND = 10**9
TOKEN = "token-EXAMPLE-ONLY"
CLAIMS = "acme/claims"


@pytest.fixture
def server() -> Iterator[AgentServer]:
    with AgentServer() as server:
        yield server


@pytest.fixture
def logs(server: AgentServer, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command in this process, for the agent of `server`."""
    monkeypatch.setenv("ASTRO_SERVER_URL", server.url)

    def run(*arguments: str) -> Done:
        return shell("logs", CLAIMS, *arguments)

    return run


def user_of(server: AgentServer, folder: Path, **extra: str) -> dict[str, str]:
    more = {"ASTRO_SERVER_URL": server.url, "ASTRO_ACCESS_TOKEN": TOKEN, **extra}
    return environment(str(folder), more)


def written(*messages: str, ago: float = 60.0, level: str = "info") -> list[Written]:
    begin = time.time_ns() - round(ago * SECOND)
    return [Written(begin + number, message, level) for number, message in enumerate(messages)]


def messages(text: str) -> list[str]:
    return [json.loads(line)["message"] for line in text.splitlines()]


# ---- printing


def test_the_last_lines_are_printed(server: AgentServer, logs: Any) -> None:
    server.write(written("one", "two"))
    server.write(written("three", level="WARNING", ago=1))
    done = logs()
    assert (done.code, done.err) == (0, "")
    assert done.lines == [f"{WORKLOAD} info   one", f"{WORKLOAD} info   two", f"{WORKLOAD} warn   three"]


def test_the_tail_is_that_of_each_workload(server: AgentServer, logs: Any) -> None:
    server.write(written(*map(str, range(500))))
    assert messages(logs("--json").out) == [str(number) for number in range(500 - TAIL, 500)]
    assert messages(logs("--json", "--tail", "3").out) == ["497", "498", "499"]


def test_all_lines_since_a_time_are_read_page_by_page(server: AgentServer, logs: Any) -> None:
    server.most = 100
    server.write(written(*map(str, range(1500)), ago=7000))
    assert messages(logs("--json", "--since", "2h").out) == [str(number) for number in range(1500)]


def test_the_time_between_two_times(server: AgentServer, logs: Any) -> None:
    server.write([Written(nanoseconds(f"2026-07-02T06:00:0{second}Z"), str(second)) for second in range(6)])
    done = logs("--json", "--since", "2026-07-02T06:00:02Z", "--until", "2026-07-02 06:00:04")
    assert set(messages(done.out)) - {"4"} == {"2", "3"}
    assert logs("--since", "2026-07-02").lines[0] == f"{WORKLOAD} info   0"


def test_secrets_and_control_characters_are_not_printed(server: AgentServer, logs: Any) -> None:
    server.write(written("\x1b[2J api_key=sk-EXAMPLE-ONLY-0123456789abcdef \x07\nnext", level="\x1b[31m"))
    for arguments in ((), ("--json",), ("--ascii",), ("--json", "--ascii")):
        done = logs(*arguments)
        assert len(done.lines) == 1
        assert not re.search("[\x00-\x09\x0b-\x1f]", done.out)
        no_secret(done.out)


# ---- the agents of the demo


def test_the_lines_of_several_agents_come_in_one_time_order(shell: Shell) -> None:
    done = shell("logs", "meridian-labs/Claims Desk (EU)", "meridian-labs/Weekly Numbers", "--tail", "3", "--json")
    lines = [json.loads(line) for line in done.lines]
    assert {line["agent"] for line in lines} == {"Claims Desk (EU)", "Weekly Numbers"}
    assert lines == sorted(lines, key=lambda line: nanoseconds(line["timestamp"]))
    same = ["meridian-labs/Weekly Numbers"] * 2
    assert shell("logs", *same, "--tail", "1").lines[0].startswith("report-writer-agent ")


def test_all_agents_of_an_account_but_those_with_too_many_workloads(shell: Shell) -> None:
    done = shell("logs", "meridian-labs", "--all", "--tail", "1", "--query", "agent:claims", "--json")
    assert {json.loads(line)["agent"] for line in done.lines} == {"Claims Desk (EU)", "Claims Desk (US)"}
    assert "Product Catalog has 301 workloads" in done.err
    assert done.code == 2


# ---- following


class Following:
    """The program while it follows the log of a server."""

    def __init__(self, server: AgentServer, folder: Path, *arguments: str) -> None:
        command = [PROGRAM, "logs", CLAIMS, "--follow", "--json", *arguments]
        self.process = Forked(command, user_of(server, folder), folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.close()

    def messages(self, count: int) -> list[str]:
        """Wait for some lines and return their messages."""
        return messages("".join(self.process.stdout.readline() for _ in range(count)))

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """End it with a signal and return the exit code, the rest of its output, and its errors."""
        self.process.send_signal(number)
        rest, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.wait(), rest, errors


def test_new_lines_follow_until_ctrl_c(server: AgentServer, tmp_path: Path) -> None:
    server.write(written("old"))
    with Following(server, tmp_path) as following:
        assert following.messages(1) == ["old"]
        assert server.connected.acquire(timeout=DEADLINE)
        server.write(written("new", "newer", ago=0))
        assert following.messages(2) == ["new", "newer"]
        assert following.end(signal.SIGINT) == (130, "", "")


def test_a_stream_that_is_refused_ends_it(server: AgentServer, tmp_path: Path) -> None:
    server.write(written("old"))
    server.stream_answer = lambda _token: (403, b'{"error":"no"}')
    with Following(server, tmp_path) as following:
        # Whether the old line is read before the refusal is a matter of time.
        assert following.process.wait(DEADLINE) == 2
        assert "/logs/stream" in following.process.stderr.read()


def test_where_there_is_no_stream_the_log_is_read_again(server: AgentServer, tmp_path: Path) -> None:
    server.write(written("old"))
    server.stream_answer = lambda _token: (501, b'{"error":"not implemented"}')
    with Following(server, tmp_path) as following:
        assert following.messages(1) == ["old"]
        server.write(written("new", ago=0))
        assert following.messages(1) == ["new"]
        code, rest, errors = following.end(signal.SIGINT)
    assert (code, rest) == (130, "")
    assert errors.endswith("; the log is read again every few seconds\n")
    assert len(errors.splitlines()) == 1


def test_only_new_lines(server: AgentServer, tmp_path: Path) -> None:
    server.write(written("old"))
    with Following(server, tmp_path, "--tail", "0") as following:
        assert server.connected.acquire(timeout=DEADLINE)
        server.write(written("new", ago=0))
        assert following.messages(1) == ["new"]
        assert following.end(signal.SIGINT) == (130, "", "")


@pytest.mark.parametrize("quiet", [True, False])
def test_it_ends_with_the_reader_of_its_output(server: AgentServer, tmp_path: Path, quiet: bool) -> None:
    server.write(written("old"))
    with Following(server, tmp_path) as following:
        assert following.messages(1) == ["old"]
        following.process.stdout.close()
        if not quiet:
            server.write(written("new", ago=0))
        assert following.process.wait(DEADLINE) == -signal.SIGPIPE
        assert following.process.stderr.read() == ""


def test_a_terminal_has_colors(server: AgentServer, tmp_path: Path) -> None:
    server.write(written("lost", level="error"))
    for extra, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
        env = user_of(server, tmp_path, **extra)
        with Terminal([PROGRAM, "logs", CLAIMS, "--follow"], env, 80, 10, str(tmp_path)) as terminal:
            terminal.until_text("lost")
            terminal.send("\x03")
            assert terminal.wait()[0] == 130
        assert (b"\x1b[36mclaims-agent\x1b[0m \x1b[31merror \x1b[0m lost" in terminal.raw) is colored
        assert (b"\x1b[" in terminal.raw) is colored
        assert b"Traceback" not in terminal.raw


# ---- arguments


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-07-02T06:41:12.000000001Z", 1_782_974_472_000_000_001),
        ("2026-07-02T06:41:12", 1_782_974_472 * SECOND),
        ("2026-07-02 06:41:12Z", 1_782_974_472 * SECOND),
        ("2026-07-02T08:41:12+02:00", 1_782_974_472 * SECOND),
        ("2026-07-02T06:41", 1_782_974_460 * SECOND),
        ("2026-07-02", 1_782_950_400 * SECOND),
    ],
)
def test_times(text: str, ns: int) -> None:
    assert moment(text) == ns


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "8d", "2026-7-2", "0", "1970-01-01", "0001-01-01", "9999-12-31"]
)
def test_bad_times(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name an agent: astro-tui logs ACCOUNT/AGENT"),
        (["acme/x", "--all"], "--all takes accounts, not agents such as acme/x"),
        (["acme/x", "--since", "yesterday"], "--since: not a time: 'yesterday'"),
        (["acme/x", "--tail", "many"], "--tail: not a number of lines: 'many'"),
        (["acme/x", "--tail", "0"], "--tail 0 prints nothing without --follow"),
        (["acme/x", "--follow", "--until", "1h"], "--follow and --until cannot be used together"),
        (["acme/x", "--since", "1h", "--until", "2h"], "--since must be before --until"),
        (["acme/x", "--level", "wran"], "There is no level wran. Did you mean warn?"),
        (["acme/x", "--level", "warn x"], "--level takes one level, not warn x; for anything else, use --query"),
        (["acme/x", "--query", "/(/"], "Not a valid regular expression: "),
    ],
)
def test_bad_arguments_are_clear_errors(shell: Shell, arguments: Sequence[str], said: str) -> None:
    done = shell("logs", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not shell.demo.requests


def test_what_is_read_follows_from_the_arguments() -> None:
    def tail(*arguments: str) -> int:
        return wanted_of(parser().parse_args(["acme/x", *arguments])).tail

    assert (tail(), tail("--follow"), tail("--since", "1h"), tail("--since", "1h", "--tail", "7")) == (TAIL, TAIL, 0, 7)
    with pytest.raises((ConfigError, AstroError)):
        tail("--tail", "0")
