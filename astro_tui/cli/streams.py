"""The standard streams of a command, which can be closed, full, or a pipe whose reader has left."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from astro_tui.errors import ConfigError


def open_closed_streams() -> None:
    """Open something in place of standard streams that are closed, as after `>&-`.

    Otherwise they are None, and the next file or socket gets their number. The substitute can be neither read nor
    printed to, which is an error like any other; only text for standard error is lost.
    """
    for number, name, flags, mode in (
        (0, "stdin", os.O_WRONLY, "r"),
        (1, "stdout", os.O_RDONLY, "w"),
        (2, "stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def complain(line: str) -> None:
    """Write one line to standard error; it is lost where that is closed or full, which changes no exit code."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"astro-tui: {line}\n")
        sys.stderr.flush()


def write_out(pieces: Iterable[bytes]) -> None:
    """Write bytes to standard output; the process ends silently when the reader of a pipe has left.

    Raises ConfigError where the output is closed or full.
    """
    try:
        with _ending_with_the_pipe():
            out = sys.stdout.buffer
            for piece in pieces:
                out.write(piece)
            out.flush()
    except OSError as error:
        closed = error.errno == errno.EBADF or not error.strerror
        raise ConfigError(f"cannot print: {'the output is closed' if closed else error.strerror}") from None


@contextmanager
def _ending_with_the_pipe() -> Iterator[None]:
    """Let the process end as other programs do when the reader of its output has enough.

    Only while printing: a lost connection must not end it.
    """
    import signal

    if not hasattr(signal, "SIGPIPE"):
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)
