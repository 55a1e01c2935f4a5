"""`astro-tui auth login`: print a code, wait until it is entered in any browser, and store the login."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from astro_tui.auth.browser import open_address
from astro_tui.auth.device import BORDER, SignInProgress, qr_rows, sign_in
from astro_tui.auth.grants import DeviceCode, Granted
from astro_tui.auth.identity import IdentityProvider
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.cli.login_places import until
from astro_tui.cli.output import Output, ProgressLine, note
from astro_tui.errors import ErrorKind
from astro_tui.platform.client import Call
from astro_tui.platform.servers import origin_of
from astro_tui.runtime import system_clock
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, Style, painted

INTERRUPTED = 130
_LINES_BESIDE_CODE = 6
"""Rows of the terminal that the text above and below the QR code takes."""
_TICK = 1.0
_BLACK_ON_WHITE = Style("38;5;16;48;5;231")


def login(settings: Settings, output: Output, *, open_browser: bool) -> int:
    """Sign in, store the login, and return the exit code. Raises AstroError."""
    own = OwnLogin(settings.server)
    own.prepare()
    provider, call = IdentityProvider(settings.identity, settings.client_id), Call()
    watch = _Watch(settings, output, call, open_browser=open_browser)
    try:
        granted = sign_in(provider, call, watch.step, wait=watch.wait)
    except KeyboardInterrupt:
        call.abort()
        watch.clear()
        note("the sign-in was canceled; nothing was stored", ascii_alone=settings.ascii)
        return INTERRUPTED
    finally:
        watch.clear()
        provider.close()
    with _undisturbed():
        place = own.sign_in(Login.of_grant(granted, settings.identity, settings.client_id))
    output.lines(line for sentence in _done(settings, granted, place) for line in output.wrapped(visible(sentence)))
    return 0


def _done(settings: Settings, granted: Granted, place: str) -> Iterator[str]:
    who = granted.email or granted.user_id
    yield f"Signed in to {origin_of(settings.server)}{f' as {who}' if who else ''}."
    yield f"The login is stored in {place}. To remove it, run astro-tui auth logout."
    if granted.expires is not None:
        renewed = " and renewed automatically" if granted.refresh_token else "; then sign in again"
        yield f"It is valid {until(granted.expires, system_clock())}{renewed}."
    if settings.token:
        yield "ASTRO_ACCESS_TOKEN is set and takes precedence. Unset it to use this login."


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay ctrl+c until the login is stored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Watch:
    """Prints what to do, and on a terminal how much time is left."""

    def __init__(self, settings: Settings, output: Output, call: Call, *, open_browser: bool) -> None:
        self._settings, self._output, self._call, self._open = settings, output, call, open_browser
        self._line = ProgressLine(ascii_alone=settings.ascii)
        self._shown = False
        self._trouble: ErrorKind | None = None
        self._until = 0.0

    def step(self, step: SignInProgress) -> None:
        """Report the progress of the sign-in."""
        self._until = monotonic() + step.seconds_left
        if not self._shown:
            self._shown = True
            self._output.lines(self._instructions(step.code))
            if self._open and not open_address(step.code.openable):
                self._note("no browser can be opened here; open the address on any device")
        kind = step.trouble.kind if step.trouble else None
        if step.trouble and kind is not self._trouble:
            self._note(f"{step.trouble} Trying again until the code expires.")
        self._trouble = kind
        self._tick()

    def wait(self, seconds: float) -> bool:
        """Wait while showing the time left. Returns whether the sign-in was canceled."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._tick()
            # Wait in short steps, because on Windows ctrl+c is only handled after a wait.
            if self._call.canceled.wait(min(_TICK, left)):
                return True
        return False

    def clear(self) -> None:
        """Remove the progress line."""
        self._line.clear()

    def _note(self, text: str) -> None:
        self.clear()
        note(text, ascii_alone=self._settings.ascii)

    def _tick(self) -> None:
        left = max(0, int(self._until - monotonic()))
        self._line.draw(f"waiting for the browser · {left // 60}:{left % 60:02} left · ctrl+c cancels")

    # ---- what to do

    def _instructions(self, code: DeviceCode) -> Iterator[Line]:
        address = code.complete_address or code.address
        yield f"Sign in to {self._settings.server} with a browser, here or on any other device:"
        yield ""
        yield f"  open   {code.openable or address}"
        if code.openable and code.openable == code.complete_address:
            yield f"  check  that the page shows  {code.user_code}"
        else:
            yield f"  enter  {code.user_code}"
        if not code.openable:
            yield ""
            yield "  Not an https address. Open it only if you trust it."
        yield ""
        yield from self._qr(code)

    def _qr(self, code: DeviceCode) -> list[Line]:
        """Return the rows of the QR code, or none if it cannot be displayed."""
        if not (self._output.terminal and code.openable) or self._output.ascii:
            return []

        size = shutil.get_terminal_size()
        for border in (BORDER, BORDER - 1):
            rows = qr_rows(code.openable, inverted=not self._output.color, border=border)
            if rows and len(rows[0]) + 2 <= size.columns and len(rows) + _LINES_BESIDE_CODE <= size.lines:
                break
        else:
            return []
        return ["  " + painted(row, _BLACK_ON_WHITE, color=self._output.color) for row in rows]
