"""Reports on actions of earlier runs whose outcome is unknown; only reads, and never sends an action again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from astro_tui.errors import AstroError
from astro_tui.platform.client import Call
from astro_tui.screens.base.copy_actions import show_message
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from textual.app import App

    from astro_tui.session.session import Session


def report_earlier(app: App[Any], session: Session) -> None:
    """Look up the actions without an outcome, and say what is known of each (worker thread)."""
    from astro_tui.actions.resolving import resolve_all, words_of

    call = Call()
    call.background = True
    try:
        sentences = [words_of(entry, session.clock()) for entry in resolve_all(session.acting, call)]
    except AstroError as error:
        app.call_later(partial(show_message, app, session.look.plain(str(error)), warning=True))
        return
    if sentences:
        app.call_later(partial(_show, app, session, sentences))


def _show(app: App[Any], session: Session, sentences: Sequence[str]) -> None:
    """Show the newest sentence; the messages include all of them."""
    look = session.look
    *others, newest = [look.own(look.plain(sentence)) for sentence in sentences]
    for other in others:
        session.messages.add(session.clock(), "warning", other)
    more = f" ({len(others)} more: press {action_key(app, 'app.messages')})" if others else ""
    show_message(app, f"{newest}{more}", warning=True)
