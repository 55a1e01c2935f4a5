"""Runs a confirmed action in a thread, and tells the user what becomes of it, on whatever screen is in front."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from astro_tui.actions.follow import follow
from astro_tui.actions.journal import Step
from astro_tui.actions.run import Outcome, run
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.actions.box import Agent
from astro_tui.screens.base.actions.texts import label_of
from astro_tui.screens.base.copy_actions import tell

if TYPE_CHECKING:
    from textual.app import App

    from astro_tui.actions.preview import Preview
    from astro_tui.platform.client.permit import Permit


def start(app: App[Any], agent: Agent, preview: Preview, permit: Permit) -> None:
    """Send an action, and follow it until it has settled."""
    acting = _Acting(app, agent, preview)
    # Not a thread worker: it may wait for minutes, and must not hold up requests (ARCHITECTURE.md).
    threading.Thread(target=acting.work, args=(permit,), name="action", daemon=True).start()


class _Acting:
    def __init__(self, app: App[Any], agent: Agent, preview: Preview) -> None:
        self._app, self._agent, self._preview = app, agent, preview
        self._context = agent.session.acting
        self._call = Call()

    def work(self, permit: Permit) -> None:
        """Send, follow, report (its own thread)."""
        self._later(partial(self._mark, begins=True))
        outcome = run(self._context, self._preview, permit, self._call, self._report)
        if outcome.step is not Step.DONE:
            self._later(partial(self._end, outcome.sentence, ok=False, again=outcome))
            return
        self._later(partial(self._tell, outcome.sentence))
        try:
            settled = follow(self._context, self._preview, outcome, self._call, self._report)
        except PlatformError as error:
            self._later(partial(self._end, str(error), ok=False))
        else:
            undo = self._undo() if settled.ok else ""
            self._later(partial(self._end, f"{settled.sentence} {undo}".strip(), ok=settled.ok is not False))

    def _undo(self) -> str:
        """Keep what undoes it, and return how to get there."""
        undo, known, key = self._preview.undo, self._agent.session.undo, self._agent.entry.key
        known.pop(key, None)
        if undo is None:
            return ""
        known[key] = undo
        return "To undo it: a, then u."

    def _report(self, words: str) -> None:
        self._later(partial(self._tell, f"{self._preview.target.label}: {words}"))

    def _later(self, callback: Callable[[], None]) -> None:
        if self._app.is_running:
            self._app.call_later(callback)
        else:
            self._call.abort()

    # ---- on the UI thread

    def _mark(self, *, begins: bool) -> None:
        label = label_of(self._preview.action.about.doing) if begins else ""
        self._agent.session.verdicts.mark(self._agent.entry.key, label)
        self._agent.changed()

    def _tell(self, sentence: str, *, warning: bool = False) -> None:
        look = self._agent.session.look
        tell(self._app, look.own(look.plain(sentence)), warning=warning)

    def _end(self, sentence: str, *, ok: bool, again: Outcome | None = None) -> None:
        self._mark(begins=False)
        self._tell(sentence, warning=not ok)
        if again is not None and again.changed:
            from astro_tui.screens.base.actions.confirm import PreviewBox

            self._app.push_screen(PreviewBox(self._agent, self._preview.action, reason=again.sentence))
