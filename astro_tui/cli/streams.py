"""The standard streams of a command, which can be closed, full, or a pipe whose reader has exited."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from astro_tui.text.styled import Printable


def open_closed_streams() -> None:
    """Replace closed standard streams, as after `>&-`.

    Otherwise they would be None, and the next file or socket would get their number. Reading from or printing to a
    replacement is an error as usual; only text for standard error is lost.
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
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  open until the process ends


def complain(*lines: str) -> None:
    """Write lines to standard error, made printable.

    If it is closed or full, they are lost and the exit code unchanged.
    """
    from astro_tui.text.foreign import visible

    with suppress(OSError, ValueError):
        sys.stderr.write("astro-tui: " + "".join(f"{visible(line)}\n" for line in lines))  # noqa: TID251  the only place
        sys.stderr.flush()


def write_out(pieces: Iterable[Printable]) -> None:
    """Write to standard output, which nothing else does. The process ends silently if the reader of a pipe has exited.

    Raises ConfigError if the output is closed or full.
    """
    try:
        with _ending_with_the_pipe():
            out = sys.stdout.buffer  # noqa: TID251  the only place
            for piece in pieces:
                out.write(piece)
            out.flush()
    except OSError as error:
        from astro_tui.errors import ConfigError

        closed = error.errno == errno.EBADF or not error.strerror
        raise ConfigError(f"cannot print: {'the output is closed' if closed else error.strerror}") from None


def pause(seconds: float) -> None:
    """Wait, and end the process if the reader of its output has exited."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        end_if_unread()
        time.sleep(min(left, 0.5))


def end_if_unread() -> None:
    """End the process as `write_out` does if the reader of its output has exited, without writing anything."""
    import select
    import signal

    if not hasattr(select, "poll") or not hasattr(signal, "SIGPIPE"):
        return
    with suppress(OSError, ValueError):
        number = sys.stdout.fileno()
        poll = select.poll()
        poll.register(number, 0)
        # Only a pipe reports an error; a terminal or a socket that hangs up sends its own signal.
        if any(event & select.POLLERR for _, event in poll.poll(0)):
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)


@contextmanager
def _ending_with_the_pipe() -> Iterator[None]:
    """Let the process end like other programs when the reader of its output has exited.

    This applies only while printing: a lost connection must not end the process.
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
