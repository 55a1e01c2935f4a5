"""What was done from this machine: one line per step of an action, written before and after its request.

The intent is on disk before the request leaves, so that a crash at any moment leaves a true record: an action that is
`intended` was not sent, and one that is `sent` may have taken effect. Two files of up to `LARGEST` bytes. Several
processes may write at the same time. No secrets.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec.structs import replace

from astro_tui.errors import AstroError
from astro_tui.platform.servers import origin_of
from astro_tui.state.account_cache import state_folder
from astro_tui.state.files import home_short, sync_folder, try_lock, wait_for_lock
from astro_tui.state.plain_files import NO_LINKS, NO_WAIT
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import sensible

LARGEST = 256 << 10
"""Bytes after which the file is set aside, replacing the one that was set aside before."""
MOST_OPEN = 100
"""How many actions without an outcome are kept when a new file begins."""
PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""
_LONGEST = {"time": 40, "account": 100, "agent": 200, "action": 40, "argument": 100, "was": 200}
_LONGEST |= {"state": 40, "outcome": 500, "group": 40}
"""How many characters of each of these texts are printed."""
_UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


class ActionStage(StrEnum):
    """How far along an action is."""

    INTENDED = "intended"
    """Nothing was sent."""
    SENT = "sent"
    """The request may have left; there is no outcome."""
    ACCEPTED = "accepted"
    """The platform accepted the request. Whether it has done it is not recorded, or not yet."""
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The response was lost, and what became of the action is not known yet."""
    RESOLVED = "resolved"
    """What became of the action was found out later."""


OPEN = (ActionStage.INTENDED, ActionStage.SENT, ActionStage.UNKNOWN)
"""Steps after which there is something left to find out."""
CHAT = "chat-"
"""The prefix of actions in a conversation; they change nothing about the deployment."""
RENEWS = ("deploy", "redeploy", "rollback", "restart", "restart-pod", "resume")
"""The actions after which the user should ask the agent whether it works."""
HARMLESS = (ActionStage.INTENDED, ActionStage.REFUSED)
"""Steps after which the platform is unchanged."""


class JournalEntry(msgspec.Struct, frozen=True):
    """One action: the intent, and how far along it is. All strings except `id` and `server` are safe to print.

    Actions that were confirmed together have the same `group`.
    """

    key: str
    time: str
    server: str
    account: str
    agent: str
    id: str
    action: str
    argument: str = ""
    revision: int | None = None
    was: str = ""
    state: str = ActionStage.INTENDED.value
    outcome: str = ""
    group: str = ""

    @property
    def in_chat(self) -> bool:
        """Whether it is about a conversation."""
        return self.action.startswith(CHAT)

    @property
    def at(self) -> datetime | None:
        """When it was intended, in UTC."""
        with suppress(ValueError):
            moment = datetime.fromisoformat(self.time)
            return sensible(moment) if moment.tzinfo else None
        return None


_ENTRY = msgspec.json.Decoder(JournalEntry)
"""Made here, in one thread: see deployment_rows.py."""


class JournalError(AstroError):
    """The journal cannot be read or written, so nothing is sent."""


class BusyError(AstroError):
    """Another process is acting on the same deployment."""


class Journal:
    """The journal in a folder, which need not exist. Safe to use from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path, self.older = folder / "journal.jsonl", folder / "journal.1.jsonl"

    # ---- reading

    def entries(self) -> list[JournalEntry]:
        """Return all actions, oldest first, each in its latest state. Raises JournalError if a file cannot be read."""
        try:
            if not self._folder.is_dir():
                return []
            with self._locked_if_possible():
                return _folded(self._lines())
        except OSError as error:
            raise self._unusable("read", error) from None

    def _of_deployments(self) -> list[JournalEntry]:
        return [each for each in self.entries() if not each.in_chat]

    def about(self, server: str, deployment_id: str) -> list[JournalEntry]:
        """Return the actions on a deployment, oldest first, without those in conversations.

        None if the journal cannot be read.
        """
        with suppress(JournalError):
            mine = origin_of(server), deployment_id
            return [each for each in self._of_deployments() if (each.server, each.id) == mine]
        return []

    def unresolved(self, server: str, deployment_id: str = "") -> list[JournalEntry]:
        """Return the actions with something left to find out, except those that a process is working on now."""
        mine = self.open_ones(server, deployment_id)
        busy = {each.id for each in mine if self.busy(server, each.id)}
        return [each for each in mine if each.id not in busy]

    def open_ones(self, server: str, deployment_id: str = "") -> list[JournalEntry]:
        """Return the actions with something left to find out, including those that a process is working on now."""
        entries = [each for each in self._of_deployments() if each.state in OPEN and each.server == origin_of(server)]
        return [each for each in entries if deployment_id in ("", each.id)]

    def last_key(self, server: str, deployment_id: str) -> str:
        """Return the key of the last action that may have changed a deployment, or an empty string."""
        origin = origin_of(server)
        ours = (each for each in self._of_deployments() if (each.server, each.id) == (origin, deployment_id))
        return next((each.key for each in reversed(list(ours)) if each.state not in HARMLESS), "")

    def rolled_back(self, server: str) -> frozenset[str]:
        """Return the ids of deployments that were rolled back last from here; none if the journal cannot be read.

        The platform's list does not say so: it keeps the build from before (platform.md §9).
        """
        with suppress(JournalError):
            rows = self._of_deployments()
            mine = [each for each in rows if each.server == origin_of(server) and each.state not in HARMLESS]
            last = {each.id: each.action for each in mine}
            return frozenset(key for key, action in last.items() if action == "rollback")
        return frozenset()

    # ---- writing

    def intend(self, entry: JournalEntry) -> JournalEntry:
        """Record what is about to be sent, and return it as recorded once it is on disk. Raises JournalError."""
        texts = {name: masked_line(getattr(entry, name), _LONGEST[name]) for name in ("account", "agent", "argument")}
        entry = replace(entry, key=secrets.token_hex(8), server=origin_of(entry.server), **texts)
        self._append(entry)
        return entry

    def record(self, entry: JournalEntry, step: ActionStage, outcome: str = "") -> JournalEntry:
        """Record how far along an action is, and return its entry once that is on disk. Raises JournalError."""
        entry = replace(entry, state=step.value, outcome=masked_line(outcome, _LONGEST["outcome"]))
        self._append(entry)
        return entry

    def tried_to_record(self, entry: JournalEntry, step: ActionStage, outcome: str) -> tuple[JournalEntry, str]:
        """Record how far along an action is; if that fails, return the entry unchanged, and a sentence about it.

        The action stays open then, which is correct: the next start looks up its outcome.
        """
        try:
            return self.record(entry, step, outcome), ""
        except JournalError as error:
            return entry, f" {error} The outcome is not recorded."

    def _append(self, entry: JournalEntry) -> None:
        line = msgspec.json.encode(entry) + b"\n"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                if self.path.exists() and self.path.stat().st_size + len(line) > LARGEST:
                    self._put_aside()
                self._write(line)
        except OSError as error:
            raise self._unusable("written", error) from None

    def _write(self, data: bytes) -> None:
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS | NO_WAIT, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "it is not a regular file")
            size = os.fstat(descriptor).st_size
            # A process that was killed while it wrote may have left half a line.
            if size and _last_byte(descriptor, size) != b"\n":
                data = b"\n" + data
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync_folder(self._folder)

    def _put_aside(self) -> None:
        """Begin a new file. Actions without an outcome stay, however old they are."""
        still_open = [each for each in _folded(self._lines()) if each.state in OPEN][-MOST_OPEN:]
        self.path.replace(self.older)
        if still_open:
            self._write(b"".join(msgspec.json.encode(each) + b"\n" for each in still_open))

    def _lines(self) -> Iterator[bytes]:
        for path in (self.older, self.path):
            with suppress(FileNotFoundError):
                descriptor = os.open(path, os.O_RDONLY | NO_LINKS | NO_WAIT)
                with os.fdopen(descriptor, "rb") as file:
                    # Read a limited amount, because the file may have become huge.
                    yield from file.read(2 * LARGEST).split(b"\n")

    def _unusable(self, verb: str, error: OSError) -> JournalError:
        where = visible(home_short(self.path), 200)
        return JournalError(f"The journal {where} cannot be {verb}: {error.strerror or error}.")

    # ---- locks

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the files. Raises OSError if another process holds it for `PATIENCE` seconds."""
        descriptor = self._open("journal.lock")
        try:
            if not wait_for_lock(descriptor, PATIENCE):
                raise OSError(errno.EAGAIN, "another astro-tui is using it")
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked_if_possible(self) -> Iterator[None]:
        """Hold the lock of the files, or no lock if the folder is not writable."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._locked())
            except OSError as error:
                if error.errno not in _UNWRITABLE:
                    raise
            yield

    @contextmanager
    def holding(self, server: str, deployment_id: str) -> Iterator[None]:
        """Act on a deployment while no other process of this user on this machine does. Raises BusyError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable("locked", error) from None
        with ExitStack() as held:
            # A process that only checks whether the lock is free holds it for a moment.
            for pause in (0.05, 0.1, 0.15, 0):
                if held.enter_context(self._tried(server, deployment_id)):
                    break
                held.close()
                time.sleep(pause)
            else:
                raise BusyError("Another astro-tui on this machine is changing this agent right now.")
            yield

    def busy(self, server: str, deployment_id: str) -> bool:
        """Whether a process is acting on a deployment right now. Raises JournalError if that cannot be found out."""
        if not os.path.lexists(self._folder / _lock_name(server, deployment_id)):
            return False
        with self._tried(server, deployment_id) as free:
            return not free

    @contextmanager
    def _tried(self, server: str, deployment_id: str) -> Iterator[bool]:
        """Try to take the lock of a deployment, and say whether it is held now."""
        descriptor = -1
        try:
            descriptor = self._open(_lock_name(server, deployment_id))
            free = try_lock(descriptor)
        except OSError as error:
            if descriptor >= 0:
                os.close(descriptor)
            raise self._unusable("locked", error) from None
        try:
            yield free
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | NO_LINKS, 0o600)


def journal_of_user() -> Journal:
    """Return the journal of this user on this machine, for all servers."""
    return Journal(state_folder() / "actions")


def _lock_name(server: str, deployment_id: str) -> str:
    text = f"{origin_of(server)}\0{deployment_id}".encode("utf-8", "replace")
    return f"{blake2b(text, digest_size=8).hexdigest()}.lock"


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _folded(lines: Iterator[bytes]) -> list[JournalEntry]:
    """Return the newest line of each action, in the order of their first lines. Unreadable lines are skipped."""
    entries: dict[str, JournalEntry] = {}
    for line in lines:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            entry = _ENTRY.decode(line)
            entries[entry.key] = entry
    return [_printable(entry) for entry in entries.values()]


def _printable(entry: JournalEntry) -> JournalEntry:
    """Return an entry with its texts made safe to print: anyone can write to the file."""
    return replace(entry, **{name: visible(getattr(entry, name), most) for name, most in _LONGEST.items()})
