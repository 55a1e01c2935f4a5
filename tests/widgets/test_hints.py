"""Which words of the bindings the last row shows, and in which order."""

from __future__ import annotations

import pytest
from support.widget_app import WidgetApp
from textual.app import ComposeResult
from textual.widget import Widget

from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import Switches, hints_of, keymap

pytestmark = pytest.mark.anyio


class Rows(Switches, Widget, can_focus=True):
    """Each line of its keys has another kind of hint."""

    BINDINGS = keymap("""
        space    fold     rows.fold      fold
        n        step(1)  rows.next      next [matches]
        N        step(2)  rows.previous  previous [matches]
        slash,f  find     rows.find      find [find]
        x        reveal   rows.reveal    reveal a secret [reveal]
        escape   clear    rows.clear     clear the filter [!show all]
        e        errors   rows.errors    only errors, or all [errors|all]
        p        pause    rows.pause     pause [|resume]
    """)
    filtered = False

    def is_on(self, action: str) -> bool:
        return self.filtered

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.filtered if action == "clear" else action != "reveal"


class Both(WidgetApp):
    """Rows in an app that has the same key."""

    BINDINGS = keymap("""
        e              end      both.end   end [end]
        1              show(1)  both.one   one [sections]
        2              show(2)  both.two   two [sections]
        question_mark  help     both.help  help [help]
    """)

    def compose(self) -> ComposeResult:
        yield Rows()


async def test_the_last_row_has_the_words_of_the_keys_that_work() -> None:
    async with Both().run_test() as pilot:
        rows, screen = pilot.app.query_one(Rows), pilot.app.screen
        found = ["n N matches", "/ find", "e errors", "1 2 sections", "? help"]
        screen.set_focus(rows)
        assert [" ".join(hint) for hint in hints_of(screen, Look())] == found
        rows.filtered = True
        found = ["esc show all", "n N matches", "/ find", "e all", "p resume", "1 2 sections", "? help"]
        assert [" ".join(hint) for hint in hints_of(screen, Look())] == found
        screen.set_focus(None)
        assert [" ".join(hint) for hint in hints_of(screen, Look())] == ["e end", "1 2 sections", "? help"]
