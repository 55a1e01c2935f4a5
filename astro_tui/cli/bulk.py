"""One action on several agents, named on the command line or in a file: one preview, one confirmation, and a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.bulk import MOST, Bulk, BulkItem, Result, planned
from astro_tui.actions.commands import command_of_many
from astro_tui.actions.context import ActionContext, context_of
from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.actions.resolving import resolve_all, words_of
from astro_tui.actions.run_bulk import read_items, run_bulk
from astro_tui.cli.agents import agents_to_act_on
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import Columns, Output, ProgressLine, note, trouble
from astro_tui.cli.parsing import settings_of
from astro_tui.cli.streams import complain
from astro_tui.errors import AstroError, ConfigError
from astro_tui.runtime import system_clock
from astro_tui.state.account_cache import state_folder
from astro_tui.state.last_seen import LastSeen
from astro_tui.text.foreign import visible

DONE, NOT_DONE, UNKNOWN = 0, 1, 2


def context_on(connection: CliConnection) -> ActionContext:
    """Return what an action from the shell needs."""
    platform = connection.platform
    seen = LastSeen(platform.server, state_folder(), connection.note).before
    return context_of(platform, system_clock, seen, connection.agents.asked)


def act_together(kind: ActionKind, names: Sequence[str], options: Mapping[str, Any]) -> int:
    """Do one action to several agents, or print what it would do, and return the exit code. Raises ConfigError."""
    if len(names) > MOST:
        raise ConfigError(f"at most {MOST} agents at once; you named {len(names)}")
    settings = settings_of(options)
    with connected(settings) as connection:
        return _Together(connection, kind, names, options).run()


class _Together:
    """One run of a command."""

    def __init__(
        self, connection: CliConnection, kind: ActionKind, names: Sequence[str], options: Mapping[str, Any]
    ) -> None:
        self._connection, self._kind, self._names, self._given = connection, kind, names, options
        settings = connection.settings
        self._output = Output(ascii_alone=settings.ascii)
        self._arming = Arming(read_only=settings.read_only, write=True, protected=settings.protected)

    def run(self) -> int:
        try:
            context = context_on(self._connection)
            bulk = self._planned(context)
            if self._given["dry_run"]:
                self._print(bulk)
                return DONE if bulk.count else NOT_DONE
            if bulk.count and not self._confirmed(bulk):
                note("Canceled. Nothing was sent.", ascii_alone=self._output.ascii)
                return NOT_DONE
        except NotArmedError as error:
            note(f"{error} Nothing was sent.", ascii_alone=self._output.ascii)
            return NOT_DONE
        except AstroError as error:
            complain(trouble(error, ["--ascii"] if self._output.ascii else []))
            return UNKNOWN if self._given["dry_run"] and not isinstance(error, ConfigError) else NOT_DONE
        self._act(context, bulk)
        results = {item.result for item in bulk.items}
        return UNKNOWN if Result.UNKNOWN in results else NOT_DONE if results - {Result.DONE} else DONE

    def _planned(self, context: ActionContext) -> Bulk:
        call = self._connection.call()
        agents = {agent.key: agent for agent in agents_to_act_on(self._connection, self._names)}
        for key in agents:
            for earlier in resolve_all(context, call, key):
                self._connection.note(f"earlier: {words_of(earlier, context.clock())}")
        targets = [agent.target for agent in agents.values()]
        items = {item.target: item for item in read_items(context, targets, self._kind, call)}
        ordered = planned([items[target] for target in targets], self._arming)
        return Bulk(self._kind, ordered, self._given["parallel"])

    def _confirmed(self, bulk: Bulk) -> bool:
        """Return whether the user confirms, in the arguments or on the terminal. Raises NotArmedError."""
        number, about = str(bulk.count), ABOUT[self._kind]
        if self._given["confirm"] is not None:
            if self._given["confirm"] != number:
                raise NotArmedError(f"--confirm must be the number of agents: {number}.")
            return True
        if self._given["yes"] and not bulk.needs_number:
            return True
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            what = f"To confirm, give the number of agents: --confirm {number}."
            raise NotArmedError(what if bulk.needs_number else "There is no terminal to confirm on; add --yes.")
        self._print(bulk)
        wanted = number if bulk.needs_number else about.confirm
        question = f"Type {wanted} to confirm ({about.title.lower()}, {number}); anything else cancels: "
        return self._output.ask(question) == wanted

    def _act(self, context: ActionContext, bulk: Bulk) -> None:
        line, lock, call = ProgressLine(ascii_alone=self._output.ascii), Lock(), self._connection.call()

        def changed(item: BulkItem) -> None:
            over = bulk.count - sum(each.result in (Result.WAITING, Result.RUNNING) for each in bulk.items)
            with lock:
                # After ctrl+c, other threads may still report.
                if not call.canceled.is_set():
                    line.draw(f"{over} of {bulk.count} · {item.target.label}: {item.words or item.result} …")

        try:
            run_bulk(context, bulk, self._arming, call, changed, limit=float(self._given["timeout"]))
        except KeyboardInterrupt:
            with lock:
                call.abort()
                line.clear()
            self._connection.note("interrupted; requests may have been sent: see astro-tui journal")
            raise
        finally:
            line.clear()
            self._print(bulk)
        if again := [item.target for item in bulk.to_retry]:
            self._connection.note(f"to try again: {command_of_many(self._kind, again)}")

    def _print(self, bulk: Bulk) -> None:
        self._output.lines(_lines(bulk))


def _lines(bulk: Bulk) -> Iterator[str]:
    """Yield a line per agent with what will happen or has happened, and then the totals."""
    rows = [
        (
            bulk.kind.value if item.result is Result.WAITING else item.result.value,
            f"{visible(item.target.account, 100)}/{item.target.label}",
            visible(item.target.id, 100),
            item.words,
        )
        for item in bulk.items
    ]
    heads = ("ACTION", "ACCOUNT/AGENT", "ID", "STATE")
    table = Columns(heads, rows)
    yield table.line(heads)
    yield from map(table.line, rows)
    yield ""
    planned_only = any(item.result is Result.WAITING for item in bulk.items)
    yield f"{bulk.title}. {ABOUT[bulk.kind].effect}" if planned_only else f"{bulk.summary}."
