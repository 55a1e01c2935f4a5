"""Imports the program once, and forks a process for each command that `support.forked` asks for.

The start of Python and the imports are most of what a short command costs. From `main` on, a forked program is like an
installed one: a process with its own streams, environment, folder, and terminal.
"""

from __future__ import annotations

import fcntl
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import termios
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

# As the program sets it before it imports Textual.
os.environ["TEXTUAL_FPS"] = "500"

import astro_tui
from astro_tui.cli.main import main

LAZY = (
    *("httpx", "httpcore", "yaml", "regex", "segno", "keyring.backends.fail", "markdown_it", "cryptography.x509"),
    *("textual.drivers.linux_driver", "textual.drivers.headless_driver", "textual.pilot", "textual.layouts.factory"),
    *("textual.widgets", "encodings.idna", "encodings.utf_16_be", "unicodedata", "stringprep"),
)
"""Modules that the program imports when it needs them, besides its own."""
STREAMS = 3
TESTS = str(Path(__file__).parents[1])


def import_all() -> None:
    """Import what a program may need, in the program's own way, and build the models of the platform."""
    from astro_tui.platform.client import wire

    wire._load()
    for module in pkgutil.walk_packages(astro_tui.__path__, "astro_tui."):
        if module.name != "astro_tui.__main__":
            import_module(module.name)
    for name in LAZY:
        import_module(name)
    from pydantic import BaseModel

    from astro_tui.platform import models

    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, BaseModel):
            model.model_rebuild()


def serve(requests: socket.socket) -> None:
    """Fork a process for each request; write its process ID and, when it has ended, its status to the reply's pipe."""
    running: dict[int, int] = {}
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_given: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready = select.select([requests, ended], [], [])[0]
        if ended in ready:
            os.read(ended, 4096)
            for process in list(running):
                found, status = os.waitpid(process, os.WNOHANG)
                if found:
                    tell(running.pop(process), status, last=True)
        if requests in ready:
            head, given, *_ = socket.recv_fds(requests, 8, STREAMS + 1)
            if not head:
                return
            *streams, reply = given
            request = json.loads(requests.recv(int(head), socket.MSG_WAITALL))
            process = os.fork()
            if not process:
                become(request, streams)
            for stream in streams:
                os.close(stream)
            running[process] = reply
            tell(reply, process)


def tell(reply: int, number: int, *, last: bool = False) -> None:
    """Write a line to a pipe, which may no longer have a reader."""
    with suppress(BrokenPipeError):
        os.write(reply, b"%d\n" % number)
    if last:
        os.close(reply)


def close(number: int) -> None:
    """Close a standard stream, as if it had been closed when Python started."""
    os.close(number)
    name = ("stdin", "stdout", "stderr")[number]
    setattr(sys, name, None)
    setattr(sys, f"__{name}__", None)


def report_stacks(_number: int, interrupted: FrameType | None) -> None:
    """Write to the standard error what each thread and each task is doing."""
    sys.path.append(TESTS)
    from support.stalled import stacks

    os.write(2, stacks(interrupted).replace("\n", "\r\n").encode())


def become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Run the program, or code as `python -c` does, in a process that was just forked."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, stream in zip(request["streams"], streams, strict=True):
            os.dup2(stream, number)
        for number in {*range(STREAMS)} - {*request["streams"]}:
            close(number)
        os.closerange(STREAMS, 256)
        if request["session"]:
            os.setsid()
        if request["terminal"]:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        # A test that waits in vain asks where the program hangs.
        signal.signal(signal.SIGUSR1, report_stacks)
        if sys.stdout:
            sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
        sys.argv = request["command"]
        if request["code"]:
            exec(compile(request["code"], "<string>", "exec"), {"__name__": "__main__"})
            code = 0
        else:
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
        code = 1
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    import_all()
    # Objects that no process looks at need not be copied for it.
    import gc

    gc.freeze()
    with suppress(KeyboardInterrupt):
        serve(socket.socket(fileno=int(sys.argv[1])))
