"""Report changes of health as they happen.

examples:
  astro-tui watch acme beta                 a line for each agent that breaks, recovers, or ends a rollout
  astro-tui watch acme --notify osc9        and a notification of the terminal; in tmux, use bell
  astro-tui watch acme --json | jq -r .sentence
  astro-tui watch acme --until broken       end at the first agent that breaks
  astro-tui watch --demo                    watch the embedded demo platform

The first line says which agents have a problem already; after that, only changes are reported, and only they notify.
An agent is reported at most once in five minutes, unless it gets worse; several at once become one line. What looks
fine but is not is found within 15 minutes among 200 agents, and later among more. Lost contact with an account is
reported once, and so is its return. With --json, each line is an object with "event", "at", and "agents". A command of
yours is set in the configuration, under [notify]; it gets the same object on its standard input and in variables such
as ASTRO_TUI_EVENT_SENTENCE, or ASTRO_TUI_EVENT_BRIEF with at most 100 characters. No shell runs it.

exit code: 0 ended with ctrl+c or by --until; 2 the login ended, or an error.
To open an account named watch: astro-tui --account watch
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from astro_tui.cli.agents import accounts_of
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_accounts, add_connection, settings_of, take_accounts
from astro_tui.cli.streams import pause
from astro_tui.errors import ConfigError
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.health import HealthChange, change_events
from astro_tui.presentation.scope import scope_of
from astro_tui.runtime import system_clock
from astro_tui.session.health_watch import HealthWatch
from astro_tui.session.notify import LIMIT, Notifier, NotifySettings
from astro_tui.state.settings import METHODS, notify_problem
from astro_tui.text.foreign import visible
from astro_tui.text.times import rfc3339

_UNTIL = {"broken": ("broken", "rollout failed"), "healthy": ("recovered", "rollout done")}


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("watch", "[options] [ACCOUNT …]", __doc__)
    add_accounts(result)
    result.add_argument("--until", choices=tuple(_UNTIL), help="end at the first such change")
    method = f"tell you, too: {', '.join(METHODS)} (default: as in the configuration)"
    result.add_argument("--notify", choices=METHODS, help=method)
    result.add_argument("--refresh", metavar="SECONDS", type=float, help="seconds between two looks (60)")
    result.flag("--json", help="print a JSON object per line")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Watch until ctrl+c, and return the exit code. Raises AstroError if the login ends."""
    options = vars(parser().parse_args(arguments))
    take_accounts(options)
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        accounts = accounts_of(connection)
        chosen = {"method": options["notify"]} if options.get("notify") else {}
        table: Mapping[str, Any] = {**settings.notify, **chosen}
        if problem := notify_problem(table):
            raise ConfigError(f"[notify] {problem}")
        reporter = _Reporter(output, connection, NotifySettings.of(table), as_json=options["json"])
        watch = HealthWatch(connection.agents, accounts, Rounds(settings.refresh, pause), reporter.say)
        if sys.stderr.isatty():
            connection.note(f"watching {visible(scope_of(*accounts).title, 200)}; ctrl+c ends it")
        try:
            _until_over(watch, reporter, _UNTIL.get(options.get("until") or "", ()))
        except KeyboardInterrupt:
            reporter.close(0.0)
        else:
            reporter.close(LIMIT)
    return 0


def _until_over(watch: HealthWatch, reporter: _Reporter, until: Sequence[str]) -> None:
    for changes in watch.changes():
        reporter.report(changes)
        if any(change.event in until for change in changes):
            return


class _Reporter:
    """Prints changes, and notifies the user."""

    def __init__(self, output: Output, connection: CliConnection, settings: NotifySettings, *, as_json: bool) -> None:
        self._output, self._connection, self._json = output, connection, as_json
        self._notifier = Notifier(settings, write_to_terminal, connection.note)

    def report(self, changes: Sequence[HealthChange]) -> None:
        """Print a line for each message, and send it."""
        for event in change_events(changes):
            self._send(event)

    def say(self, event: Mapping[str, Any]) -> None:
        """Report lost contact with accounts, or that it is back; what is wrong at the start is only printed."""
        self._print(event) if event["event"] == "watching" else self._send(event)

    def close(self, patience: float) -> None:
        """Wait some seconds for the user's commands, then end them."""
        self._notifier.close(patience)

    def _send(self, event: Mapping[str, Any]) -> None:
        self._notifier.send(event["brief"], event)
        self._print(event)

    def _print(self, event: Mapping[str, Any]) -> None:
        now = system_clock()
        if self._json:
            self._output.json(json.dumps({"at": rfc3339(now, "seconds"), **event}, ensure_ascii=False))
        else:
            self._output.lines([f"{now.astimezone():%Y-%m-%d %H:%M:%S}  {visible(event['sentence'])}"])


def write_to_terminal(sequence: str) -> None:
    """Write an escape sequence to the terminal itself, never to the output; without a terminal, do nothing."""
    with suppress(OSError), Path("/dev/tty").open("w", encoding="utf-8") as terminal:
        terminal.write(sequence)
