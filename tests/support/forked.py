"""Programs and code in processes of their own, forked from one that has imported the program.

A start costs 5 ms instead of 50 to 250. Tests of the start itself, of its streams, and of what is imported start the
installed program.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from support.leaks import watch

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
LOCALE = "C.UTF-8"
_AT_START = ("PYTHON", "TEXTUAL_", "ESCDELAY", "TERM_PROGRAM")
"""Beginnings of variables that are read when Python starts or when a module is imported."""


def can_be_forked(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a command is the installed program, in an environment in which it would start as the server did."""
    locale = {env.get("LANG"), *(value for name, value in env.items() if name.startswith("LC_"))}
    known = _environment()
    at_start = (name for name in {*env, *known} if name.startswith(_AT_START))
    same = all(env.get(name, "") == known.get(name, "") for name in at_start)
    return command[0] == PROGRAM and locale == {LOCALE} and same


def _environment() -> dict[str, str]:
    """Return the environment of the server: that of a user whose output is buffered."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return env | {"LANG": LOCALE, "PYTHONUNBUFFERED": ""}


_asking = threading.Lock()


@cache
def _server() -> socket.socket:
    """Start the server, which ends when this process ends or closes the socket."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(
            command, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
        )

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours


class Child:
    """A forked process, with `streams` as its input, output, and errors; they stay open here. None is a closed one."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: Path | str | None,
        streams: Sequence[int | None],
        *,
        code: str = "",
        session: bool = False,
        terminal: bool = False,
    ) -> None:
        self.args = command
        self.returncode: int | None = None
        self.status: int | None = None
        request = {
            "command": list(command),
            "environment": dict(env),
            "folder": str(folder or Path.cwd()),
            "code": code,
            "streams": [number for number, stream in enumerate(streams) if stream is not None],
            "session": session or terminal,
            "terminal": terminal,
        }
        body = json.dumps(request).encode()
        reply, told = os.pipe()
        with _asking:
            server = _server()
            socket.send_fds(server, [b"%8d" % len(body)], [*(stream for stream in streams if stream is not None), told])
            server.sendall(body)
        os.close(told)
        self._reply = os.fdopen(reply, "rb", buffering=0)
        self.pid = int(self._reply.readline())

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        return self._ended(0)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._reply], [], [], timeout)[0]:
            self.status = int(self._reply.readline())
            self._reply.close()
            self.returncode = os.waitstatus_to_exitcode(self.status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it runs."""
        with suppress(ProcessLookupError):
            if self.poll() is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, if it runs."""
        self.send_signal(signal.SIGKILL)


class Forked(Child):
    """A forked process whose streams are pipes, with what tests use of `subprocess.Popen`.

    `instead` names files to use instead of a pipe, or None for a stream that is closed. A process that `tells` prints
    a token on purpose.
    """

    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        folder: Path | str | None = None,
        *,
        code: str = "",
        session: bool = False,
        instead: Mapping[int, str | None] = {},
        tells: bool = False,
    ) -> None:
        self._tells = tells
        (read, write), (out, out_end), (err, err_end) = [os.pipe() for _ in range(3)]
        files = {number: os.open(path, os.O_RDWR) for number, path in instead.items() if path}
        pipes = {0: read, 1: out_end, 2: err_end}
        streams = [files.get(number) if number in instead else pipe for number, pipe in pipes.items()]
        env = os.environ if env is None else env
        super().__init__(command, env, folder, streams, code=code, session=session)
        for theirs in (*pipes.values(), *files.values()):
            os.close(theirs)
        # Bytes that are not text, and line endings, stay as they are.
        self.stdin = os.fdopen(write, "w", encoding="utf-8", errors="surrogateescape", newline="")
        self.stdout = os.fdopen(out, encoding="utf-8", errors="surrogateescape", newline="")
        self.stderr = os.fdopen(err, encoding="utf-8", errors="surrogateescape", newline="")

    def communicate(self, given: str = "", timeout: float | None = None) -> tuple[str, str]:
        """Write the input, wait for the end, and close all streams; return the output and the errors."""
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read()))
        limit = threading.Timer(timeout or 60, self.kill)
        reader.start()
        limit.start()
        with suppress(BrokenPipeError):
            self.stdin.write(given)
            self.stdin.close()
        out = self.stdout.read()
        reader.join()
        self.wait(timeout)
        limit.cancel()
        limit.join()
        self.close()
        if not self._tells:
            for text in (out, *errors):
                watch.look(f"the output of {self.args[0]}", text)
        return out, errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the streams and wait for the end."""
        for stream in (self.stdin, self.stdout, self.stderr):
            with suppress(BrokenPipeError):
                stream.close()
        self.wait()
