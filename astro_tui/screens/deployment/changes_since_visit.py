"""What changed of a deployment since one last looked at it: found out behind the screen, quietly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.errors import PlatformError
from astro_tui.presentation.status import Status, status_labelled
from astro_tui.screens.base.comparison import difference_of
from astro_tui.screens.base.page import Page
from astro_tui.state.last_seen import Seen
from astro_tui.text.times import age
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from datetime import datetime

    from astro_tui.document import Document
    from astro_tui.platform.client import Call


class Since(NamedTuple):
    """What was seen before, and what changed since: the spec in words (`3 changed`), the state before and now."""

    seen: Seen
    spec: str
    states: tuple[Status, Status] | None

    def words(self, look: Look, now: datetime) -> str:
        """Return it as a sentence, ready to be drawn; empty where nothing changed."""
        parts = [f"spec: {self.spec}"] if self.spec else []
        if self.states is not None:
            old, new = (look.plain(status.label) for status in self.states)
            parts.append(f"{old} {look.glyphs.arrow} {new}")
        dot = f" {look.glyphs.dot} "
        return f"since you looked {look.own(age(self.seen.at, now))} ago{dot}{dot.join(parts)}" if parts else ""


class SinceSeen:
    """Serves one page; `told` is what is known now."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._noted: tuple[str, int, str] | None = None
        self.told: Since | None = None

    def begin(self, key: str) -> None:
        """A deployment is opened."""
        self._page.forget("seen")
        self._noted, self.told = None, None
        self._page.session.last_seen.begin(key, self._page.session.clock())

    def note(
        self, key: str, document: Document, status: Status, build: str, *, regenerated: bool, done: Callable[[], object]
    ) -> None:
        """Remember what is on the screen, and find out what of it is news; `done` is called when it is known."""
        noted = (key, id(document), status.label)
        if noted == self._noted or self._page.busy("seen"):
            return
        session = self._page.session
        at, store = session.clock(), session.last_seen

        def ask(call: Call) -> Since | None:
            """Touch the disk, and compare (worker thread)."""
            before = store.before(key)
            now = Seen(at, status.label, build, regenerated)
            now = (now if before is None else replace(now, salt=before.salt)).with_spec(document)
            store.keep(key, now)
            return None if before is None else _news(before, now, status, call)

        self._page.fetch("seen", ask, partial(self._found, noted, done), partial(self._failed, noted))

    def _found(self, noted: tuple[str, int, str], done: Callable[[], object], since: Since | None) -> None:
        self._noted, self.told = noted, since
        done()

    def _failed(self, noted: tuple[str, int, str], _error: PlatformError) -> None:
        self._noted = noted


def _news(before: Seen, now: Seen, status: Status, call: Call) -> Since:
    from astro_tui.document import Document

    states = (status_labelled(before.status), status) if before.status not in ("", now.status) else None
    if before.digest == now.digest:
        return Since(before, "", states)
    if not before.spec or not now.spec:
        return Since(before, "changed", states)
    difference = difference_of(Document.parse(before.spec), Document.parse(now.spec), call.cancelled.is_set).difference
    return Since(before, difference.summary if difference else "", states)
