"""The platform's server: whether it is reachable and secure, is the platform, and accepts the login; and its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future

from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing, Secrets
from astro_tui.cli.doctor.reach import reach
from astro_tui.cli.setting_words import about_protected
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Platform
from astro_tui.platform.client.call import Call, Response, Timeouts
from astro_tui.platform.client.probe import Probe
from astro_tui.platform.servers import Origin
from astro_tui.presentation.remedies import in_shell
from astro_tui.presentation.scope import scope_of
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible
from astro_tui.text.times import counted, joined, span

GROUP, CLOCK = CheckGroup("server"), CheckGroup("clock")
TIMEOUTS = Timeouts(connect=3.0, read=4.0, total=5.0, pauses=())
MOST_SKEW = 30.0
"""How many seconds the clocks may differ. Tokens are only valid for minutes."""
_SHOWN = 5


class ServerChecks:
    """The server in the settings. `probed` resolves to the result of /health, or to None."""

    def __init__(self, settings: Settings, connect: Callable[[], Platform], secrets: Secrets) -> None:
        self._settings, self._connect, self._secrets = settings, connect, secrets
        self.probed: Future[Probe | None] = Future()

    def checks(self, doing: Doing) -> Iterator[CheckResult]:
        """Check the server step by step. Stops at the first step that makes all others useless."""
        try:
            reached = yield from reach(GROUP, Origin.of(self._settings.server), doing, fatal=True)
            if reached:
                yield from self._request_health(doing)
        finally:
            if not self.probed.done():
                self.probed.set_result(None)

    def _request_health(self, doing: Doing) -> Iterator[CheckResult]:
        platform = self._connect()
        doing("requesting /health")
        probe = platform.probe(platform.health_endpoint())
        self.probed.set_result(probe)
        try:
            if probe.error is not None:
                raise probe.error
            request = f"GET {platform.health_endpoint()}"
            health = platform.health(response=Response(probe.body or b"", request, probe.took_seconds))
        except PlatformError as error:
            yield GROUP.problem("platform", str(error), in_shell(error.remedies), fatal=True)
            return
        took = f"{max(1, round(probe.took_seconds * 1000)):,} ms"
        word = visible(health.status.strip(), 40)
        if word.lower() in ("ok", "healthy", "ready", "up"):
            yield GROUP.ok("platform", f"Responded in {took} and is healthy.")
        else:
            yield GROUP.note("platform", f"Responded in {took}, with the status {word or 'missing'}.")
        yield from self._login(platform, doing)

    def _login(self, platform: Platform, doing: Doing) -> Iterator[CheckResult]:
        if not platform.signed_in:
            return
        doing("reading the login")
        if platform.tokens.current(Call()) is None:
            yield GROUP.note("login", "Not checked: there is no usable login.")
            return
        doing("requesting the signed-in user")
        try:
            me = platform.me()
        except PlatformError as error:
            yield GROUP.problem("login", str(error), in_shell(error.remedies), fatal=not error.status)
            return
        finally:
            self._secrets.add(platform.tokens.hidden())
        names = [visible(account.name, 60) for account in me.accounts]
        wanted = [visible(account, 60) for account in scope_of(self._settings.account).accounts]
        yield GROUP.ok("login", f"Accepted by the platform: {counted(len(names), 'account')}.")
        if wrong := [account for account in wanted if account not in names]:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yours = f"Yours: {joined(names[:_SHOWN])}{more}." if names else "You have none."
            fix = "Choose one of your accounts: --account NAME" if names else ""
            verb = "is not one of" if len(wrong) == 1 else "are not among"
            yield GROUP.note("account", f"{joined(wrong)} {verb} your accounts. {yours}", fix)
        if protected := about_protected(self._settings, [account.name for account in me.accounts]):
            yield GROUP.note("protected", protected, "Correct the name: astro-tui config edit")


def clock(probed: Future[Probe | None], doing: Doing) -> Iterator[CheckResult]:
    """Compare this machine's clock with the server's."""
    doing("waiting for a response from the server")
    probe = probed.result()
    if probe is None or probe.date is None:
        why = "did not report its time" if probe is not None and probe.status else "did not respond"
        yield CLOCK.note("skew", f"Not compared: the server {why}.")
        return
    # The server sends whole seconds.
    ahead = (probe.middle - probe.date).total_seconds() - 0.5
    if abs(ahead) < MOST_SKEW:
        within = max(2, round(abs(ahead) + probe.took_seconds / 2) + 1)
        yield CLOCK.ok("skew", f"This machine's clock and the server's agree to within {within} s.")
        return
    where = "ahead of" if ahead > 0 else "behind"
    message = f"This machine's clock is {span(abs(ahead))} {where} the server's, so logins expire too {_when(ahead)}."
    yield CLOCK.problem("skew", message, "Set this machine's clock (Linux: timedatectl set-ntp true).")


def _when(ahead: float) -> str:
    return "early" if ahead > 0 else "late"
