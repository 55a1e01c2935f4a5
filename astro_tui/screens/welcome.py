"""The first screen without a login: what the program does, and how to start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.content import Content

from astro_tui.auth.chosen_login import LoginKind
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.servers import cli_of
from astro_tui.screens.base.open import Open
from astro_tui.screens.base.page import Page
from astro_tui.session.demo_platform import start_demo
from astro_tui.session.routes import AgentsRoute, CatalogRoute
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.demo import DemoServer
    from astro_tui.platform.client import TokenSource
    from astro_tui.state.settings import Settings


class WelcomeScreen(Page):
    """Offers the sign-in, the demo, and the public catalog, and names the other ways to sign in."""

    CSS_PATH = stylesheet("welcome")
    BINDINGS = keymap("""
        l                 sign_in   welcome.sign-in    sign in [sign in]
        d                 demo      welcome.demo       open the demo [demo]
        c                 catalog   welcome.catalog    browse the public catalog [catalog]
        r                 check     welcome.try-again  try to reach the platform again [try again]
        question_mark,f1  app.help  app.help           help [help]
        q                 leave     welcome.quit       quit [quit]
    """)
    _reachable: bool | None = None
    _browsing = False
    _said = ""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._opened: list[Callable[[], None]] = []

    def compose_body(self) -> ComposeResult:
        """Yield the notice, which holds all of the text."""
        yield Notice(self.look, id="notice")

    def on_mount(self) -> None:
        """Show the offers and check whether the platform responds."""
        self.show_head("", [Content("not signed in")], "", "not signed in")
        self.changed()
        self.call_after_refresh(self.action_check)

    def action_check(self) -> None:
        """Check whether the platform responds and whether a login is stored by now."""
        self._reachable, self._said = None, ""
        self._show()
        self.fetch("health", self._count_blueprints, self._show_count, self._failed)
        self.fetch("login", self._find_login, self._use, self._failed)

    def _count_blueprints(self, call: Call) -> int:
        return self.session.platform.catalog(limit=1, call=call).count or 0

    def _find_login(self, _call: Call) -> TokenSource | None:
        """Return the stored logins, or None if there is no login (worker thread).

        The CLI leaves a file without a login behind when the user signs out.
        """
        tokens = self.session.stored_tokens()
        return tokens if tokens.present and tokens.describe().kind is not LoginKind.NONE else None

    def _use(self, tokens: TokenSource | None) -> None:
        if tokens is not None:
            self.session.sign_in(tokens)
            self._signed_in("Signed in by another program.")

    def _show_count(self, count: int) -> None:
        self._reachable = True
        self._said = f"{count:,} blueprints"
        self._show()

    def _failed(self, error: PlatformError) -> None:
        self._reachable = False
        self._said = str(error)
        self._show()

    def _show(self) -> None:
        look, cli = self.look, self._cli()
        server = look.plain(self.session.settings.server)
        catalog = {None: f"connecting to {server}…", True: f"browse the public catalog: {self._said}"}.get(
            self._reachable, f"the public catalog is unreachable: {self._said}"
        )
        self.query_one(Notice).say(
            look.line(("astro-tui", "bold $text-primary"), ("  the terminal dashboard for Astropods", "bold")),
            [
                look.plain(
                    "What is running, what changed, and why it broke: the agents of an account, "
                    "their history, and every spec as a tree."
                ),
                "",
                look.line(
                    ("You are not signed in. ", "bold"), "Other ways to sign in:" if cli else "Another way to sign in:"
                ),
                "",
                *cli,
                look.line(
                    ("    ASTRO_ACCESS_TOKEN=", "$text-success"),
                    ("<token>", "$quiet"),
                    (" astro-tui", "$text-success"),
                ),
            ],
            [
                ("l", "sign in with a browser, on this or any other device"),
                ("d", "open the demo, which runs on this machine and needs no network"),
                ("c", look.plain(catalog)),
                ("q", "quit"),
            ],
            keys_first=True,
        )

    def _cli(self) -> list[Content]:
        """Return the command that signs in with the platform's CLI, if this server has one."""
        binary = cli_of(self.session.settings.server)
        login = (f"    {binary} login", "$text-success")
        said = self.look.line(login, ("   with the platform's CLI, then ", "$quiet"), ("r", "bold $text-primary"))
        return [said] if binary else []

    def action_sign_in(self) -> None:
        """Sign in, then show the agents."""
        self.open_sign_in(self._signed_in)

    def _signed_in(self, words: str) -> None:
        self.app.post_message(Open(self.session, AgentsRoute(), words=words))

    def action_demo(self) -> None:
        """Start the embedded platform in a worker thread and open it."""
        settings = replace(self.session.settings, account="")
        self.fetch("demo", lambda _call: start_demo(settings), self._open_demo, self._failed)

    def _open_demo(self, started: tuple[DemoServer, Settings]) -> None:
        demo, settings = started
        platform = Platform(demo.url, demo.token)
        self._opened += [platform.close, demo.stop]
        session = Session(settings, platform, self.look, self.session.clock, user=demo.user)
        self.app.post_message(Open(session, AgentsRoute()))

    def on_unmount(self) -> None:
        """Stop the demo."""
        for end in self._opened:
            end()

    def action_catalog(self) -> None:
        """Browse the public catalog."""
        self._browsing = True
        self.open(CatalogRoute())

    def shown_again(self) -> None:
        """Go on to the agents if the user signed in while browsing the catalog."""
        if self._browsing and self.session.platform.signed_in:
            self._browsing = False
            self._signed_in("You are signed in.")

    def action_leave(self) -> None:
        """Quit."""
        self.app.exit()
