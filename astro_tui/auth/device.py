"""Signs users in with a code that they enter in any browser (RFC 8628, platform.md §2.3)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import segno
from msgspec import Struct

from astro_tui.auth.grants import DeviceCode, Granted, IdentityRefused, SlowDown
from astro_tui.auth.identity import IdentityProvider
from astro_tui.errors import ErrorKind, PlatformError, StartOver
from astro_tui.platform.client.call import Call

_SLOW_DOWN = 5.0
"""Seconds that each `slow_down` adds to the interval for the rest of the sign-in."""
_TEMPORARY = frozenset(
    {
        *(ErrorKind.DNS, ErrorKind.REFUSED, ErrorKind.TIMEOUT, ErrorKind.RESET, ErrorKind.CUT_BODY),
        *(ErrorKind.RATE_LIMITED, ErrorKind.SERVER),
    }
)
"""Errors that may be gone by the next poll. A lost connection must not end a sign-in that the user is working on."""


class SignInProgress(Struct, frozen=True):
    """The progress of a sign-in, reported before each poll.

    `seconds_left` is the time until the code expires. `trouble` is why the last poll failed, if it did; the sign-in
    continues.
    """

    code: DeviceCode
    seconds_left: float
    interval_seconds: float
    trouble: PlatformError | None = None


def sign_in(
    provider: IdentityProvider,
    call: Call,
    progress: Callable[[SignInProgress], None],
    *,
    clock: Callable[[], float] = monotonic,
    wait: Callable[[float], bool] | None = None,
) -> Granted:
    """Sign the user in. Blocks until the sign-in is finished, refused, canceled, or expired. Stores nothing.

    Polls at once and then after each interval, like the platform's CLI. `call.abort()` ends it within 50 ms from any
    thread, with a PlatformError of kind CANCELED. Raises IdentityRefused, or PlatformError if the provider cannot be
    reached at the start or when the code expires.

    `clock` returns seconds. `wait` waits for a number of seconds and returns whether the sign-in was canceled.
    """
    wait = wait or call.canceled.wait
    code = provider.start_device(call)
    until = clock() + code.expires_seconds
    interval, trouble = code.interval_seconds, None
    while (left := until - clock()) > 0:
        progress(SignInProgress(code, left, interval, trouble))
        trouble = None
        try:
            outcome = provider.poll(code, call)
        except PlatformError as error:
            if error.kind not in _TEMPORARY:
                raise
            trouble = error
        else:
            if isinstance(outcome, Granted):
                return outcome
            if isinstance(outcome, SlowDown):
                interval += _SLOW_DOWN
        if trouble is not None and trouble.kind is ErrorKind.RATE_LIMITED:
            interval += _SLOW_DOWN
        if wait(min(interval, max(0.0, until - clock()))):
            raise PlatformError(ErrorKind.CANCELED, "The sign-in was canceled.", request="", remedies=(StartOver(),))
    raise trouble or IdentityRefused("expired_token")


BORDER = 2
"""Empty modules around the code. Half of what the standard requires is enough for cameras and fits more screens."""
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def qr_rows(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return the QR code of a text as rows of half blocks, or an empty list if the text is too long.

    The blocks are the dark modules, for black on white. `inverted` draws the bright modules, for dark terminals whose
    colors cannot be set.
    """
    lines = _lines(text, border, inverted=inverted)
    if len(lines) % 2:
        lines.append([inverted] * len(lines[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(above, below, strict=True))
        for above, below in zip(lines[::2], lines[1::2], strict=True)
    ]


def qr_runs(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return the QR code as rows with two characters per module: `#` is drawn as a colored blank.

    It is four times as large as with half blocks. The list is empty if the text is too long.
    """
    return ["".join("##" if module else "  " for module in line) for line in _lines(text, border, inverted=inverted)]


def _lines(text: str, border: int, *, inverted: bool) -> list[list[bool]]:
    try:
        code = segno.make(text, micro=False, error="l")
    except ValueError:
        return []
    return [[bool(module) != inverted for module in line] for line in code.matrix_iter(border=border)]
