"""The base of all screens: fetching in worker threads, and the bars that every screen has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key, ScreenResume
from textual.message import Message
from textual.screen import Screen

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.open import Compared, Open, OpenSignIn, Published
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Fail, Request, Show
from astro_tui.session.routes import Route
from astro_tui.session.session import Session
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.head import Head
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.too_small import TooSmall
from astro_tui.widgets.keymap import shown_keys
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.textual_compat import binding_chain, is_enabled

T = TypeVar("T")


LAYERS = ("escape", "tab")
"""Keys that leave a layer or go to the next part: no warning if they do nothing here."""


class Fetched(Message):
    """A worker thread has finished; `deliver` shows its result or its error on the UI thread."""

    def __init__(self, topic: str, call: Call, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.topic = topic
        self.call = call
        self.deliver = deliver


class Waiting(Message):
    """The client is waiting before it tries again."""

    def __init__(self, topic: str, call: Call, reason: str, seconds: float) -> None:
        super().__init__()
        self.topic = topic
        self.call = call
        self.reason = reason
        self.seconds = seconds


class Page(Screen[object]):
    """A screen that sends requests, one per topic: a new one cancels the previous."""

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
        self._calls: dict[str, Call] = {}

    @on(ScreenResume)
    def _keep_first_styles(self, event: ScreenResume) -> None:
        """Skip the second computation of all styles before the first frame: mounting has just computed them."""
        if not self.stack_updates:
            event.refresh_styles = False

    # ---- fetching

    def fetch(self, topic: str, request: Request[T], show: Show[T], fail: Fail) -> None:
        """Run `request` in a worker thread, then `show` its result or `fail` with its error on the UI thread.

        A result that arrives after a newer request of its topic, or after the screen closed, is dropped, and so is an
        error of kind CANCELED.
        """
        self.forget(topic)

        def waiting(reason: str, seconds: float) -> None:
            self.post_message(Waiting(topic, call, reason, seconds))

        call = Call(waiting=waiting)
        self._calls[topic] = call

        def work() -> None:
            deliver: Callable[[], None]
            try:
                deliver = partial(show, request(call))
            except PlatformError as error:
                deliver = partial(self._keep_error, fail, error.without_frames())
            self.post_message(Fetched(topic, call, deliver))

        self.run_worker(work, thread=True, group=topic, exclusive=True)

    def _keep_error(self, fail: Fail, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELED:
            # Nobody waits for the response any more.
            return
        self.session.messages.add(self.session.clock(), "error", f"{error} ({error.request})")
        fail(error)

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

    @on(Fetched)
    def _deliver(self, message: Fetched) -> None:
        # A screen that is closing still gets messages, but has lost its widgets.
        if self.wants(message.topic, message.call) and self in self.app.screen_stack:
            del self._calls[message.topic]
            message.deliver()
            if not self._calls:
                self.settled()

    def settled(self) -> None:
        """React to the end of the last open request: there is time to prepare what comes next."""

    @on(Waiting)
    def _wait(self, message: Waiting) -> None:
        if self.wants(message.topic, message.call):
            self.show_waiting(message.topic, message.reason, message.seconds)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show that a request will be sent again after a pause."""

    def forget_all(self) -> None:
        """Cancel all requests."""
        for topic in list(self._calls):
            self.forget(topic)

    def on_unmount(self) -> None:
        """Cancel all requests."""
        self.forget_all()

    # ---- keys that do nothing

    def on_key(self, event: Key) -> None:
        """Name the nearest key that works, instead of staying silent."""
        if not (event.key in LAYERS or self._works(event.key)):
            self.show_message(self.about_unknown(event.key), warning=True)

    def _works(self, key: str) -> bool:
        return any(
            is_enabled(node, binding)
            for node, bindings in binding_chain(self)
            for binding in bindings.key_to_bindings.get(key, ())
        )

    def about_unknown(self, key: str) -> str:
        """Return a sentence about a key that does nothing here, with the nearest one that works."""
        from astro_tui.widgets.key_names import about_unknown, key_name

        active = [(key, one.binding.description) for key, one in self.active_bindings.items() if one.enabled]
        shown = [key for key, _word in self.hints()]
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

    @property
    def route(self) -> Route | None:
        """Where the user is: the address of what is on screen or under the cursor; None if it has none."""
        return None

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        for table in self.query("Table"):
            if isinstance(table, Table):
                table.draw_again()

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
        """Return how long the account is armed, for the header; None without an account or a login."""
        return self.session.armed_words(account) if account and self.session.platform.signed_in else None

    def frame_foot(self) -> ComposeResult:
        """Yield the last row for `compose`, and what replaces the screen in a tiny window."""
        yield KeyHints(id="keys")
        yield TooSmall(self.look, self.session.server)

    def send_again(self, topic: str, stale: Staleness) -> bool:
        """Tell the user what `r` does to an open request; return whether to send the request now."""
        again, sentence = stale.again(self.session.clock(), busy=self.busy(topic))
        if sentence:
            self.show_message(sentence)
        if again:
            self.forget(topic)
        return again

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
        self.query_one(TooSmall).show(account, tiny if isinstance(tiny, Content) else Content(tiny))

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the last row, most useful first."""
        return []

    def show_message(self, text: str, *, warning: bool = False) -> None:
        """Show a message in the last row for a few seconds."""
        self.session.messages.add(self.session.clock(), "warning" if warning else "notice", text)
        style = TONES[Severity.WARN] if warning else TONES[Severity.OK]
        message = Content.assemble((self.look.plain(text), style))
        if self.is_mounted:
            self._draw_message(message)
        else:
            # The screen was just opened and has no last row yet.
            self.call_later(self._draw_message, message)

    def _draw_message(self, message: Content) -> None:
        self.query_one(KeyHints).show_message(message)

    def show_hints(self) -> None:
        """Update the key hints."""
        self.query_one(KeyHints).show(self.hints())
