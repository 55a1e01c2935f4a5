"""Tells the user about a change: with the terminal's bell or a notification of it, or with the user's own command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from time import monotonic
from typing import Any

from msgspec import Struct

from astro_tui.text.foreign import visible

LIMIT = 10.0
"""Seconds that the user's command may take."""
MOST_AT_ONCE = 4
"""How many of the user's commands may run at a time; further messages wait for none and are dropped."""
_POLL = 0.1
PREFIX = "ASTRO_TUI_EVENT_"
MOST_IN_VARIABLE = 32_000
"""The most characters of a fact in an environment variable; longer ones are only on standard input."""
SEQUENCES = ("osc9", "osc777")
"""The methods that send an escape sequence, which tmux does not pass on by default."""
_TITLE = "astro-tui"


class NotifySettings(Struct, frozen=True):
    """How to tell the user, and the `command` as a list of arguments, which no shell ever sees."""

    method: str = "off"
    command: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> NotifySettings:
        """Return what the table `[notify]` of the configuration says: a command alone means the method `command`."""
        command = tuple(table.get("command", ()))
        return cls(str(table.get("method", "command" if command else "off")), command)


class Notifier:
    """Sends messages by one method. Returns at once.

    `write` writes an escape sequence to the terminal, and `failed` is called once, with a sentence, if the command
    cannot be run, fails, or takes too long.
    """

    def __init__(self, settings: NotifySettings, write: Callable[[str], None], failed: Callable[[str], None]) -> None:
        self._settings, self._write, self._failed = settings, write, failed
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._said = False

    @property
    def on(self) -> bool:
        """Whether anything is sent."""
        return self._settings.method != "off"

    def send(self, message: str, facts: Mapping[str, Any]) -> None:
        """Send one sentence; a command gets the facts, too."""
        text = visible(message)
        match self._settings.method:
            case "bell":
                self._write("\a")
            case "osc9":
                self._write(passed_on(f"\x1b]9;{text}\x1b\\"))
            case "osc777":
                self._write(passed_on(f"\x1b]777;notify;{_TITLE};{text.replace(';', ',')}\x1b\\"))
            case "command":
                if self._slots.acquire(blocking=False):
                    thread = threading.Thread(target=self._run, args=(text, dict(facts)), name="notify", daemon=True)
                    self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
                    thread.start()

    def close(self, patience: float) -> None:
        """Wait some seconds for the commands that still run, then end them."""
        ends = monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, ends - monotonic()))
        self._over.set()
        for thread in self._threads:
            thread.join(5 * _POLL)

    def _run(self, message: str, facts: dict[str, Any]) -> None:
        try:
            problem = run_command(self._settings.command, message, facts, over=self._over.is_set)
        finally:
            self._slots.release()
        if problem and not self._said and not self._over.is_set():
            self._said = True
            self._failed(f"The notify command {visible(self._settings.command[0], 100)} {problem}.")


def passed_on(sequence: str) -> str:
    """Return a sequence so that tmux, if we are in it, passes it on to the terminal."""
    if not os.environ.get("TMUX"):
        return sequence
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def run_command(
    command: Sequence[str],
    message: str,
    facts: Mapping[str, Any],
    limit: float = LIMIT,
    over: Callable[[], bool] = lambda: False,
) -> str:
    """Run a command with the facts as JSON on its input and in its environment. Return what went wrong, if anything.

    Its output is discarded. After `limit` seconds, or once `over` is true, it is ended with everything that it started.
    """
    event = {"message": message, **facts}
    plain = {name: _plain(value) for name, value in event.items()}
    variables = {f"{PREFIX}{name.upper()}": text for name, text in plain.items() if len(text) <= MOST_IN_VARIABLE}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ASTRO_")}
    # From a file, the command reads when it is ready, and nothing has to be sent while its time is watched.
    with TemporaryFile() as stdin:
        try:
            stdin.write(json.dumps(event, ensure_ascii=False).encode())
            stdin.seek(0)
            process = subprocess.Popen(  # noqa: S603  the user's own command, as a list, without a shell
                list(command),
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=inherited | variables,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return f"cannot be run: {getattr(error, 'strerror', '') or error}"
    ends = monotonic() + limit
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
            continue
        if over() or monotonic() > ends:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"took longer than {limit:.0f} s and was ended"
    return f"failed with exit code {process.returncode}" if process.returncode else ""


def _plain(value: object) -> str:
    """Return a fact for an environment variable, which cannot contain a null character."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return visible(text)
