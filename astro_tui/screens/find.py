"""Finds texts, paths, and values in the specs of all listed agents, and shows matches as they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic

from textual import on
from textual.app import ComposeResult
from textual.getters import query_one
from textual.message import Message

from astro_tui.document import SearchError
from astro_tui.platform.client import Call
from astro_tui.presentation.finding import MOST, FoundNode, Search
from astro_tui.presentation.scope import scope_of
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.page import ACCOUNT_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.session.finding import Finder
from astro_tui.session.routes import DeploymentRoute, FindRoute
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.tables import FindTable

_EVERY = 0.25
"""Seconds between two updates of the matches on screen."""
_HEADS = (40, 20)
"""The most characters of the search in the header, if all of it does not fit."""
_EXAMPLES = (
    "ollama                    a text in keys and values",
    ".agent.image ~ claims     a text below a path",
    ".agent.replicas > 1       also < <= >= = !=, and 512Mi or 500m",
    "--differs .agent.image    which agents have which value",
)


class FindScreen(PromptPage):
    """The matches in the specs, or the agents by their value, and how many agents were searched."""

    CSS_PATH = stylesheet("find")
    NEED = Need.REQUIRED
    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        enter!            open      find.open     open the spec there [|open]
        slash!            filter    find.search   search for something else [search]
        s                 stop      find.stop     stop the search, or continue it [stop|continue]
        r,ctrl+r          refresh   find.refresh  search again; reads only what changed [refresh]
        escape,q          back      find.back     back [back]
        question_mark,f1  app.help  app.help      help [help]
        """),
    ]

    class SearchProgress(Message):
        """More agents were searched."""

        def __init__(self, finder: Finder, rows: Sequence[FoundNode]) -> None:
            super().__init__()
            self.finder, self.rows = finder, rows

    table = query_one(FindTable)
    """What was found."""
    _coverage = query_one("#coverage", Paragraph)

    def __init__(self, session: Session, account: str, text: str) -> None:
        super().__init__(session)
        self._search = Topic[str](self, "search", self._take)
        self._scope = scope_of(account or session.account)
        self._finder: Finder | None = None
        self._rows: Sequence[FoundNode] = ()
        self._problem = ""
        """What is wrong with the text."""
        self.query_text = text

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, how much was searched, and the prompt."""
        yield FindTable(self.look)
        yield Notice(self.look, id="notice")
        yield Paragraph(self.look, id="coverage")
        yield Prompt(self.look, id="prompt")

    def on_mount(self) -> None:
        """Search, or ask what to search for."""
        if self.query_text:
            self.submit_query(self.query_text)
        else:
            # The table gets the keys first.
            self.call_later(self.action_filter)

    # ---- searching

    def type_query(self, text: str) -> None:
        """Wait for the end of the text: each search can take many requests."""

    def submit_query(self, text: str) -> None:
        """Search for a text; the old search stays if there is none."""
        if not text:
            return
        self.query_text, self._finder, self._rows, self._problem = text, None, (), ""
        self._search.forget()
        self.table.start_over()
        try:
            search = Search.parse(text, self.session.settings.find)
        except SearchError as error:
            self._problem = str(error)
        else:
            self._finder = Finder(self.session.agents, self._scope, search)
            self.load()
        self.changed()

    @property
    def single_match(self) -> bool:
        """Whether to open the only match: not while more may follow."""
        return False

    def load(self) -> None:
        """Continue the search, or search again if it has ended."""
        if self._finder is None:
            return
        if self._finder.done:
            self._finder = Finder(self.session.agents, self._scope, self._finder.search)
        self._search.load(partial(self._run, self._finder))

    def _run(self, finder: Finder, call: Call) -> str:
        """Search, report matches a few times a second, and return why the search ended early (worker thread)."""
        due = 0.0
        try:
            for _one in finder.run(call):
                if monotonic() > due:
                    self.post_message(self.SearchProgress(finder, finder.rows()))
                    due = monotonic() + _EVERY
        except SearchError as error:
            return str(error)
        return ""

    @on(SearchProgress)
    def _progressed(self, message: SearchProgress) -> None:
        if message.finder is self._finder:
            self._rows = message.rows
            if self.in_front:
                self.changed()

    def _take(self, problem: str) -> None:
        self._problem = problem
        self._rows = self._finder.rows() if self._finder is not None else ()

    # ---- drawing

    def draw(self) -> None:
        """Draw the matches, and how many agents were searched."""
        finder, rows, look, topic = self._finder, self._rows, self.look, self._search
        if rows or (finder is not None and finder.done):
            self.table.show(rows)
        nothing = not rows and not topic.busy
        self.notice.display = nothing
        self.table.display = not nothing
        if topic.error is not None:
            self.notice.say_error(topic.error, self.error_keys(topic.error))
        elif self._problem or finder is None:
            self.notice.say(self._problem or "What do you want to find?", _EXAMPLES, [("/", "search")])
        else:
            lines = ["A search cannot see inside masked values."]
            self.notice.say(f"No matches {finder.coverage.words}.", lines, [("/", "search"), ("esc", "go back")])
        words = finder.words if finder is not None else ""
        if finder is not None and not finder.done and not topic.busy:
            words += f"; {action_key(self, 'find.stop')} continues"
        self._coverage.display = bool(words)
        self._coverage.show(look.line((f" {words}{self._details}", "$quiet")))
        text, cut = f"  {self.query_text}", look.glyphs.cut
        texts = [text, *(f"{text[:most]}{cut}" for most in _HEADS if len(text) > most), ""]
        forms = [look.line(("find", "bold"), (text, "$quiet")) for text in texts]
        now = self.session.clock()
        age = topic.words(now, NEVER) if finder is not None else ""
        self.show_head(str(self._scope), forms, age, f"find  {self.query_text}", topic.trying(now))
        super().draw()

    @property
    def _details(self) -> str:
        """Why the search ended early, or some agents could not be searched, and how many rows are shown."""
        finder, parts = self._finder, [self._problem] if self._rows and self._problem else []
        if finder is not None and (failed := [*finder.coverage.unread.items(), *finder.coverage.unlisted.items()]):
            parts.append(": ".join(failed[0]) + (f" (and {len(failed) - 1:,} more)" if len(failed) > 1 else ""))
        if len(self._rows) >= MOST:
            parts.append(f"The first {MOST:,} are shown.")
        return "".join(f"  {part}" for part in parts)

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether the search was stopped, or there is something to open."""
        if action == "stop":
            return not self._search.busy
        return action == "open" and self.table.row is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to stop while a search runs, and to continue while it is not complete."""
        if action == "stop" and (self._finder is None or self._finder.done):
            return False
        return super().check_action(action, parameters)

    def action_stop(self) -> None:
        """Stop the search, or continue it."""
        if self._search.busy:
            self._search.cancel()
            self._take("")
            self.changed()
        else:
            self.load()

    @on(FindTable.Opened)
    def _opened(self) -> None:
        line, finder = self.table.row, self._finder
        if line is None or finder is None:
            return
        agent = finder.agent(line.node.key)
        if agent is None:
            self.table.action_fold()
            return
        detail = line.node.key[2]
        self.open(DeploymentRoute(agent.account, agent.key, "spec", detail), Compared(agent))

    @property
    def route(self) -> FindRoute:
        """This search."""
        return FindRoute(str(self._scope), self.query_text)
