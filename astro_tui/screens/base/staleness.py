"""How old the data on screen is, and why, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from textual.content import Content
from textual.dom import DOMNode

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.rounds import pause_after
from astro_tui.text.times import freshness, is_stale, span
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import action_key, shown_keys

UPDATES_OFF = Content.styled("updates off ", "bold $text-warning")
"""What the header says while the user has stopped the automatic refreshes."""
NEVER = 365 * 86_400.0
"""A refresh interval, in seconds, so long that data never counts as old: refreshes are paused, or it changes slowly."""
FIRST_PAUSE, LONGEST_PAUSE = 6.0, 60.0
"""Seconds until the next try after the first failure, and after many in a row."""

REFRESH_SHOWN = 2
"""Seconds after which the header shows how long the open request has taken."""
SLOW = 8
"""Seconds after which the first response counts as slow."""
JUST_SENT = 1
"""Seconds after a request during which it is not sent again."""


def failed(error: PlatformError, at: str, *, loaded: bool) -> Content:
    """Return a failure for the header; `at` is the time when it started. It must not read as if the agent failed."""
    word, join = ("OFFLINE", "since") if error.offline else (f"{'REFRESH' if loaded else 'LOADING'} FAILED", "at")
    if error.kind is ErrorKind.SIGNED_OUT:
        word, at = "SIGNED OUT", ""
    return Content.styled(f"{word} {join} {at} " if at else f"{word} ", "bold $text-error")


class Staleness:
    """Tracks when data was requested, arrived, or failed to arrive.

    With `alone` no other line reports a failure, so the header includes the age of the data.
    """

    def __init__(self, look: Look, *, alone: bool = False) -> None:
        self._look = look
        self._alone = alone
        self.start_over()

    def start_over(self) -> None:
        """Forget everything: the data is about something else from now on."""
        self.fetched: datetime | None = None
        self.oldest: datetime | None = None
        """The time of the oldest other value on screen: what is shown is as old as the oldest of them."""
        self.error: PlatformError | None = None
        self._requested: datetime | None = None
        self._since: datetime | None = None
        self._failures = 0
        self._failed_at: datetime | None = None
        self._retry: tuple[str, datetime] | None = None
        self._again = False

    def requested(self, now: datetime) -> None:
        """Note that a request was sent."""
        self._requested = now
        self._retry = None

    def fresh(self, now: datetime) -> None:
        """Note that the response arrived."""
        self.fetched = now
        self.error = self._requested = self._since = self._retry = None
        self._failures = 0

    def fetched_before(self, at: datetime | None) -> None:
        """Note that data of an earlier visit or run is on screen, unless newer data has arrived."""
        self.fetched = self.fetched or at

    def failed(self, error: PlatformError, now: datetime) -> None:
        """Note that the request failed."""
        self.error = error
        self._since = self._since or now
        self._failures += 1
        self._failed_at = now
        self._requested = self._retry = None

    def canceled(self) -> None:
        """Note that no response is wanted any more."""
        self._requested = self._retry = None

    def waiting(self, reason: str, seconds: float, now: datetime) -> None:
        """Note that the client waits for `seconds` before it tries again; 0 if the time is unknown."""
        self._retry, self._again = (reason, now + timedelta(seconds=seconds)), seconds > 0

    def pause(self, usual: float) -> float:
        """Return the seconds until the next request: more after each failure."""
        if not self._failures or self.error is None:
            return usual
        return max(pause_after(self._failures, FIRST_PAUSE, LONGEST_PAUSE), self.error.retry_after or 0)

    def rest_of_pause(self, usual: float, now: datetime) -> float:
        """Return the seconds that are left of the pause after a failure; 0 without a failure, or if it is over."""
        if self.error is None or self._failed_at is None:
            return 0
        return max(0.0, self.pause(usual) - (now - self._failed_at).total_seconds())

    def waited(self, now: datetime) -> int | None:
        """Return the age of the open request in seconds; None without one."""
        return max(0, int((now - self._requested).total_seconds())) if self._requested is not None else None

    def again(self, now: datetime, *, busy: bool) -> tuple[bool, str]:
        """Return whether to send a request that may still be open (`busy`), and a sentence for the user, if any."""
        waited = self.waited(now)
        if waited is None or not busy:
            return True, ""
        if waited < JUST_SENT:
            return False, "The request was just sent."
        return True, f"No response after {waited} s. Trying again."

    def trying(self, now: datetime) -> str:
        """Return how long a failed request has been retried; empty if it is not being retried."""
        waited = self.waited(now)
        return "" if self.error is None or waited is None else f"Retrying, {waited} s so far"

    def _paused(self, now: datetime) -> str:
        """Return why the client pauses before its next try; empty if it does not."""
        if self._retry is None:
            return ""
        reason, until = self._retry
        left = (until - now).total_seconds()
        if self._again:
            return f"{self._look.plain(reason)}; retry in {left:.0f} s" if left > 0 else ""
        return f"{self._look.plain(reason)} {span(max(0.0, -left))}"

    def words(self, now: datetime, interval: float, *, paused: bool = False) -> Content:
        """Return the state for the header. While refreshes are `paused`, data never counts as old."""
        return UPDATES_OFF + self._words(now, NEVER) if paused else self._words(now, interval)

    def _words(self, now: datetime, interval: float) -> Content:
        trying = self._paused(now) or self.trying(now)
        if trying:
            return self._look.line((f"{trying} ", "$text-warning"))
        if self.error is not None and self._since is not None:
            word = failed(self.error, f"{self._since.astimezone():%H:%M}", loaded=self.fetched is not None)
            age = f", {self._known(now)} " if self._alone and self.fetched else ""
            return self._look.line(word.rstrip() if age else word, (age, "$quiet"))
        waited, cut = self.waited(now) or 0, self._look.glyphs.cut
        if self.fetched is None:
            if waited >= SLOW:
                return self._look.line((f"still loading: {waited} s ", "$text-warning"))
            return self._look.line((f"loading{cut} {waited} s " if waited >= REFRESH_SHOWN else "loading ", "$quiet"))
        if waited >= REFRESH_SHOWN:
            said = f"refreshing{cut} {waited} s"
            return self._look.line((said, "$text-warning"), (f", {self._known(now)} ", "$quiet"))
        return self.age(now, interval)

    def age(self, now: datetime, interval: float) -> Content:
        """Return how old the data is, whatever failed since."""
        if self.as_of is None:
            return Content()
        stale = is_stale(self.as_of, now, interval)
        said = f"{self._look.glyphs.fresh} {freshness(self.as_of, now, interval)} "
        # As wide as any other age, so that nothing beside it moves.
        longest = f"{self._look.glyphs.fresh} {'STALE 59m' if stale else '50s ago'} "
        return self._look.line((said.rjust(len(longest)), "$text-warning" if stale else "$quiet"))

    @property
    def as_of(self) -> datetime | None:
        """The time of the oldest value on screen; None before the first response."""
        return min(self.fetched, self.oldest or self.fetched) if self.fetched is not None else None

    def sentence(self) -> Content:
        """Return one line about the failure while old data stays on screen; empty without a failure."""
        if self.error is None:
            return Content()
        look, text = self._look, str(self.error)
        if self.error.kind is ErrorKind.SIGNED_OUT:
            return look.line((" ! ", "bold $text-warning"), (f"signed out {look.glyphs.dot} ", "bold"), text)
        return look.line((f" {'!' if look.ascii else '✖'} ", "bold $text-error"), text)

    def remedy(self, now: datetime, node: DOMNode) -> Content:
        """Return the right end of the line about the failure: the age of the data, and the key that helps.

        `node` is the widget that shows the line: the keys are those that work there.
        """
        if self.error is None:
            return Content()
        old = f"{self._known(now)}  " if self.fetched else ""
        if self.error.kind is ErrorKind.SIGNED_OUT:
            key = action_key(node, "session.sign-in")
            return self._look.line((old, "$quiet"), (key, "bold $text-primary"), " sign in ")
        waited = self.waited(now)
        if waited is not None:
            # Short, because the failure needs the room.
            return self._look.line((old, "$quiet"), (f"retrying, {waited} s so far ", "$text-warning"))
        return self._look.line((old, "$quiet"), (shown_keys(node, "r"), "bold $text-primary"), " try now ")

    def _known(self, now: datetime) -> str:
        return f"as of {span((now - self.as_of).total_seconds())} ago" if self.as_of else ""
