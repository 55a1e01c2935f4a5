"""Finds the two sides of a difference, and compares their specs. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.session.comparison import Comparison, Find, Sides, Subject, change_to_show, compared
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.difference.layout import Options


class DiffState(Struct, frozen=True):
    """What is known of a difference."""

    sides: Sides | None = None
    """The two sides; None until they are found."""
    comparison: Comparison | None = None
    """The comparison of these sides; None until it is loaded."""
    nothing: str = ""
    """Why there is nothing to compare with, as the end of a sentence; else empty."""
    error: PlatformError | None = None
    """The failure of the latest request. It stays until there is a result."""
    loading: bool = False
    """Whether the result is still to come."""


class DiffLoader(Loader[DiffState]):
    """Compares two `sides`, or those that `find` returns.

    By default, `find` returns the change that the diagnosis blames, else the newest one. `layout` returns how the rows
    are laid out, and their width in cells.
    """

    TOPICS = ("sides", "diff")

    def __init__(
        self,
        requests: Requests,
        session: Session,
        subject: Subject,
        sides: Sides | None,
        find: Find | None,
        *,
        show: Changed[DiffState],
        layout: Callable[[], tuple[Options, int]],
    ) -> None:
        super().__init__(requests, session, DiffState(sides), show)
        self._subject, self._given, self._find, self._layout = subject, sides, find, layout
        self._newest: Sides | None = None

    # ---- what to compare

    def load(self, **fields: Sides | None) -> None:
        """Find the two sides if they are not known, then load and compare their specs; `fields` change the state."""
        for topic in self.TOPICS:
            self._requests.forget(topic)
        self.staleness.requested(self._session.clock())
        self.change(comparison=None, nothing="", loading=True, **fields)
        self._request()

    def swap(self) -> None:
        """Compare the other way around."""
        if self.state.sides is not None:
            old, new = self.state.sides
            self.load(sides=(new, old))

    def compare(self, find: Find | None) -> None:
        """Compare the sides that `find` returns; without it, those of the newest change."""
        self._find, self._given = find, None
        self.load(sides=None)

    def load_again(self) -> None:
        """Try again. Sides that are compared already, or are being compared, are not looked for again."""
        if self.state.comparison is None and self.topic == "sides":
            self.load(sides=self._given)
        else:
            self.load()

    @property
    def topic(self) -> str:
        """The topic of the open request; without one, that of the first request of the next load."""
        return "diff" if self.state.loading and self.state.sides is not None else "sides"

    # ---- requests

    def _request(self) -> None:
        session, sides = self._session, self.state.sides
        if sides is None:
            find = self._find or change_to_show(self._subject)
            self._requests.fetch("sides", lambda call: find(session, call), self._found, self._failed)
            return
        options, width = self._layout()
        self._requests.fetch(
            "diff", lambda call: compared(session, sides, options, width, call), self._compared, self._failed
        )

    def _found(self, sides: Sides | str) -> None:
        if isinstance(sides, str):
            self.staleness.fresh(self._session.clock())
            self.change(nothing=sides, error=None, loading=False)
            return
        if self._find is None and sides[1].row.current:
            self._newest = sides
        self.change(sides=sides)
        self._request()

    def _compared(self, comparison: Comparison) -> None:
        self.staleness.fresh(self._session.clock())
        if comparison.sides == self._newest:
            self._session.roster.keep_change(self._subject.deployment_id, comparison.newest_change)
        self.change(comparison=comparison, error=None, loading=False)

    def _failed(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(error=error, loading=False)
