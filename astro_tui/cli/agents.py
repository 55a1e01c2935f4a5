"""One agent named on the command line, and the specs of its revisions (platform.md §8.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from astro_tui.cli.connection import CliConnection
from astro_tui.document import Document
from astro_tui.errors import FINAL_KINDS, ConfigError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import DeploymentList
from astro_tui.platform.models import ActiveDeployment, StatusReport
from astro_tui.presentation.agent_filter import nearest
from astro_tui.presentation.agent_list import Entry, entries_of, find, with_report
from astro_tui.presentation.remedies import explained
from astro_tui.presentation.revisions import OF_NEWEST, UNNUMBERED, RevisionRow, before, current_of, spec_seen
from astro_tui.session.agent import Agent
from astro_tui.session.scope import ListTurns, accounts_in, read_entries
from astro_tui.session.spec_store import parsed
from astro_tui.state.account_cache import state_folder
from astro_tui.state.last_seen import LastSeen, without_secrets
from astro_tui.state.listed_agents import keep_names
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, joined

_NAMED = 10
"""How many candidates an error lists."""


class Spec(NamedTuple):
    """The spec of one revision. A `regenerated` spec may differ slightly from what ran.

    An `outdated` one was regenerated while a newer revision existed: `OF_NEWEST` is from that one. One with a `salt`
    was stored on this machine while it was current, without its secrets.
    """

    label: str
    document: Document
    regenerated: bool = False
    outdated: bool = False
    salt: str = ""

    @property
    def title(self) -> str:
        """The label, with a remark if the spec is regenerated."""
        return f"{self.label}, regenerated" if self.regenerated else self.label

    def as_stored(self, salt: str) -> Spec:
        """Return the spec without its secrets if the one to compare it with was stored without them, with a `salt`."""
        if not salt or self.salt:
            return self
        return self._replace(document=Document.parse(without_secrets(self.document, salt)))


def account_of(connection: CliConnection) -> str:
    """Return the account to use if the argument names none. Raises ConfigError if the user has none."""
    account = connection.account or connection.platform.me(call=connection.call()).first_account
    if not account:
        raise ConfigError("this login has no accounts; name one: astro-tui list ACCOUNT")
    return account


def accounts_of(connection: CliConnection) -> Sequence[str]:
    """Return the accounts to use. Raises ConfigError if this login has none."""
    accounts = accounts_in(connection.scope, connection.platform, connection.call())
    if not accounts:
        raise ConfigError("this login has no accounts; name one: astro-tui list ACCOUNT")
    return accounts


class ListedAgents(NamedTuple):
    """The agents of some accounts, how many rows cannot be read, and the accounts that cannot."""

    entries: list[Entry]
    odd: int
    failed: Sequence[str]


class AccountLists:
    """The newest lists of some accounts. Notes say which rows or accounts cannot be read."""

    def __init__(self, connection: CliConnection, accounts: Sequence[str]) -> None:
        self.accounts = accounts
        self._connection, self._turns = connection, ListTurns()
        self._lists: dict[str, DeploymentList] = {}

    def read(self) -> ListedAgents:
        """Read the lists, later only those that may have changed. Raises PlatformError if none can be read."""
        connection, before = self._connection, self._turns.failed
        lists = self._turns.read(connection.platform, self.accounts, connection.call())
        self._lists |= lists
        failed = self._turns.failed
        if failed and not self._lists:
            raise next(iter(failed.values()))
        for account, error in failed.items():
            if account not in before:
                connection.note(f"{masked_line(account, 100)} cannot be read: {explained(error)}")
        if not connection.settings.demo:
            rows = {account: response.rows for account, response in lists.items()}
            keep_names(connection.settings.server, state_folder(), rows, connection.note)
        odd = sum(response.odd for response in self._lists.values())
        entries = entries_of(row for response in self._lists.values() for row in response.rows)
        if odd:
            connection.note(f"{odd:,} of the list's rows cannot be read")
        elif not entries:
            connection.note(f"no agents are deployed in {masked_line(joined(list(self._lists), 'or'), 100)}")
        return ListedAgents(entries, odd, list(failed))


def specs_of(connection: CliConnection, target: str, *, seen: bool = False) -> DeploymentSpecs:
    """Return the specs of `ACCOUNT/AGENT`, or of `AGENT` in the default account, as `found_agent` finds it."""
    return DeploymentSpecs(connection, found_agent(connection, target), seen=seen)


def found_agent(connection: CliConnection, target: str, call: Call | None = None) -> Agent:
    """Return the agent for `ACCOUNT/AGENT`, or `AGENT` in the default account.

    AGENT is an id, a display name, or a blueprint name. Raises ConfigError unless exactly one agent matches.
    """
    account, name = _split(connection.account, target)
    entries = read_entries(connection.platform, account, call or connection.call())
    return connection.agents.of(account, _the_one(account, name, entries, find(entries, name)))


def found_with_id(connection: CliConnection, target: str) -> Agent:
    """Return the agent like `found_agent`. Raises ConfigError for one without an id, too."""
    return _with_id(found_agent(connection, target))


def _with_id(agent: Agent) -> Agent:
    if not agent.key:
        raise ConfigError(f"{agent.entry.label} has no id, so nothing about it can be requested")
    return agent


def found_agents(connection: CliConnection, targets: Iterable[str]) -> list[Agent]:
    """Return each of the agents once, like `found_with_id`, with one request per account."""
    agents = dict[str, Agent]()
    for account, name, entries in _with_lists(connection, targets):
        agent = _with_id(connection.agents.of(account, _the_one(account, name, entries, find(entries, name))))
        agents[agent.key] = agent
    return [*agents.values()]


def agent_to_act_on(connection: CliConnection, target: str) -> Agent:
    """Return the agent like `found_agent`, but only if the name cannot mean another agent.

    No other agent may have that display name or blueprint name, whatever its case. An id means one agent.
    """
    [agent] = agents_to_act_on(connection, [target])
    return agent


def agents_to_act_on(connection: CliConnection, targets: Iterable[str]) -> list[Agent]:
    """Return agents like `agent_to_act_on`, with one request per account."""
    agents = []
    for account, name, entries in _with_lists(connection, targets):
        matching = find(entries, name)
        if [entry.key for entry in matching] != [name]:
            matching = [each for each in entries if name.casefold() in _names(each)]
        agents.append(connection.agents.of(account, _the_one(account, name, entries, matching)))
    return agents


def _with_lists(connection: CliConnection, targets: Iterable[str]) -> Iterator[tuple[str, str, list[Entry]]]:
    """Split each target into its account and its name, and yield both with the agents of that account."""
    lists: dict[str, list[Entry]] = {}
    for target in targets:
        account, name = _split(connection.account, target)
        if account not in lists:
            lists[account] = read_entries(connection.platform, account, connection.call())
        yield account, name, lists[account]


def _the_one(account: str, name: str, entries: list[Entry], matching: list[Entry]) -> Entry:
    """Return the agent with this name. Raises ConfigError if there is no such agent, or more than one."""
    if len(matching) == 1:
        return matching[0]
    shown, where = masked_line(name, 100), masked_line(account, 100)
    if not matching:
        guess = nearest(entries, name)
        more = f". Did you mean {guess}?" if guess else f"; to see its agents, run astro-tui list {where}"
        raise ConfigError(f"there is no agent {shown} in {where}{more}")
    names = ", ".join(f"{visible(entry.key, 100)} ({entry.label})" for entry in matching[:_NAMED])
    more = f" and {len(matching) - _NAMED:,} more" if len(matching) > _NAMED else ""
    raise ConfigError(f"{shown} matches {counted(len(matching), 'deployment')}; use one of these ids: {names}{more}")


def _names(entry: Entry) -> set[str]:
    return {text.casefold() for text in (entry.label, entry.deployment.display_name, entry.deployment.name)}


def _split(default: str, target: str) -> tuple[str, str]:
    """Return account and agent. After `--account X`, the target `X/Y` is `Y`; any other target is a name in X."""
    account, slash, name = target.partition("/")
    if slash and account and name:
        return account, name
    if not default or not target.strip("/"):
        raise ConfigError(f"expected ACCOUNT/AGENT, got {masked_line(target, 100) or 'nothing'}")
    return default, target.strip("/")


class DeploymentSpecs:
    """One deployment and the specs of its revisions. Loads each on first use, and only once.

    With `seen`, the spec of an earlier revision is what this machine stored of it, if it did.
    """

    def __init__(self, connection: CliConnection, agent: Agent, *, seen: bool = False) -> None:
        self._connection, self._agent, self.label = connection, agent, agent.label
        self._seen = (
            LastSeen(connection.platform.server, state_folder(), connection.note).before(agent.key) if seen else None
        )

    def deployed(self) -> Spec:
        """Return the deployed spec: the active record's if it belongs to this deployment, else the current revision's.

        A blueprint has only one active record, even if it has several deployments. The ids are compared, so that the
        spec of another deployment is never returned.
        """
        record, label = self._record, f"{self.label} deployed"
        back = self._rolled_back_from if record is not None and record.id == self._agent.key else ""
        if record is not None and record.id == self._agent.key and record.has_spec and not back:
            return Spec(label, parsed(record.spec, label, "the spec of the active record"), regenerated=False)
        if record is None:
            self._connection.note(
                f"{self.label} has no active record (state: {self._state}); using its current revision"
            )
        elif record.id != self._agent.key:
            self._connection.note(
                f"the active record of {visible(self._agent.row.name, 100)} belongs to {visible(record.id, 100)}; "
                f"using the current revision of {visible(self._agent.key, 100)}"
            )
        elif back:
            self._connection.note(
                f"{self.label} was rolled back from {back}, and the active record still has the spec of {back}; "
                f"using the current revision, {self._current.title}"
            )
        return self._of(self._current)

    def revision(self, number: int) -> Spec:
        """Return the spec of a revision. Raises ConfigError if no revision has that number."""
        return self._of(self._row(number))

    def before(self, number: int | None = None) -> Spec:
        """Return the spec of the newest revision that did not fail before another one, by default the deployed one.

        Raises ConfigError if no such revision exists.
        """
        newer = self._current if number is None else self._row(number)
        older = before(self._rows, newer)
        if older is None:
            raise ConfigError(f"{self.label} has no revision before {self._named(newer, alone=True)}")
        return self._of(older)

    def pair(self, old: int | None = None, new: int | None = None) -> tuple[Spec, Spec]:
        """Return two revisions to compare: by default the deployed one, and the one before the newer one.

        If one of them was stored without its secrets, the other one has none either.
        """
        older = self.before(new) if old is None else self.revision(old)
        newer = self.deployed() if new is None else self.revision(new)
        note_regenerated(self._connection, older, newer)
        return older.as_stored(newer.salt), newer.as_stored(older.salt)

    # ---- loading

    @cached_property
    def _record(self) -> ActiveDeployment | None:
        return self._agent.active(self._connection.call())

    @property
    def _state(self) -> str:
        """The state in one word. For problems, `/status` knows more than the list (platform.md §13.7)."""
        entry = self._agent.entry
        with suppress(PlatformError):
            report = StatusReport.model_validate(self._agent.request("status", self._connection.call()))
            entry = with_report(entry, report)
        return entry.status.plain

    @cached_property
    def _rows(self) -> list[RevisionRow]:
        """The revisions of this deployment, newest first."""
        rows = self._agent.history(self._connection.call()).rows
        if not rows:
            raise ConfigError(f"the platform has no revisions of {self.label}")
        return rows

    def _row(self, number: int) -> RevisionRow:
        row = next((row for row in self._rows if row.number == number), None)
        if row is None:
            raise ConfigError(f"{self.label} has no revision {number}; {self._range()}")
        return row

    @property
    def _rolled_back_from(self) -> str:
        """The revision whose spec the active record still has after a rollback, if the history can be read."""
        try:
            return self._current.rolled_back_from
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            self._connection.note(f"the history cannot be read, so a rollback would not be noticed: {error}")
        except ConfigError:
            # Without revisions, there was no rollback.
            pass
        return ""

    @property
    def _current(self) -> RevisionRow:
        return current_of(self._rows) or self._rows[0]

    def _of(self, row: RevisionRow) -> Spec:
        """Return the spec of a revision, regenerated by the platform unless it is stored somewhere."""
        if self._seen is not None and not row.current and (kept := spec_seen(self._seen, self._rows, row)):
            document = parsed(kept, row.title, "")
            return Spec(f"{self._named(row)}, as stored here", document, regenerated=False, salt=self._seen.salt)
        record = self._record if row.stored and not row.spec else None
        spec = replace(self._agent, record=record).spec(row, self._connection.call())
        return Spec(self._named(row), spec.document, spec.regenerated, spec.outdated)

    def _named(self, row: RevisionRow, *, alone: bool = False) -> str:
        name = f"revision {row.number}" if row.number is not None else f"revision of {visible(row.deployed_raw, 40)}"
        return name if alone else f"{self.label} {name}"

    def _range(self) -> str:
        numbers = [row.number for row in self._rows if row.number is not None]
        return f"it has {min(numbers)} to {max(numbers)}" if numbers else UNNUMBERED


def note_regenerated(connection: CliConnection, *specs: Spec) -> None:
    """Print a note for each regenerated spec."""
    for spec in specs:
        if spec.regenerated:
            how = f": {joined(list(OF_NEWEST))} are those of the newest revision" if spec.outdated else ""
            connection.note(
                f"{spec.label} was regenerated by the platform{how or ' and may differ slightly from what ran'}"
            )
