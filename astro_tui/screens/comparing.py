"""Comparing specs of revisions and agents: the menu that says with what, and the choice of another agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one

from astro_tui.errors import ErrorKind
from astro_tui.presentation.agent_choice import Choice, choice_of, matching
from astro_tui.presentation.agent_list import Entry
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.base.page import ACCOUNT_KEYS, Need, Page
from astro_tui.session.agent import Agent
from astro_tui.session.agent_lists import AgentLists
from astro_tui.session.comparison import Find, against_agent, against_last_visit, newest_change
from astro_tui.session.session import Session
from astro_tui.session.watch import Learned, Watch
from astro_tui.text.times import age, counted
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import Bar
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap, keys_for
from astro_tui.widgets.lists.tables import ChoiceTable


class AgentChoice(Page):
    """Shows the known agents at once, and loads the rest one account after another.

    Agents of the same blueprint come first, since users mostly compare copies. Returns the chosen agent as an Agent,
    or None.
    """

    CSS_PATH = stylesheet("agent_choice")
    NEED = Need.REQUIRED
    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        enter!  choose  agent-choice.choose  compare with the agent under the cursor [compare]
        escape  back    agent-choice.back    back [back]
        """),
    ]

    table = query_one(ChoiceTable)
    """The agents."""

    def __init__(self, session: Session, subject: Agent) -> None:
        super().__init__(session)
        self._subject = subject
        self._query = ""
        self._sorted = False
        """Whether the table shows the newest rows."""
        self._agents: dict[str, list[Choice]] = {
            account: self._choices(account, listed.entries) for account, listed in session.roster.lists.items()
        }
        self._lists = AgentLists(self, session, self._list_came)
        self._watch = Watch(self, session, visible=self._visible, learned=self._found, missed=self._missed)

    def compose_body(self) -> ComposeResult:
        """Yield the filter, the table, and the progress."""
        look = self.look
        yield Prompt(look, "> ", id="prompt")
        yield ChoiceTable(look, id="choices")
        yield Bar(look, id="doubt")

    def on_mount(self) -> None:
        """Load the agents that are not known yet."""
        self.query_one(Prompt).open()
        self.load()

    # ---- loading

    def load(self) -> None:
        """Load the agents of all accounts, starting with the account of the agent to compare."""
        self._lists.load(self._subject.account)

    def _list_came(self, account: str) -> None:
        if account in self.session.roster.lists and account not in self._lists.failed:
            self._agents[account] = self._choices(account, self.session.roster.lists[account].entries)
            # This screen shows many lists, so what is known is not requested again.
            self._watch.investigate(
                *(
                    (each, [choice.entry for choice in choices if _is_unknown(choice.entry)])
                    for each, choices in self._agents.items()
                )
            )
        self._sorted = False
        self.changed()

    def _choices(self, account: str, entries: Sequence[Entry]) -> list[Choice]:
        judged = self.session.verdicts.known
        return [choice_of(account, judged(entry)) for entry in entries if entry.key != self._subject.key]

    def _every(self) -> list[Choice]:
        return [choice for choices in self._agents.values() for choice in choices]

    # ---- what is wrong with each agent

    def _visible(self) -> Iterator[str]:
        return (choice.entry.key for choice in self.table.visible_rows)

    def _found(self, key: str, finding: Learned) -> None:
        self._replace(key, partial(finding.seen_by, self.session.verdicts))

    def _missed(self, key: str) -> None:
        self._replace(key, self.session.verdicts.miss)

    def _replace(self, key: str, change: Callable[[Entry], Entry]) -> None:
        for account, choices in self._agents.items():
            for place, choice in enumerate(choices):
                if choice.entry.key == key:
                    choices[place] = choice_of(account, change(choice.entry))
                    self.table.replace_row(choices[place])

    # ---- showing

    def follow(self) -> None:
        """Follow the filter and the cursor."""
        typed, choice = self.query_one(Prompt).text, self.table.row
        if typed != self._query:
            self._query, self._sorted = typed, False
        self._watch.rest_on(choice.entry if choice is not None else None)

    def draw(self) -> None:
        """Draw the agents that match, and what is still loading."""
        label = self.look.name(self._subject.entry.label, self._subject.entry.blueprint)
        said = self.look.line("compare ", (label, "bold"), " with")
        self.show_head(self._subject.account, [said], "", said)
        if not self._sorted:
            self._sorted = True
            self._draw_rows()
        self._draw_state()
        super().draw()

    def _draw_rows(self) -> None:
        name, label = self._subject.row.name, self._subject.entry.label

        def distance(choice: Choice) -> bool:
            return choice.entry.deployment.name != name and choice.entry.label != label

        every = self._every()
        shown = sorted(matching(every, self._query), key=distance)
        hidden = f"No agent matches “{self.look.plain(self._query)}”." if every else "No other agents."
        if not every and self._lists.failed:
            hidden = "The agents did not load. The line below says why."
        done = not self._lists.left
        self.table.instead = [hidden] if not shown and (every or done) else []
        if every or done:
            self.table.show_rows(shown)
        self.query_one(Prompt).note(f"{len(shown):,} of {len(every):,}")

    def _draw_state(self) -> None:
        """Show how many accounts are still loading, and which one failed."""
        doubt = self.query_one("#doubt", Bar)
        number, failed = self._lists.left, self._lists.failed
        said: Content | str = ""
        remedy: Content | str = ""
        if failed:
            account, error = next(iter(failed.items()))
            more = f" ({len(failed) - 1:,} more)" if len(failed) > 1 else ""
            said = self.look.line((f" {account}: {error!s}{more}", "$text-warning"))
            if error.kind is ErrorKind.SIGNED_OUT:
                # Escape first: on this screen, letters belong to the filter.
                keys = (action_key(self, name) for name in ("agent-choice.back", "session.sign-in"))
                remedy = self.look.line((" ".join(keys), "bold $text-primary"), " sign in ")
        elif number:
            said = self.look.line((f" loading {counted(number, 'account')}{self.look.glyphs.cut}", "$quiet"))
        doubt.display = bool(said)
        doubt.show(said, remedy)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters belong to the filter."""
        return action not in ("accounts", "sign_in")

    @property
    def searched(self) -> ChoiceTable:
        """The agents."""
        return self.table

    def prompt_done(self, text: str | None) -> None:
        """Close without a choice."""
        if text is None:
            self.action_back()

    def action_choose(self) -> None:
        """Choose the agent under the cursor."""
        self.table.action_choose()

    @on(ChoiceTable.Opened)
    def _chosen(self, message: ChoiceTable.Opened) -> None:
        self.dismiss(self.session.agent(message.row.account, message.row.entry))

    def action_back(self) -> None:
        """Close without a choice."""
        self.dismiss()


def _is_unknown(entry: Entry) -> bool:
    """Whether there is no report or diagnosis of an agent yet."""
    return entry.report is None and entry.diagnosis is None


class ComparisonWay(Struct, frozen=True):
    """One line of the menu."""

    key: str
    name: str
    sample: str


def open_compare_menu(page: Page, subject: Agent, show: Callable[[Find], None], history: Callable[[], None]) -> None:
    """Let the user choose what to compare `subject` with; calls `show` with the function that finds the two sides.

    `history` shows the revisions.
    """
    session, last_seen, key = page.session, page.session.last_seen, subject.key
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
        ComparisonWay("p", "previous revision", "what the newest revision changed"),
        ComparisonWay("s", "last visit", sample),
        ComparisonWay("h", "any two revisions", marking),
        ComparisonWay("a", "another agent", "in any of your accounts"),
    ]

    def chosen(way: ComparisonWay | None) -> None:
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

    again = keys_for(page, "compare")
    label = page.look.name(subject.entry.label, subject.entry.blueprint)
    menu = LetterMenu[ComparisonWay](page.look, "compare with", label, ways, "", again=again, starts="psha")
    page.app.push_screen(menu, chosen)


def _choose_agent(page: Page, subject: Agent, show: Callable[[Find], None]) -> None:

    def chosen(other: object) -> None:
        if isinstance(other, Agent):
            show(against_agent(subject, other))

    page.app.push_screen(AgentChoice(page.session, subject), chosen)
