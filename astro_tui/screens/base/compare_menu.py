"""What a deployment can be compared with: a menu of a few letters, the same wherever it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from astro_tui.screens.base.comparison import Find, Subject, against_agent, against_seen
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.base.page import Page
from astro_tui.text.times import age


class Way(NamedTuple):
    """One line of the menu."""

    key: str
    name: str
    sample: str


def open_compare_menu(
    page: Page, subject: Subject, show: Callable[[Find | None], None], history: Callable[[], None]
) -> None:
    """Let the user choose what `subject` is compared with; `show` is called with the function that finds the sides.

    It is called with None for what the newest revision changed. `history` shows the revisions.
    """
    session, seen = page.session, page.session.last_seen.known_before(subject.deployment_id)
    if seen is None:
        sample = "it was not opened here before"
    else:
        ago = f"{age(seen.at, session.clock())} ago"
        sample = ago if seen.spec else f"{ago}: the spec was too long to be kept"
    ways = [
        Way("p", "the revision before", "what the newest one changed"),
        Way("s", "what you saw last time", sample),
        Way("h", "any revision, any two", "the history: space marks two, d compares"),
        Way("a", "another agent", "of any of your accounts"),
    ]

    def chosen(way: Way | None) -> None:
        if way is None:
            return
        if way.key == "p":
            show(None)
        elif way.key == "h":
            history()
        elif way.key == "a":
            _choose_agent(page, subject, show)
        elif seen is None or not seen.spec:
            page.tell(f"{sample[:1].upper()}{sample[1:]}.", warning=True)
        else:
            show(against_seen(subject, seen))

    menu = LetterMenu[Way](page.look, "compare with", subject.entry.label, ways, "", again="D", starts="psha")
    page.app.push_screen(menu, chosen)


def _choose_agent(page: Page, subject: Subject, show: Callable[[Find | None], None]) -> None:
    from astro_tui.screens.base.agent_choice import AgentChoice

    def take(other: Subject) -> None:
        show(against_agent(subject, other))

    page.app.push_screen(AgentChoice(page.session, subject, take))
