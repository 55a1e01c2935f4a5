"""Two actions on one agent that are followed at the same time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from astro_tui.presentation.verdicts import Verdicts
from astro_tui.screens.actions.acting import _Acting


def test_an_older_action_that_takes_longer_leaves_the_mark_and_the_undo_of_the_newer_one() -> None:
    session = SimpleNamespace(undo={}, newest_action={}, verdicts=Verdicts(), acting=None)
    agent: Any = SimpleNamespace(session=session, entry=SimpleNamespace(key="a1"))
    app: Any = SimpleNamespace(screen_stack=[], is_running=True)

    def acting(undo: str | None) -> _Acting:
        preview: Any = SimpleNamespace(undo=undo, target=SimpleNamespace(label="a"))
        session.newest_action["a1"] = found = _Acting(app, agent, preview, lambda _sentence: None)
        return found

    restart, rename = acting(None), acting("rename it back")
    rename._mark("renaming…")
    assert rename.keep_undo()
    assert not restart.keep_undo()
    restart._mark("")
    assert session.undo == {"a1": "rename it back"}
    assert session.verdicts._marks == {"a1": "renaming…"}
