"""The base of all screens: requests in worker threads, the login, automatic refreshes, and the bars around a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key, Mount, Resize, ScreenResume
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.open import Compared, Open, OpenSignIn, Published
from astro_tui.screens.base.view import View
from astro_tui.session.requests import Fail, Request, Show
from astro_tui.session.routes import AccountsRoute, Route, parse, web_address
from astro_tui.session.session import Session
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.bar import Bar, KeyHints
from astro_tui.widgets.chrome.head import Head, TooSmall
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import (
    about_unknown,
    action_key,
    hints_of,
    is_count,
    key_name,
    keymap,
    shown_keys,
    why_not,
    works,
)
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.table import Table

T = TypeVar("T")


LAYERS = ("escape", "tab")
"""Keys that leave a layer or go to the next part: no warning if they do nothing here."""
SIGN_IN_KEY = "I"
"""The key that signs in, on every screen with a login."""
PUBLIC_KEYS = keymap("""
    o  web_page  session.web-page  open in the browser
    t  times     session.times     show ages or local times
    I  sign_in   session.sign-in   sign in, when signed out [!sign in]
""")
"""The keys of all screens that send the login; they come before a screen's own keys in the help."""
ACCOUNT_KEYS = [
    *PUBLIC_KEYS[:2],
    *keymap("A    accounts  session.accounts  your accounts"),
    *PUBLIC_KEYS[2:],
]
"""The keys of all screens that show an account's data."""
PAUSE_KEYS = keymap("p  pause  session.pause  pause updates, except live logs [!|resume]")
"""The keys of all screens that refresh automatically."""
SAVE_AFTER = 2.0
"""Seconds from the first unsaved change to the save. Changes that are unsaved at exit are saved then."""
HINTS_AFTER = 0.1
"""Seconds from a change inside a section to that of the key hints."""
CHECK_EVERY = 10.0
"""Seconds between checks of the stored login while signed out. No request is sent."""
_CHECK = "login"
"""Topic of a check of the stored login. Its result does not show that the platform accepts the login."""


class Need(Enum):
    """Whether a screen needs a login."""

    NONE = auto()
    """It sends none."""
    OPTIONAL = auto()
    """It is public and shows more with a login. Signing in does not close it."""
    REQUIRED = auto()
    """Every response shows that the platform accepts the login."""


class PageLogin:
    """What a page knows about its login.

    When the platform refuses the login, everything that is loaded stays on screen, polling stops, and a line names the
    key that signs in. The page reloads after the user signs in, here or in another program.
    """

    def __init__(self, page: Page) -> None:
        self._page, self._session, self._need = page, page.session, page.NEED
        self._lost = False
        """Whether the platform refused the login for a request of this page."""
        self._timer: Timer | None = None

    @property
    def must_reload(self) -> bool:
        """Whether the user signed in after a request of this page was refused."""
        return self._lost and not self._session.signed_out

    @property
    def signed_out(self) -> bool:
        """Whether signing in would help. A refused page must reload, even if another one gets a response."""
        if self._need is Need.NONE:
            return False
        missing = self._need is Need.OPTIONAL and not self._session.platform.signed_in
        return self._lost or self._session.signed_out or missing

    def keys(self) -> list[tuple[str, str]]:
        """Return the key that signs in while signed out, else nothing, for a notice."""
        return [(SIGN_IN_KEY, "sign in")] if self.signed_out else []

    # ---- every response shows whether the login is valid

    def accepted(self, topic: str) -> None:
        """The page got what it requested. That may be from memory, or from before the login was refused."""
        required, since = self._need is Need.REQUIRED, self._session.accepted_at > self._session.refused_at
        if since and topic != _CHECK and (self._lost or (required and self._session.signed_out)):
            self._lost = False
            if required:
                self._session.signed_out = False
            self._page.changed()

    def refused(self, error: PlatformError) -> bool:
        """Keep what an error says about the login; return whether the page has to `watch` for a new one."""
        if self._need is Need.NONE or error.kind is not ErrorKind.SIGNED_OUT:
            return False
        self._lost = self._session.signed_out = True
        self._session.refused, self._session.refused_at = error.refused, monotonic()
        return True

    def watch(self, *, expected: bool) -> None:
        """Wait for the user to sign in. The key for this is named, unless the missing login was `expected`."""
        if not expected:
            self._page.changed()
        if self._need is Need.REQUIRED:
            self._check_later()

    def check(self) -> None:
        """Check whether the user has signed in with another program. No request is sent."""
        self._page.fetch(_CHECK, self._stored, self._found, self._check_later)

    def _stored(self, call: Call) -> str:
        """Return the fingerprint of the stored token; empty without a token (worker thread)."""
        call.background = True
        return self._session.platform.fingerprint(call)

    def _found(self, login: str) -> None:
        if login and login != self._session.refused:
            self._page.reload()
        else:
            self._check_later()

    def _check_later(self, _error: PlatformError | None = None) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._page.set_timer(CHECK_EVERY, self._page.poll)

    def renewed(self, words: str) -> None:
        """Reload with the new login; `words` say who signed in."""
        self._lost = False
        self._page.show_message(words)
        self._page.changed()
        self._page.reload()

    def resumed(self) -> None:
        """Reload what was refused if the user signed in on a screen above."""
        self._page.changed()
        if self.must_reload:
            self._page.reload()


class Page(Screen[object], View):
    """A screen that sends requests, one per topic: a new one cancels the previous.

    With `REFRESHES` it refreshes automatically, but not behind another screen, whether that covers it or is only a box.
    A pause affects all screens and lasts until its key is pressed again. What the user does still sends requests:
    refreshing, opening something, or an action. Live logs continue.
    """

    NEED: ClassVar[Need] = Need.NONE
    REFRESHES: ClassVar[bool] = False
    _covered = False
    _saving: Timer | None = None
    _hinting: Timer | None = None

    class KeysReleased(Message):
        """Keys that this screen held back can be handled now."""

    def holds_key(self, key: str) -> bool:
        """Return whether a key, and every key after it, must wait until the screen posts `KeysReleased`."""
        del key
        return False

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.look = session.look
        self.login = PageLogin(self)
        self.topics = {}
        self._calls: dict[str, Call] = {}

    @property
    def in_front(self) -> bool:
        """Whether no other screen and no box is in front of this one."""
        return not self._covered

    # ---- fetching

    @property
    def panes(self) -> Sequence[View]:
        """The sections that are shown."""
        return ()

    def fetch(
        self,
        topic: str,
        request: Request[T],
        show: Show[T],
        fail: Fail,
        waiting: Callable[[str, float], None] | None = None,
    ) -> None:
        """Run `request` in a worker thread, then `show` its result or `fail` with its error on the UI thread.

        A result that arrives after a newer request of its topic, or after the screen closed, is dropped, and so is an
        error of kind CANCELED.
        """
        self.forget(topic)

        def waits(reason: str, seconds: float) -> None:
            if waiting is not None:
                self.call_later(self._deliver, topic, call, partial(waiting, reason, seconds), done=False)

        call = Call(waiting=waits)
        self._calls[topic] = call

        def work() -> None:
            deliver: Callable[[], None]
            try:
                deliver = partial(self._take_response, topic, show, request(call))
            except PlatformError as error:
                deliver = partial(self._take_error, fail, error.without_frames())
            self.call_later(self._deliver, topic, call, deliver)

        self.run_worker(work, thread=True, group=topic, exclusive=True)

    def _take_response(self, topic: str, show: Show[T], response: T) -> None:
        self.login.accepted(topic)
        show(response)

    def _take_error(self, fail: Fail, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELED:
            # Nobody waits for the response any more.
            return
        self.session.messages.add(self.session.clock(), "error", f"{error} ({error.request})")
        expected = self.session.signed_out
        refused = self.login.refused(error)
        fail(error)
        if refused:
            self.login.watch(expected=expected)

    def forget(self, topic: str) -> None:
        """Cancel the topic's request and drop its response."""
        call = self._calls.pop(topic, None)
        if call is not None:
            call.abort()

    def busy(self, topic: str) -> bool:
        """Whether the topic has an open request."""
        return topic in self._calls

    def wants(self, topic: str, call: Call) -> bool:
        """Whether the request of `call` is still the open one of its topic: anything else that arrives is late."""
        return self._calls.get(topic) is call

    def _deliver(self, topic: str, call: Call, deliver: Callable[[], None], *, done: bool = True) -> None:
        """Show what a worker thread has got, on the UI thread. It is `done` unless the client tries again."""
        # A screen that is closing still gets messages, but has lost its widgets.
        if self.wants(topic, call) and self in self.app.screen_stack:
            if done:
                del self._calls[topic]
            with self.one_drawing():
                deliver()
            if not self._calls:
                self.settled()

    def settled(self) -> None:
        """Let the sections prepare what comes next."""
        for pane in self.panes:
            pane.settled()

    def forget_all(self) -> None:
        """Cancel all requests."""
        for topic in list(self._calls):
            self.forget(topic)

    def on_unmount(self) -> None:
        """Cancel all requests."""
        self.forget_all()

    # ---- the time

    @on(Mount)
    def _start_clock(self) -> None:
        self.set_interval(1, self._second_passed)

    def _second_passed(self) -> None:
        # What is drawn behind another page makes that page draw everything again.
        if self is next((screen for screen in reversed(self.app.screen_stack) if isinstance(screen, Page)), None):
            self.tick()

    def tick(self) -> None:
        """Update the ages: called each second, but not behind another page, and when the screen is shown again."""
        with self.one_drawing():
            for pane in self.panes:
                pane.changed()
            self.changed()

    @on(Resize)
    def _fit(self) -> None:
        self.changed()

    def error_keys(self, error: PlatformError) -> list[tuple[str, str]]:
        """Return the keys that help after an error, for a notice."""
        signed_out = error.kind is ErrorKind.SIGNED_OUT
        sign_in = [(SIGN_IN_KEY, "sign in")] if signed_out else self.login.keys()
        return [*sign_in, ("r", "try again"), ("esc", "go back")]

    # ---- loading again

    def reload(self) -> None:
        """Load again with the new login."""
        self.load()
        for pane in self.panes:
            pane.load_again()

    def load_again(self) -> None:
        """Load because the user wants the newest data."""
        for pane in self.panes:
            pane.load_again()
        super().load_again()

    def poll(self) -> None:
        """Load again unless refreshes are paused; while signed out, only check for a new login."""
        if self.session.signed_out:
            self.login.check()
        elif not (self.REFRESHES and self.session.paused):
            self.load()

    def shown_again(self) -> None:
        """React to the end of the screen above this one, before anything is loaded."""

    def suspend(self) -> None:
        """Plan no more requests: another screen is in front. What is requested already still arrives."""
        super().suspend()
        for pane in self.panes:
            pane.suspend()

    def resume(self) -> None:
        """Refresh what is old or has changed, and plan the next requests: this screen is in front again."""
        super().resume()
        for pane in self.panes:
            pane.resume()

    def on_screen_suspend(self) -> None:
        """Stop refreshing while another screen is in front."""
        self._covered = True
        self.suspend()
        if isinstance(self.app.screen, Page):
            self.clear_message()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Continue: this screen is in front, for the first time or again.

        Nothing is refreshed if the screen reloads anyway, or has just been opened and decides when to load.
        """
        if not self.stack_updates:
            # Mounting has just computed all styles; the first frame need not wait for the same again.
            event.refresh_styles = False
        before, self._covered = self._covered, False
        if before:
            self.shown_again()
            self.tick()
        if before and not self.login.must_reload:
            self.resume()
        self.login.resumed()

    def acted(self, key: str) -> None:
        """Show that an action on the agent with the ID `key` began or ended."""

    # ---- what the next run finds

    def keep_place(self) -> None:
        """Save the position for the next visit; called before the screen closes."""
        for pane in self.panes:
            pane.keep_place()

    def remember(self) -> None:
        """Save what the next run starts with."""
        self.run_worker(self.session.remembered.save, thread=True, group="remember")

    def note_place(self, account: str, **changes: object) -> None:
        """Keep how the user left an account, and save it soon."""
        if self.session.memory.note(account, **changes):
            self.save_soon()

    def save_soon(self) -> None:
        """Save soon what the next run should find, with all changes made by then."""
        if self._saving is None:
            self._saving = self.set_timer(SAVE_AFTER, self._save_memory)

    def _save_memory(self) -> None:
        self._saving = None
        self.run_worker(self.session.memory.save, thread=True, group="memory")

    # ---- keys that screens share

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `sign_in` only while signed out, and `web_page` where there is one: otherwise their keys are free."""
        if action == "sign_in" and self.NEED is not Need.NONE:
            return self.login.signed_out
        return (action != "web_page" or bool(self._web_address)) and super().check_action(action, parameters)

    @property
    def _web_address(self) -> str:
        """The address of what is on screen, or under the cursor, in the web client."""
        return web_address(self.route, self.session.platform.server)

    def action_web_page(self) -> None:
        """Open the web page of what is on screen, or under the cursor."""
        from astro_tui.screens.base.copy_actions import open_web_page

        open_web_page(self, self._web_address)

    def action_times(self) -> None:
        """Show times as ages, or as local times, on all screens."""
        self.look.times = self.look.times.other
        for screen in self.app.screen_stack:
            if isinstance(screen, Page):
                screen.times_changed()
        self.show_message(f"Times are shown as {self.look.times.value}.")

    def action_sign_in(self) -> None:
        """Sign in, then continue on this screen."""
        self.open_sign_in(self.signed_in_again)

    def signed_in_again(self, words: str) -> None:
        """Reload with the new login; `words` say who signed in."""
        self.login.renewed(words)

    def action_accounts(self) -> None:
        """Show the user's accounts; choosing one opens its list of agents."""
        self.open(AccountsRoute())

    def action_pause(self) -> None:
        """Stop all automatic refreshes, or resume them."""
        session = self.session
        session.paused = not session.paused
        if session.paused:
            self.suspend()
            again, refresh = action_key(self, "session.pause"), shown_keys(self, "r")
            self.show_message(
                f"Updates are paused until you press {again} again. {refresh} refreshes once. Logs continue."
            )
        else:
            self.poll()
            for pane in self.panes:
                pane.load_again()
            self.show_message("Updates resumed.")
        self.changed()

    def is_on(self, action: str) -> bool:
        """Whether updates are paused."""
        return action == "pause" and self.session.paused

    # ---- keys that do nothing

    def on_key(self, event: Key) -> None:
        """Name the nearest key that works, instead of staying silent."""
        counts = isinstance(self.focused, RowList) and is_count(event.key)
        if not (event.key in LAYERS or counts or works(self, event.key)):
            self.show_message(self.about_unknown(event.key), warning=True)

    def about_unknown(self, key: str) -> str:
        """Return a sentence about a key that does nothing here: why, or the nearest one that works."""
        if reason := why_not(self, key):
            return reason
        active = [
            (key, one.binding.description)
            for key, one in self.active_bindings.items()
            if one.enabled and one.binding.id
        ]
        shown = [key for key, _word in hints_of(self, self.look)]
        active.sort(key=lambda pair: key_name(pair[0], self.look) not in shown)
        return about_unknown(key, active, self.look, f"{shown_keys(self, '?')} lists the keys")

    # ---- other screens

    def open(self, route: Route, loaded: Compared | Published | None = None) -> None:
        """Let the app open the screen of a route; see Open."""
        # Posted to the app itself: this screen may close before a message could bubble up from it.
        self.app.post_message(Open(self.session, route, loaded))

    def open_sign_in(self, done: Callable[[str], None]) -> None:
        """Let the user sign in; see OpenSignIn."""
        self.app.post_message(OpenSignIn(self.session, done))

    @on(Bar.Followed)
    def _followed(self, message: Bar.Followed) -> None:
        message.stop()
        self.open(parse(message.address))

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        for table in self.query("Table"):
            if isinstance(table, Table):
                table.draw_again()
        self.tick()

    # ---- what every screen shows

    def compose(self) -> ComposeResult:
        """Yield the header, the parts of this screen, and the last row."""
        yield self.frame_head()
        yield from self.compose_body()
        yield from self.frame_foot()

    def compose_body(self) -> ComposeResult:
        """Yield what is between the header and the last row."""
        yield from ()

    def frame_head(self) -> Head:
        """Return the first row for `compose`."""
        return Head(self.look, self.session.server, self.armed_words)

    def armed_words(self, account: str) -> str | None:
        """Return how long the account is armed, for the header.

        None without an account or a login, and for several accounts that are not all armed.
        """
        words = self.session.armed_words(account) if account and self.session.platform.signed_in else None
        return words or (None if scope_of(account).several else words)

    def frame_foot(self) -> ComposeResult:
        """Yield the last row for `compose`, and what replaces the screen in a tiny window."""
        yield KeyHints(self.look, id="keys")
        yield TooSmall(self.look, self.session.server)

    @property
    def notices(self) -> Iterable[Notice]:
        """The notices about the screen's own requests."""
        return self.query(Notice)

    def show_head(
        self,
        account: str,
        forms: Sequence[Content],
        right: Content | str,
        tiny: Content | str,
        trying: str = "",
    ) -> None:
        """Show in the header the account and server, the first of `forms` that fits, and `right` at the end.

        `tiny` is the line for a window that is too small for the screen. `trying` is shown below an error.
        """
        for notice in self.notices:
            notice.trying(trying)
        self.query_one(Head).show_account(account, forms, right)
        self.query_one(TooSmall).show(account, self.look.line(tiny))

    def show_message(self, text: str, *, warning: bool = False) -> None:
        """Show a message in the last row for a few seconds."""
        self.session.messages.add(self.session.clock(), "warning" if warning else "notice", text)
        style = TONES[Severity.WARN] if warning else TONES[Severity.OK]
        message = self.look.line((text, style))
        if self.is_mounted:
            self._draw_message(message)
        else:
            # The screen was just opened and has no last row yet.
            self.call_later(self._draw_message, message)

    def clear_message(self) -> None:
        """Remove the message: the user goes on to something else."""
        for hints in self.query(KeyHints):
            hints.clear_message()

    def _draw_message(self, message: Content) -> None:
        # A screen that is closing has no last row any more.
        for hints in self.query(KeyHints):
            hints.show_message(message)

    def draw(self) -> None:
        """Draw the key hints; a screen draws everything else before."""
        self.query_one(KeyHints).update()

    def draw_keys_soon(self) -> None:
        """Draw the hints of the keys that work now, at most ten times a second: a held key must not pay for them."""
        if self._hinting is None:
            self._hinting = self.set_timer(HINTS_AFTER, self._draw_keys)

    def _draw_keys(self) -> None:
        self._hinting = None
        if self.drawable:
            self.query_one(KeyHints).update()

    def action_refresh(self) -> None:
        """Load again."""
        self.load_again()
