"""The dialog that signs the user in: at once with a stored login, else with a code to enter in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.getters import query_one
from textual.widget import Widget

from astro_tui.auth import device
from astro_tui.auth.browser import open_address
from astro_tui.auth.chosen_login import LoginKind
from astro_tui.auth.claims import claims_of
from astro_tui.auth.device import BORDER, qr_rows, qr_runs
from astro_tui.auth.grants import IdentityRefused
from astro_tui.auth.identity import IdentityProvider
from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.private_files import shown
from astro_tui.clipboard.offers import Piece
from astro_tui.errors import AstroError, Check, ErrorKind, PlatformError, Remedies, StartOver
from astro_tui.platform.client import Call, TokenSource
from astro_tui.presentation.remedies import Keys, on_screen
from astro_tui.screens.base.copy_actions import copy
from astro_tui.screens.base.open import ClosesItself
from astro_tui.screens.base.page import Page
from astro_tui.session.session import Session
from astro_tui.text.fingerprint import fingerprint
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Block
from astro_tui.widgets.keymap import action_key, keymap

if TYPE_CHECKING:
    from astro_tui.auth.device import SignInProgress
    from astro_tui.auth.grants import DeviceCode
    from astro_tui.auth.tokens import StoredTokens


class Refusal(Struct, frozen=True):
    """Why the sign-in failed: a sentence, what to do, and the request it belongs to, if any."""

    message: str
    remedies: Remedies
    request: str = ""


class SignedIn(Struct, frozen=True):
    """A successful sign-in: the source of tokens from now on, the user's id, and a sentence that says who signed in."""

    tokens: TokenSource
    user: str
    words: str


def sign_in_again(session: Session, call: Call, progress: Callable[[SignInProgress], None]) -> SignedIn | Refusal:
    """Sign in and store the login; blocks. Raises PlatformError of kind CANCELED if the user cancels.

    If another program has stored a valid login meanwhile, or an expired token hid one, that login is used.
    """
    try:
        tokens = session.stored_tokens()
        stored = _stored_already(session, tokens, call)
        if stored is not None:
            return stored
        tokens.own.prepare()
        return _signed_in(session, tokens, call, progress)
    except IdentityRefused as refused:
        return Refusal(str(refused), refused.remedies)
    except PlatformError as error:
        if error.kind is ErrorKind.CANCELED:
            raise
        return Refusal(str(error), error.remedies, error.request)
    except LoginProblem as problem:
        return Refusal(str(problem), problem.remedies or (StartOver(),))
    except AstroError as error:
        return Refusal(str(error), (Check("the settings (astro-tui --help lists them)"),))


def _stored_already(session: Session, tokens: StoredTokens, call: Call) -> SignedIn | None:
    source = tokens.describe()
    if source.kind is LoginKind.CLI and not source.valid:
        # Do not wait for the CLI, which may hang: the user wants to sign in here.
        return None
    token = tokens.current(call)
    if not token or fingerprint(token) == session.refused:
        return None
    source = tokens.describe()
    login = "the CLI's login" if source.kind is LoginKind.CLI else "a stored login"
    user = claims_of(token).subject
    return SignedIn(tokens, user, f"Signed in{_as(source.who)} with {login}.") if source.valid else None


def _signed_in(
    session: Session, tokens: StoredTokens, call: Call, progress: Callable[[SignInProgress], None]
) -> SignedIn:
    settings = session.settings
    provider = IdentityProvider(settings.identity, settings.client_id, allow_insecure=settings.allow_insecure)
    try:
        granted = device.sign_in(provider, call, progress)
    finally:
        provider.close()
    if call.canceled.is_set():
        # The user canceled at the moment of success: treat it as canceled.
        raise PlatformError(ErrorKind.CANCELED, "The sign-in was canceled.", request="")
    place = tokens.own.sign_in(Login.of_grant(granted, settings.identity, settings.client_id))
    # The path of the file would not fit into the message; `auth status` names it.
    where = "a private file" if place == shown(tokens.own.file) else place
    words = f"Signed in{_as(granted.email or granted.user_id)}; login stored in {where}."
    return SignedIn(tokens, claims_of(granted.access_token).subject, words)


def _as(who: str) -> str:
    return f" as {who}" if who else ""


class QrCode(Widget):
    """Draws the rows of a QR code as they are; the style sheet makes it black on white.

    A `#` is drawn as a space in reverse video, which looks right in any font.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._rows: tuple[str, ...] = ()
        self.display = False

    @property
    def rows(self) -> tuple[str, ...]:
        """The drawn rows."""
        return self._rows

    def show(self, rows: Sequence[str]) -> None:
        """Draw these rows; without any, the widget is hidden."""
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.display = bool(rows)
            self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of a row."""
        return len(self._rows[0]) if self._rows else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def render(self) -> Content:
        """Return the code."""
        return Content("\n").join([Content("").join(_runs(row)) for row in self._rows])


def _runs(row: str) -> Iterator[Content]:
    for dark, run in groupby(row, "#".__eq__):
        text = "".join(run)
        yield Content.styled(" " * len(text), "reverse") if dark else Content(text)


TEXT_WIDTH = 40
"""Cells that the text needs beside a QR code."""
TEXT_HEIGHT = 11
"""Rows that the text needs above a QR code."""
FRAME = 3
"""Rows of this screen that are neither text nor QR code."""


class SignInScreen(ClosesItself[object], Page):
    """Requests a code at once. Returns a sentence that says who signed in, or None if the user canceled."""

    CSS_PATH = stylesheet("sign_in")
    BINDINGS = keymap("""
        o                 open          sign-in.open          open the address in a browser [|open]
        y                 copy_address  sign-in.copy-address  copy the address [|copy address]
        Y                 copy_code     sign-in.copy-code     copy the code [|copy code]
        r,ctrl+r          again         sign-in.start-over    start over, with a new code [start over]
        escape,q          cancel        sign-in.cancel        cancel [cancel|back]
        question_mark,f1  app.help      app.help              help [help]
    """)

    _steps = query_one("#steps", Block)
    _qr = query_one(QrCode)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._step: SignInProgress | None = None
        self._until: datetime | None = None
        self._codes: Sequence[Sequence[str]] = ()
        self._refusal: Refusal | None = None

    def shown_again(self) -> None:
        """Close if the user signed in while another screen was in front."""
        self.close_in_front()

    def compose_body(self) -> ComposeResult:
        """Yield the instructions and the QR code."""
        with Container(id="sign-in"):
            yield Block(self.look, id="steps")
            yield QrCode(id="qr")

    def on_mount(self) -> None:
        """Request a code after the first frame."""
        self._show()
        self.call_after_refresh(self.action_again)

    # ---- the sign-in

    def action_again(self) -> None:
        """Start over with a new code."""
        self._step, self._until, self._codes, self._refusal = None, None, (), None
        session = self.session

        def request(call: Call) -> SignedIn | Refusal:
            codes: list[Sequence[Sequence[str]]] = []

            def progress(step: SignInProgress) -> None:
                if not codes:
                    codes.append(self._drawn(step.code))
                self.call_later(self._show_progress, call, step, codes[0])

            return sign_in_again(session, call, progress)

        self.fetch("sign in", request, self._done, self._failed)
        self._show()

    def _drawn(self, code: DeviceCode) -> Sequence[Sequence[str]]:
        """Return the address as QR codes with a wide and a narrow border (worker thread)."""
        if not code.openable:
            return ()
        draw, inverted = qr_runs if self.look.ascii else qr_rows, self.app.current_theme.ansi
        return [
            rows for border in (BORDER, BORDER - 1) if (rows := draw(code.openable, inverted=inverted, border=border))
        ]

    def _show_progress(self, call: Call, step: SignInProgress, codes: Sequence[Sequence[str]]) -> None:
        """Show a step of the sign-in, and one of its QR codes, which come large to small."""
        if not self.wants("sign in", call):
            return
        self._step, self._codes = step, codes
        self._until = self.session.clock() + timedelta(seconds=step.seconds_left)
        self._show()

    def _done(self, outcome: SignedIn | Refusal) -> None:
        if isinstance(outcome, Refusal):
            self._step, self._refusal = None, outcome
            self._show()
            return
        self.session.sign_in(outcome.tokens, outcome.user)
        self.close_with(outcome.words)

    def _failed(self, error: PlatformError) -> None:
        self._done(Refusal(str(error), error.remedies, error.request))

    # ---- showing

    def _show(self) -> None:
        refusal, step = self._refusal, self._step
        rows = self._fitting() if step is not None else ()
        if refusal is not None:
            lines = self._refused(refusal)
        elif step is not None:
            lines = self._instructions(step, drawn=bool(rows))
        else:
            host = self.look.plain(self.session.settings.identity)
            lines = [self.look.plain(f"Requesting a code from {host}…")]
        self._steps.show_lines(*(self.look.line(line) for line in lines))
        self._qr.show(rows)
        code = f"code {step.code.user_code}" if step is not None else "sign in"
        self.show_head(self.session.account, [self.look.line(("sign in", "bold"))], "", self.look.plain(code))
        self.changed()

    def _fitting(self) -> Sequence[str]:
        """Return the largest QR code that fits beside or below the text; empty if none fits."""
        width, height = self.size.width - 6, self.size.height - FRAME
        for rows in self._codes:
            for beside in (True, False):
                wide, high = len(rows[0]) + (TEXT_WIDTH if beside else 0), len(rows) + (0 if beside else TEXT_HEIGHT)
                if wide <= width and high <= height:
                    self.set_class(beside, "-beside")
                    return rows
        self.remove_class("-beside")
        return ()

    def _instructions(self, step: SignInProgress, *, drawn: bool) -> list[Content | str]:
        look, code = self.look, step.code
        address, number = action_key(self, "sign-in.copy-address"), action_key(self, "sign-in.copy-code")
        lines: list[Content | str] = [
            look.line(
                "Open this address  ",
                (action_key(self, "sign-in.open"), "bold $text-primary"),
                " here  ",
                (address, "bold $text-primary"),
                " copy",
            ),
            look.line((code.address, "bold")),
            "",
            look.line("and enter this code  ", (number, "bold $text-primary"), " copy"),
            look.line((code.user_code, "bold $text-success")),
            "",
            self._waiting(step),
        ]
        if not code.openable:
            lines += [
                "",
                look.line(("Not an https address. Open it only if you trust it.", "$text-warning")),
            ]
        elif drawn:
            lines += ["", look.line(("Or scan the QR code with a phone.", "$quiet"))]
        else:
            lines += ["", look.line(("No room for a QR code. Any device with a browser works.", "$quiet"))]
        return lines

    def _waiting(self, step: SignInProgress) -> Content:
        look = self.look
        left = (self._until - self.session.clock()).total_seconds() if self._until is not None else 0
        seconds = max(0, int(left))
        words = f"{seconds // 60}:{seconds % 60:02} left"
        if step.trouble is not None:
            return look.line((f"{step.trouble!s} ", "$text-warning"), f"Still trying; {words}.")
        return look.line(("waiting for the browser", "$text-primary"), f" {look.glyphs.dot} {words}")

    def _refused(self, refusal: Refusal) -> list[Content | str]:
        look = self.look
        mark = "x" if look.ascii else "✖"
        again, back = action_key(self, "sign-in.start-over"), action_key(self, "sign-in.cancel")
        lines: list[Content | str] = [
            look.line((f"{mark} {refusal.message}", "bold $text-error")),
            "",
            look.plain(on_screen(refusal.remedies, Keys(retry=again, sign_in=again))),
        ]
        if refusal.request:
            lines += ["", look.line(("request  ", "$quiet"), refusal.request)]
        keys = ((again, "start over"), (back, "go back"))
        return [
            *lines,
            "",
            *(look.line((key.ljust(3), "bold $text-primary"), f"  {word}") for key, word in keys),
        ]

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether there is a code, or an error to go back from."""
        return self._refusal is not None if action == "cancel" else self._step is not None

    def action_copy_address(self) -> None:
        """Copy the address, preferably the one that contains the code."""
        if self._step is not None:
            self._copy(self._step.code.openable or self._step.code.address)

    def action_copy_code(self) -> None:
        """Copy the code."""
        if self._step is not None:
            self._copy(self._step.code.user_code)

    def _copy(self, text: str) -> None:
        copy(self.app, self.look, lambda: Piece(text))

    def action_open(self) -> None:
        """Open the address in a browser if it is an https address."""
        if self._step is None:
            return
        address = self._step.code.openable
        if not address:
            self.show_message("Not opened: this is not an https address.", warning=True)
            return
        self.fetch("browser", lambda _call: open_address(address), self._opened, self._failed)

    def _opened(self, done: bool) -> None:
        if done:
            self.show_message("Opened in the browser.")
        else:
            self.show_message("No browser found. Open the address on any device.", warning=True)

    def action_cancel(self) -> None:
        """Cancel the sign-in."""
        self.close_with(None)

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the QR code for the new size."""
        self._show()
