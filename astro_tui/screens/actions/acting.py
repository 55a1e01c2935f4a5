"""Runs a confirmed action in a thread, and tells the user the outcome on whatever screen is in front."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from astro_tui.actions.bulk import Bulk, BulkItem, Result
from astro_tui.actions.context import silent
from astro_tui.actions.follow import follow
from astro_tui.actions.kinds import ABOUT
from astro_tui.actions.run import run
from astro_tui.actions.run_bulk import run_bulk
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.remedies import Keys, on_screen
from astro_tui.screens.actions.box import UNDO, ActionSubject, label_of
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.view import show_message
from astro_tui.state.journal import HARMLESS, RENEWS, ActionStage
from astro_tui.widgets.keymap import action_key, key_in_front

if TYPE_CHECKING:
    from textual.app import App

    from astro_tui.actions.preview import Preview
    from astro_tui.diagnosis import Diagnosis
    from astro_tui.platform.client.permit import Permit


def start(app: App[Any], agent: ActionSubject, preview: Preview, permit: Permit, again: Callable[[str], None]) -> None:
    """Send an action, and follow it until it has settled.

    If the agent has changed since the preview, nothing is sent, and `again` is called with a sentence about that.
    """
    acting = _Acting(app, agent, preview, again)
    # Not a thread worker: it may wait for minutes, and must not hold up requests (ARCHITECTURE.md).
    threading.Thread(target=acting.work, args=(permit,), name="action", daemon=True).start()


def start_bulk(
    app: App[Any], agents: Mapping[str, ActionSubject], bulk: Bulk, shown: Callable[[], None], ended: Callable[[], None]
) -> None:
    """Run a confirmed bulk. `shown` is called after each change, and `ended` at the end, in the UI thread."""
    acting = _ActingTogether(app, agents, bulk, shown, ended)
    threading.Thread(target=acting.work, name="action", daemon=True).start()


def _fail(error: Exception) -> None:
    raise error


def _tell(app: App[Any], key: str) -> None:
    for screen in app.screen_stack:
        if isinstance(screen, Page):
            screen.acted(key)


def tell_screens(app: App[Any], key: str) -> None:
    """Let all screens show that the state of an agent may have changed (any thread)."""
    if app.is_running:
        app.call_later(_tell, app, key)


class _End(Struct, frozen=True):
    """How an action ended. `sent` says whether a request may have reached the platform.

    `changed` says that the agent had changed since the preview, so nothing was sent. `undoes` says that another action
    was kept that undoes this one.
    """

    sentence: str
    ok: bool
    changed: bool = False
    undoes: bool = False
    sent: bool = True
    diagnosis: Diagnosis | None = None


class _Acting:
    def __init__(self, app: App[Any], agent: ActionSubject, preview: Preview, again: Callable[[str], None]) -> None:
        self._app, self._agent, self._preview, self._again = app, agent, preview, again
        self._context = agent.session.acting
        self._call = Call()
        newest, key = agent.session.newest_action, agent.entry.key
        self._before, newest[key] = newest.get(key), self

    def work(self, permit: Permit) -> None:
        """Send, follow, and report (in its own thread)."""
        self._later(self.begin)
        try:
            end = self._done(permit)
        except Exception as error:  # noqa: BLE001  a bug ends the program; the next start says what became of the action
            self._later(partial(_fail, error))
        else:
            self._later(partial(self.end, end))

    def _done(self, permit: Permit) -> _End:
        outcome = run(self._context, self._preview, permit, self._call, self._report)
        if outcome.step is not ActionStage.DONE:
            advice = on_screen(outcome.remedies, Keys(sign_in=action_key(self._app, "session.sign-in")))
            return _End(
                f"{outcome.sentence} {advice}".rstrip(),
                ok=False,
                changed=outcome.changed,
                sent=outcome.step not in HARMLESS,
            )
        self._later(partial(self._show, outcome.sentence))
        try:
            settled = follow(self._context, self._preview, outcome, self._call, self._report)
        except PlatformError as error:
            return _End(f"{self._preview.target.label}: {error} The outcome is not known.", ok=False)
        if settled.ok:
            return _End(settled.sentence, ok=True, undoes=self.keep_undo())
        return self._failed(settled.sentence) if settled.ok is False else _End(settled.sentence, ok=False)

    def _failed(self, sentence: str) -> _End:
        """Find out why the platform could not perform the action."""
        agent = self._agent
        try:
            diagnosis = agent.session.agent(agent.account, agent.entry).investigate(self._call)
        except PlatformError:
            return _End(sentence, ok=False)
        cause = f" {diagnosis.sentence}" if diagnosis.failing else ""
        return _End(f"{sentence}{cause}", ok=False, diagnosis=diagnosis)

    @property
    def _is_newest(self) -> bool:
        """Whether no other action on this agent has been sent since: an older one can take longer."""
        return self._agent.session.newest_action.get(self._agent.entry.key) is self

    def keep_undo(self) -> bool:
        """Keep the action that undoes this one; return whether there is one."""
        undo, undos, key = self._preview.undo, self._agent.session.undo, self._agent.entry.key
        if not self._is_newest:
            return False
        undos.pop(key, None)
        if undo is not None:
            undos[key] = undo
        return undo is not None

    def _report(self, words: str) -> None:
        self._later(partial(self._show, f"{self._preview.target.label}: {words}"))

    def _later(self, callback: Callable[[], None]) -> None:
        if self._app.is_running:
            self._app.call_later(callback)
        else:
            self._call.abort()

    # ---- on the UI thread

    def begin(self) -> None:
        """Mark the agent in the lists."""
        self._mark(label_of(self._preview.action.about.doing))

    def _mark(self, label: str) -> None:
        key = self._agent.entry.key
        if self._is_newest:
            self._agent.session.verdicts.mark(key, label)
        _tell(self._app, key)

    def _show(self, sentence: str, *, warning: bool = False) -> None:
        look = self._agent.session.look
        show_message(self._app, look.plain(sentence), warning=warning)

    def end(self, end: _End) -> None:
        """Remove the mark, and say how it ended."""
        if end.diagnosis is not None and self._is_newest:
            self._agent.session.verdicts.conclude(self._agent.entry, end.diagnosis)
        plan = self._preview.rollback
        if end.ok and plan is not None and (left := self._preview.state.current) is not None:
            self._agent.session.verdicts.rolled_back(self._agent.entry.key, left.build, plan.new.build)
        self._mark("")
        if not end.sent and self._is_newest:
            self._agent.session.newest_action[self._agent.entry.key] = self._before
        self._before = None
        sentence = f"{end.sentence} {self._how_to_undo()}" if end.undoes else end.sentence
        kind, row = self._preview.action.kind, self._agent.entry.deployment
        if end.ok and kind in RENEWS and row.messaging_web_configured is not False:
            sentence += f" To see that it works, ask it ({action_key(self._app, 'deployment.chat')})."
        if sentence:
            self._show(sentence, warning=not end.ok)
        if end.changed:
            self._again(end.sentence)

    def _how_to_undo(self) -> str:
        actions = key_in_front(self._app, "act") or action_key(self._app, "deployment.actions")
        return f"To undo, press {actions}, then {UNDO}."


class _ActingTogether:
    """Runs a bulk in a thread of its own, and shows each agent as the action on one agent does."""

    def __init__(
        self,
        app: App[Any],
        agents: Mapping[str, ActionSubject],
        bulk: Bulk,
        shown: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._app, self._agents, self._bulk, self._shown, self._ended = app, agents, bulk, shown, ended
        self._session = next(iter(agents.values())).session
        self._begun: dict[str, _Acting] = {}
        self._call = Call()

    def work(self) -> None:
        """Act on the agents (in its own thread)."""
        session = self._session
        try:
            run_bulk(session.acting, self._bulk, session.arming, self._call, self._changed)
        except Exception as error:  # noqa: BLE001  a bug ends the program; the next start says what became of the actions
            self._later(partial(_fail, error))
        else:
            self._later(self._end)

    def _changed(self, item: BulkItem) -> None:
        self._later(partial(self._show, item))

    def _later(self, callback: Callable[[], None]) -> None:
        if self._app.is_running:
            self._app.call_later(callback)
        else:
            self._call.abort()

    # ---- on the UI thread

    def _show(self, item: BulkItem) -> None:
        key, preview = item.target.id, item.preview
        if item.result is Result.RUNNING and preview is not None and key not in self._begun:
            self._begun[key] = acting = _Acting(self._app, self._agents[key], preview, silent)
            acting.begin()
        elif item.result is not Result.RUNNING and key in self._begun:
            acting = self._begun.pop(key)
            if item.result is Result.DONE:
                acting.keep_undo()
            sent = item.result not in (Result.REFUSED, Result.SKIPPED)
            acting.end(_End("", ok=item.result is Result.DONE, sent=sent))
        self._shown()

    def _end(self) -> None:
        self._ended()
        bulk, look = self._bulk, self._session.look
        warning = any(item.result is not Result.DONE for item in bulk.items)
        show_message(self._app, look.plain(f"{ABOUT[bulk.kind].title}: {bulk.summary}."), warning=warning)
