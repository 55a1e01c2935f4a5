"""Server-sent events of the demo, and how they go wrong (platform.md §10.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import cycle

from astro_tui.demo.data import read
from astro_tui.demo.entities import Json
from astro_tui.demo.faults import Fault
from astro_tui.demo.request import StreamReset, encode

Pause = Callable[[float], bool]
"""Waits for a number of seconds. Returns whether the server is stopping."""
_END = b"\n\n"
_BLOCK = 2**18
_SHRED = 61
"""Bytes of each piece of a garbage stream, so few that characters and frames are torn apart."""


def frame(event: str, data: Json, identifier: int = 0) -> bytes:
    """Return one frame. The space after the colon is required by the platform's CLI."""
    name = f"event: {event}\n".encode() if event else b""
    number = b"id: %d\n" % identifier if identifier else b""
    return number + name + b"data: " + encode(data) + _END


def spoiled(pieces: Iterator[bytes], fault: Fault | None, wait: Pause) -> Iterator[bytes]:
    """Yield a stream as a fault leaves it. Each piece consists of whole frames."""
    if fault is None or fault.kind not in _WAYS:
        return pieces
    return _WAYS[fault.kind](_frames(pieces), fault, wait)


def _frames(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for each in piece.split(_END)[:-1]:
            yield each + _END


def _is_line(sent: bytes) -> bool:
    return not sent.startswith(b"event: ")


def _before(frames: Iterator[bytes], fault: Fault) -> Iterator[bytes]:
    """Yield the frames before the fault: at least what begins a stream, and as many lines as the fault allows."""
    # Ready, connecting, streaming.
    for _ in range(3):
        yield next(frames)
    left = fault.lines
    while left > 0:
        sent = next(frames, b"")
        if not sent:
            return
        left -= _is_line(sent)
        yield sent


def _reset(frames: Iterator[bytes], fault: Fault, _wait: Pause) -> Iterator[bytes]:
    left = fault.size or math.inf
    for sent in frames if fault.size else _before(frames, fault):
        if len(sent) >= left:
            yield sent[: int(left)]
            break
        left -= len(sent)
        yield sent
    raise StreamReset


def _stall(frames: Iterator[bytes], fault: Fault, wait: Pause) -> Iterator[bytes]:
    yield from _before(frames, fault)
    while not wait(3600):
        pass


def _error(frames: Iterator[bytes], fault: Fault, _wait: Pause) -> Iterator[bytes]:
    yield from _before(frames, fault)
    yield frame("error", {"message": fault.body.decode()})


def _pod_ended(frames: Iterator[bytes], fault: Fault, _wait: Pause) -> Iterator[bytes]:
    return _before(frames, fault) if fault.lines else frames


def _endless(frames: Iterator[bytes], fault: Fault, _wait: Pause) -> Iterator[bytes]:
    yield from _before(frames, fault)
    yield b"data: "
    for begin in range(0, fault.size, _BLOCK):
        yield b"x" * min(_BLOCK, fault.size - begin)
    yield _END
    yield from frames


def _in_pieces(sent: bytes) -> bytes:
    """Return a line's frame with its data in two lines."""
    return sent.replace(b',"level"', b',\ndata: "level"', 1)


_FORMS: tuple[Callable[[bytes], bytes], ...] = (
    lambda sent: sent.replace(b"\n", b"\r\n"),
    lambda sent: sent.replace(b": ", b":", 1).replace(b"\ndata: ", b"\ndata:", 1),
    lambda sent: b": a comment\n:\n" + sent,
    _in_pieces,
    lambda sent: sent.replace(b"\n", b"\r"),
    lambda sent: b"retry: 86400000\nunknown: field\nnonsense\n" + sent,
)
"""Unusual forms of a frame that the rules allow."""


def _garbage(frames: Iterator[bytes], _fault: Fault, _wait: Pause) -> Iterator[bytes]:
    """Yield every line, in changing forms, with garbage in between."""
    # Frames that are not log lines, or not readable ones.
    forms, garbage = cycle(_FORMS), cycle(text.encode("latin-1") for text in read("garbage.json"))
    yield b"\xef\xbb\xbf"
    for sent in frames:
        made = next(forms)(sent) + next(garbage) if _is_line(sent) else sent
        for begin in range(0, len(made), _SHRED):
            yield made[begin : begin + _SHRED]


_WAYS = {
    "stream-reset": _reset,
    "stall": _stall,
    "stream-error": _error,
    "pod-end": _pod_ended,
    "endless": _endless,
    "garbage": _garbage,
}
