"""The log of one build, read again every few seconds until the build is over."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.errors import ErrorKind
from astro_tui.logs.feed import Feed
from astro_tui.logs.line import LogLine, LogSource, message_of
from astro_tui.platform.client import Call
from astro_tui.platform.rounds import BUILD_REFRESH
from astro_tui.presentation.builds import NO_LOG, RUNNING, BuildLogText, status_of_build
from astro_tui.screens.base.page import ACCOUNT_KEYS
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.screens.deployment.lines_screen import LinesScreen
from astro_tui.screens.deployment.sections.logs.side import LogSide
from astro_tui.session.builds import read_log
from astro_tui.session.routes import BuildLogRoute
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import keymap


class BuildLogScreen(LinesScreen):
    """Shows the log with the keys of the log section. Its lines have no times."""

    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        r                 refresh    build-log.refresh  read the log again
        y!                copy_menu  build-log.copy     copy the line [copy]
        W                 save       build-log.save     save the log to a file [save]
        escape,q          back       build-log.back     back [back]
        question_mark,f1  app.help   app.help           help [help]
        """),
    ]

    def __init__(self, session: Session, route: BuildLogRoute) -> None:
        super().__init__(session)
        self._route = route
        self.feed = Feed(session.platform, lambda: None)
        """The lines. Nothing is followed: this screen adds them."""
        self.side = LogSide(self)
        self._text = BuildLogText()
        self._phase = Topic[str](self, "log", self._took, every=self._every)

    def compose_body(self) -> ComposeResult:
        """Yield the lines, and the notice that can replace them."""
        yield self.side
        yield Notice(self.look, id="log-notice")

    def on_mount(self) -> None:
        """Load the log."""
        self.side.show(self.feed)
        self.side.take_focus()
        self.load()

    # ---- loading

    def _every(self) -> float:
        return BUILD_REFRESH if (self._phase.value or RUNNING[0]) in RUNNING else NEVER

    def load(self) -> None:
        """Read the log; what is new is added."""
        route, platform = self._route, self.session.platform

        def request(call: Call) -> str:
            lines, phase = read_log(platform, (route.account, route.name), route.build, self._text, call)
            source = LogSource("", route.build)
            self.feed.store.add(source, [LogLine(0, "", message_of(line)) for line in lines])
            return phase

        self._phase.load(request)

    def action_refresh(self) -> None:
        """Read the log now."""
        self.load_again()

    def _took(self, _phase: str) -> None:
        self.side.view.update()
        # The screen may have been drawn with some of the lines, while the thread added them.
        self.side.view.refresh()

    # ---- drawing

    def follow(self) -> None:
        """Follow the cursor and the prompt."""
        self.side.follow()

    def draw(self) -> None:
        """Draw the header, and the notice or what is said about the lines."""
        look, phase, error, now = self.look, self._phase.value, self._phase.error, self.session.clock()
        build, of = look.plain(self._route.build), look.plain(self._route.name)
        name = look.line("build ", (build, "bold"), f" of {of}")
        if phase:
            name = look.line(name, "  ", look.badge(status_of_build(phase)))
        words = self._phase.words(now, max(self._phase.interval, BUILD_REFRESH), paused=self.session.paused)
        self.show_head(self._route.account, [name], words if phase is None or phase in RUNNING else "", name)
        nothing = "The build has not written anything yet." if phase in RUNNING else "The build left no log."
        self.side.view.instead = nothing if phase is not None else "loading the log…"
        notice = self.query_one("#log-notice", Notice)
        if error is not None and error.kind is ErrorKind.NOT_FOUND:
            notice.say("No log", [NO_LOG], [("esc", "go back")])
        elif error is not None:
            notice.say_error(error, self.error_keys(error))
        notice.display = error is not None and not self.feed.store.lines
        self.side.display = not notice.display
        self.side.draw()
        super().draw()

    # ---- keys

    @property
    def label(self) -> str:
        """The name of the build."""
        return f"build {self._route.build}"

    @property
    def route(self) -> BuildLogRoute:
        """This log."""
        return self._route
