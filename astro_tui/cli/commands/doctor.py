"""Check this machine for problems, and say how to fix them.

examples:
  astro-tui doctor                     check everything; takes a few seconds
  astro-tui doctor --server URL        check another platform
  astro-tui doctor --demo              check the embedded demo platform, without a network
  astro-tui doctor --json | jq -r '.checks[] | select(.verdict == "problem") | .do'

doctor checks the program, the settings, the terminal, the logins and their files, the keyring, the server (proxy, name,
connection, certificate, whether it is the platform and accepts the login), the clock, and the identity provider. It
changes nothing, except that, like every command that needs a login, it renews one that is about to expire. It prints
no secrets.

exit code: 0 no problems, 1 problems, 2 astro-tui cannot run until they are fixed; 130 canceled with ctrl+c.
To open an account named doctor: astro-tui --account doctor
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from time import monotonic
from typing import Any

from astro_tui import __version__
from astro_tui.auth.tokens import tokens_of
from astro_tui.cli.doctor import credentials, identity, keyring_check, program, server, settings, terminal
from astro_tui.cli.doctor.check import CheckGroup, CheckResult, CheckVerdict, Running, Secrets, Task, proxy_secrets
from astro_tui.cli.output import HEADING, Output, ProgressLine
from astro_tui.cli.parsing import Parser, add_connection
from astro_tui.platform.client import Platform
from astro_tui.session.demo_platform import start_demo
from astro_tui.state import settings as config
from astro_tui.state.configuration import Gathered, gather
from astro_tui.text.styled import Line, Style, painted
from astro_tui.text.times import counted, joined
from astro_tui.theme.sizes import NARROW

FINE, TO_DO, CANNOT_WORK = 0, 1, 2
SECONDS = 10.0
"""The time limit in seconds for all checks."""
_MARKS = {
    CheckVerdict.OK: ("✓", "+", Style("32")),
    CheckVerdict.NOTE: ("•", "-", Style("33")),
    CheckVerdict.PROBLEM: ("✖", "x", Style("1;31")),
}
"""The glyph, its ASCII replacement, and the color."""
_WORD_WIDTH = max(len(verdict.value) for verdict in CheckVerdict)
_NAME_WIDTH = 11


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("doctor", "[options]", __doc__)
    result.flag("--json", help="print a JSON object")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Only raises AstroError for an invalid flag."""
    options = vars(parser().parse_args(arguments))
    as_json = options.pop("json")
    gathered = gather(options, os.environ)
    secrets = Secrets([gathered.settings.token, os.environ.get("ASTRO_ACCESS_TOKEN", "").strip()])
    secrets.add(proxy_secrets(value for name, value in os.environ.items() if name.lower().endswith("_proxy")))
    output = Output(ascii_alone=gathered.settings.ascii)
    started = monotonic()
    with ExitStack() as closing:
        running = Running(_tasks(gathered, secrets, closing), SECONDS)
        results: list[CheckResult] = []
        for each in _watched(running, output, quiet=as_json):
            safe = [_without_secrets(check, secrets) for check in each]
            results += safe
            if not as_json:
                output.lines(_lines(safe, output))
    if as_json:
        output.json(json.dumps(_object(results, monotonic() - started), ensure_ascii=False, indent=2))
    else:
        output.lines(_summary(results, output))
    return exit_code(results)


def exit_code(results: Iterable[CheckResult]) -> int:
    """Return 0 if there are no problems, 2 if the program cannot run, else 1."""
    problems = [check for check in results if check.verdict is CheckVerdict.PROBLEM]
    if not problems:
        return FINE
    return CANNOT_WORK if any(check.fatal for check in problems) else TO_DO


# ---- the checks


def _tasks(gathered: Gathered, secrets: Secrets, closing: ExitStack) -> list[Task]:
    """Return all groups in the order of the report. Quick ones come first."""
    size = terminal.size_here()
    environment = {name: value for name, value in os.environ.items() if name != "ASTRO_ACCESS_TOKEN"}
    folder = "Run ls in the configuration folder; if it hangs, check the drive or network mount."
    tasks = [
        Task(program.GROUP, program.checks, "Report this bug in astro-tui."),
        Task(settings.GROUP, partial(settings.checks, gathered), folder),
        Task(terminal.GROUP, partial(terminal.checks, gathered.settings, environment, size), "Try another terminal."),
    ]

    config.remove_token(os.environ)
    if not gathered.settings.demo:
        tasks.append(Task(keyring_check.GROUP, keyring_check.checks, "Unlock the keyring."))
    if gathered.problems.keys() & {"server", "token"}:
        return [*tasks, _left_out("server", "Not checked until the settings are valid.")]
    return [*tasks, *_tasks_outside(gathered, secrets, closing)]


def _tasks_outside(gathered: Gathered, secrets: Secrets, closing: ExitStack) -> Iterator[Task]:
    settings = gathered.settings
    if settings.demo:
        demo, settings = start_demo(settings)
        closing.callback(demo.stop)
        yield _left_out("login", "The demo platform has its own login. Your logins were not checked.")
    else:
        slow = "Unlock the keyring, and run ls ~; if it hangs, check the drive or network mount."
        yield Task(credentials.GROUP, partial(credentials.checks, settings), slow)

    def connect() -> Platform:
        tokens = tokens_of(settings)
        platform = Platform(settings.server, tokens, allow_insecure=settings.allow_insecure, timeouts=server.TIMEOUTS)
        closing.callback(platform.close)
        return platform

    target = server.ServerChecks(settings, connect, secrets)
    slow = "Check the network: name resolution, any proxy, and any firewall."
    yield Task(server.GROUP, target.checks, slow, fatal=True)
    yield Task(server.CLOCK, partial(server.clock, target.probed), slow)
    if settings.demo:
        return
    if "identity" in gathered.problems:
        yield _left_out("identity", "Not checked until the provider's address is valid.")
    else:
        yield Task(identity.GROUP, partial(identity.checks, settings), slow)


def _left_out(name: str, why: str) -> Task:
    group = CheckGroup(name)
    return Task(group, lambda _doing: iter((group.note("left out", why),)), "")


# ---- the report


def _without_secrets(check: CheckResult, secrets: Secrets) -> CheckResult:
    name, message, do = (secrets.without(text) for text in (check.name, check.message, check.do))
    return replace(check, name=name, message=message, do=do)


def _watched(running: Running, output: Output, *, quiet: bool) -> Iterator[list[CheckResult]]:
    """Yield the results of each group. On a terminal, show which groups are still running."""
    shows = output.terminal and sys.stderr.isatty() and not quiet
    groups, progress = running.checks(), ProgressLine(ascii_alone=output.ascii)
    while True:
        waits_for = running.waits_for
        if shows and waits_for:
            progress.draw(f"checking {', '.join(waits_for)}")
        try:
            group = next(groups, None)
        finally:
            progress.clear()
        if group is None:
            return
        yield group


def _lines(checks: Sequence[CheckResult], output: Output) -> Iterator[Line]:
    """Yield the lines of one group."""
    for group in dict.fromkeys(check.group for check in checks):
        yield painted(group, HEADING, color=output.color)
        yield from chain.from_iterable(_line(check, output) for check in checks if check.group == group)


def _line(check: CheckResult, output: Output) -> Iterator[Line]:
    glyph, plain, color = _MARKS[check.verdict]
    word = f"{plain if output.ascii else glyph} {check.verdict.value:{_WORD_WIDTH}}"
    name = f"  {check.name:{_NAME_WIDTH}}"
    narrow = 0 < output.width < NARROW
    head = "  " + painted(word, color, color=output.color) + (name.rstrip() if narrow else name)
    indent = 4 if narrow else len(word) + _NAME_WIDTH + 6
    if narrow:
        yield head
    lines = output.wrapped(check.message, indent)
    if check.do:
        lines += output.wrapped(f"do: {check.do}", indent)
    for number, line in enumerate(lines):
        yield f"{' ' * indent}{line}" if narrow or number else head + f"  {line}"


def _summary(results: Sequence[CheckResult], output: Output) -> Iterator[str]:
    problems = [check for check in results if check.verdict is CheckVerdict.PROBLEM]
    notes = sum(check.verdict is CheckVerdict.NOTE for check in results)
    yield ""
    beside = f" {counted(notes, 'note')}." if notes else ""
    if not problems:
        yield f"No problems.{beside}"
        return
    where = joined(list(dict.fromkeys(check.group for check in problems)))
    ending = " astro-tui cannot run until this is fixed." if exit_code(results) == CANNOT_WORK else ""
    yield from output.wrapped(f"{counted(len(problems), 'problem')} ({where}).{ending}{beside}")


def _object(results: Sequence[CheckResult], took: float) -> dict[str, Any]:
    verdicts = {check.verdict for check in results}
    return {
        "version": __version__,
        "verdict": next(
            verdict.value
            for verdict in (CheckVerdict.PROBLEM, CheckVerdict.NOTE, CheckVerdict.OK)
            if verdict in verdicts
        ),
        "exit_code": exit_code(results),
        "took_seconds": round(took, 3),
        "checks": [
            {
                "group": check.group,
                "check": check.name,
                "verdict": check.verdict.value,
                "message": check.message,
                "do": check.do or None,
            }
            for check in results
        ],
    }
