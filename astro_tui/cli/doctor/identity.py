"""The identity provider, where users sign in and logins are renewed."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.cli.doctor.check import CheckGroup, CheckResult, CheckVerdict, Doing
from astro_tui.cli.doctor.reach import reach
from astro_tui.platform.servers import Origin
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible

GROUP = CheckGroup("identity")


def checks(settings: Settings, doing: Doing) -> Iterator[CheckResult]:
    """Check whether the provider can be reached. A failure is only a note if no sign-in is needed."""
    origin = Origin.of(settings.identity)
    good = True
    for check in reach(GROUP, origin, doing, fatal=False):
        if check.verdict is CheckVerdict.PROBLEM and settings.token:
            good = False
            yield GROUP.note(check.name, f"{check.message} ASTRO_ACCESS_TOKEN works without the provider.", check.do)
        elif check.verdict is not CheckVerdict.OK:
            good = good and check.verdict is CheckVerdict.NOTE
            yield check
    if good:
        yield GROUP.ok("provider", f"{visible(str(origin), 100)} can be reached.")
