"""One agent named on the command line, and the specs of its revisions (contract §8.7)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.commands.common import Asking
from astro_tui.document import Document
from astro_tui.errors import ConfigError, DocumentError, ErrorKind, PlatformError
from astro_tui.listing import Entry, entries_of, find, nearest
from astro_tui.text import visible
from astro_tui.wording import counted

if TYPE_CHECKING:
    from astro_tui.models import ActiveDeployment, Revision

_NAMED = 10
"""How many candidates are named."""


class Spec(NamedTuple):
    """The spec of one revision as it was sent; `regenerated` is close to what ran, and not byte for byte."""

    label: str
    raw: bytes
    regenerated: bool

    @property
    def document(self) -> Document:
        """The spec laid out; raises ConfigError when it is no document."""
        try:
            return Document.parse(self.raw)
        except DocumentError as error:
            raise ConfigError(f"the spec of {self.label} cannot be read: {error}") from None


def account_of(asking: Asking) -> str:
    """Return the account of the settings, else the user's first one; raises ConfigError when there is none."""
    account = asking.settings.account or asking.platform.me(call=asking.call()).first_account
    if not account:
        raise ConfigError("which account? the platform names none: astro-tui list ACCOUNT")
    return account


def agent_of(asking: Asking, target: str) -> Agent:
    """Return the agent that `ACCOUNT/AGENT` names, or `AGENT` of the settings' account.

    It is named by id, display name or blueprint name. Raises ConfigError when there is none or more than one.
    """
    account, name = _split(asking.settings.account, target)
    entries = entries_of(asking.platform.deployments(account, call=asking.call()).rows)
    found = find(entries, name)
    if len(found) == 1:
        return Agent(asking, account, found[0])
    shown, where = visible(name, 100), visible(account, 100)
    if not found:
        guess = nearest(entries, name)
        more = f"; the nearest name is {guess}" if guess else f"; astro-tui list {where} names them"
        raise ConfigError(f"there is no agent {shown} in {where}{more}")
    names = ", ".join(f"{visible(entry.key, 100)} ({entry.label})" for entry in found[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    raise ConfigError(f"{shown} is {counted(len(found), 'deployment')}, name one by its id: {names}{more}")


def _split(given: str, target: str) -> tuple[str, str]:
    """Return account and agent. After `--account X` a target `X/Y` is `Y`, and any other one a name in X."""
    account, slash, name = target.partition("/")
    if slash and account and name:
        return account, name
    if not given or not target.strip("/"):
        raise ConfigError(f"which agent? {visible(target, 100) or 'nothing'} is no ACCOUNT/AGENT")
    return given, target.strip("/")


class Agent:
    """One deployment: what is deployed, and what was. Asks when it is needed, and nothing twice."""

    def __init__(self, asking: Asking, account: str, entry: Entry) -> None:
        self._asking, self._account, self._entry = asking, account, entry
        self._blueprint = entry.deployment.name

    @property
    def label(self) -> str:
        """Account and name, as people write them."""
        return f"{visible(self._account, 100)}/{self._entry.label}"

    def deployed(self) -> Spec:
        """Return what is deployed: the active record's spec when it is this deployment's, else its current revision.

        A blueprint has one active record whatever its deployments: the ids are compared, never another one's
        spec returned.
        """
        record = self._record
        if record is not None and record.id == self._entry.key and record.spec.strip() not in (b"", b"null"):
            return Spec(f"{self.label} deployed", record.spec, regenerated=False)
        if record is None:
            self._asking.note(f"{self.label} is not active ({self._entry.status.plain}): this is its current revision")
        elif record.id != self._entry.key:
            self._asking.note(
                f"the active record of {visible(self._blueprint, 100)} belongs to {visible(record.id, 100)}: "
                f"this is the current revision of {visible(self._entry.key, 100)}"
            )
        return self._of(self._current)

    def revision(self, number: int) -> Spec:
        """Return the spec of a revision; raises ConfigError when there is none of that number."""
        row = next((row for row in self._rows if row.revision == number), None)
        if row is None:
            raise ConfigError(f"{self.label} has no revision {number}; {self._range()}")
        record = self._record if row is self._current else None
        if record is not None and record.id == self._entry.key and record.build_id == row.build_id:
            return self.deployed()._replace(label=self._named(row))
        return self._of(row)

    def before(self) -> Spec:
        """Return the spec of the revision before the current one; raises ConfigError when there is none."""
        current, rows = self._current, self._rows
        if current.revision is None:
            older = rows[rows.index(current) + 1 :]
        else:
            older = [row for row in rows if row.revision is not None and row.revision < current.revision]
        if not older:
            raise ConfigError(f"{self.label} has no revision before {self._named(current, alone=True)}")
        return self._of(max(older, key=lambda row: row.revision or 0))

    # ---- what the platform knows

    @cached_property
    def _record(self) -> ActiveDeployment | None:
        try:
            return self._asking.platform.active_deployment(self._account, self._blueprint, call=self._asking.call())
        except PlatformError as error:
            if error.kind is ErrorKind.NOT_FOUND and error.status == 404:
                return None
            raise

    @cached_property
    def _rows(self) -> list[Revision]:
        """The revisions of this deployment, newest first. Older servers give every row an id of its own."""
        key = self._entry.key
        found = self._asking.platform.history(self._account, self._blueprint, key, call=self._asking.call()).rows
        numbered = any(row.revision is not None for row in found)
        rows = [row for row in found if row.id == key or not numbered]
        if not rows:
            raise ConfigError(f"the platform knows no revision of {self.label}")
        return rows

    @cached_property
    def _current(self) -> Revision:
        marked = [row for row in self._rows if row.is_current] or [row for row in self._rows if row.status == "active"]
        return marked[0] if marked else max(self._rows, key=lambda row: row.revision or 0)

    def _of(self, row: Revision) -> Spec:
        """Return the spec that the history has, else the one that the platform regenerates."""
        if b"".join(row.spec.split()) not in (b"", b"null", b"{}"):
            return Spec(self._named(row), row.spec, regenerated=False)
        if row.revision is None:
            raise ConfigError(f"the platform keeps no spec of {self._named(row)}")
        call = self._asking.call()
        raw = self._asking.platform.template(self._account, self._blueprint, row.id, row.revision, call=call)
        return Spec(self._named(row), raw, regenerated=True)

    def _named(self, row: Revision, *, alone: bool = False) -> str:
        name = f"revision {row.revision}" if row.revision is not None else f"that of {visible(row.deployed_at.raw, 40)}"
        return name if alone else f"{self.label} {name}"

    def _range(self) -> str:
        numbers = [row.revision for row in self._rows if row.revision is not None]
        return f"it has {min(numbers)} to {max(numbers)}" if numbers else "this platform does not number them"


def say_regenerated(asking: Asking, *specs: Spec) -> None:
    """Say which of the specs are not what ran, byte for byte."""
    for spec in specs:
        if spec.regenerated:
            asking.note(f"{spec.label} is regenerated by the platform: close to what ran, not byte for byte")
