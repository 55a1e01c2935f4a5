"""Signing in with a code that is entered in any browser (RFC 8628, platform.md §2.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from astro_tui.auth.grants import DeviceCode, Granted, IdentityRefused, SlowDown
from astro_tui.auth.identity import IdentityProvider
from astro_tui.errors import ErrorKind, PlatformError, StartOver
from astro_tui.platform.client.call import Call

_MORE_PATIENCE = 5.0
"""Seconds that each `slow_down` adds to the interval, for good."""
_PASSING = frozenset(
    {
        *(ErrorKind.DNS, ErrorKind.REFUSED, ErrorKind.TIMEOUT, ErrorKind.RESET, ErrorKind.CUT_BODY),
        *(ErrorKind.RATE_LIMITED, ErrorKind.SERVER),
    }
)
"""What may be over at the next poll: a lost network must not lose a sign-in that somebody is busy with."""


@dataclass(frozen=True, slots=True)
class Step:
    """How a sign-in stands: told when its code is there, and before each further poll.

    `seconds_left` is until the code runs out. `trouble` is why the last poll came to nothing; it goes on all the same.
    """

    code: DeviceCode
    seconds_left: float
    interval_seconds: float
    trouble: PlatformError | None = None


def sign_in(
    provider: IdentityProvider,
    call: Call,
    progress: Callable[[Step], None],
    *,
    clock: Callable[[], float] = monotonic,
    wait: Callable[[float], bool] | None = None,
) -> Granted:
    """Sign somebody in: blocks until it is done, refused, given up or too late.

    Polls at once and then after each interval, as the platform's CLI does. `call.abort()` ends it within 50 ms from
    any thread, with a PlatformError of kind CANCELLED. Raises IdentityRefused with what to do next, or PlatformError
    when the provider cannot be reached at the start, or still not when the code runs out. Stores nothing.

    `clock` (seconds) and `wait`, which is given seconds and tells whether to give up, are for tests.
    """
    wait = wait or call.cancelled.wait
    code = provider.start_device(call)
    until = clock() + code.expires_seconds
    interval, trouble = code.interval_seconds, None
    while (left := until - clock()) > 0:
        progress(Step(code, left, interval, trouble))
        trouble = None
        try:
            outcome = provider.poll(code, call)
        except PlatformError as error:
            if error.kind not in _PASSING:
                raise
            trouble = error
        else:
            if isinstance(outcome, Granted):
                return outcome
            if isinstance(outcome, SlowDown):
                interval += _MORE_PATIENCE
        if trouble is not None and trouble.kind is ErrorKind.RATE_LIMITED:
            interval += _MORE_PATIENCE
        if wait(min(interval, max(0.0, until - clock()))):
            raise PlatformError(ErrorKind.CANCELLED, "The sign-in was canceled.", request="", remedies=(StartOver(),))
    raise trouble or IdentityRefused("expired_token")
