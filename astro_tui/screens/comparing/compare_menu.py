"""The menu of what a deployment can be compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.base.page import Page
from astro_tui.session.comparison import Find, Subject, against_agent, against_last_visit, newest_change
from astro_tui.text.times import age
from astro_tui.widgets.keymap import action_key, keys_for

COMPARE_HINT = ("D", "compare with")
"""The key that opens the menu, for the last row."""


class Way(NamedTuple):
    """One line of the menu."""

    key: str
    name: str
    sample: str


def open_compare_menu(page: Page, subject: Subject, show: Callable[[Find], None], history: Callable[[], None]) -> None:
    """Let the user choose what to compare `subject` with; calls `show` with the function that finds the two sides.

    `history` shows the revisions.
    """
    session, last_seen, key = page.session, page.session.last_seen, subject.deployment_id
    seen, problem = last_seen.known_before(key), ""
    if seen is not None:
        sample = f"{age(seen.at, session.clock())} ago"
        if not seen.spec:
            sample = f"{sample}, but the spec was too large to save"
            problem = "The spec from your last visit was too large to save."
    elif last_seen.has_read(key):
        sample, problem = "this is your first visit", "This is your first visit."
    else:
        sample = "what you saw then"
    mark, diff = action_key(page, "list.mark"), action_key(page, "history.diff")
    marking = f"in the history: mark two with {mark}, compare with {diff}"
    ways = [
        Way("p", "previous revision", "what the newest revision changed"),
        Way("s", "last visit", sample),
        Way("h", "any two revisions", marking),
        Way("a", "another agent", "in any of your accounts"),
    ]

    def chosen(way: Way | None) -> None:
        if way is None:
            return
        if way.key == "p":
            show(newest_change(subject))
        elif way.key == "h":
            history()
        elif way.key == "a":
            _choose_agent(page, subject, show)
        elif problem:
            page.show_message(problem, warning=True)
        else:
            show(against_last_visit(subject))

    again, label = keys_for(page, "compare"), subject.entry.label
    menu = LetterMenu[Way](page.look, "compare with", label, ways, "", again=again, starts="psha")
    page.app.push_screen(menu, chosen)


def _choose_agent(page: Page, subject: Subject, show: Callable[[Find], None]) -> None:
    from astro_tui.screens.comparing.agent_choice import AgentChoice

    def chosen(other: object) -> None:
        if isinstance(other, Subject):
            show(against_agent(subject, other))

    page.app.push_screen(AgentChoice(page.session, subject), chosen)
