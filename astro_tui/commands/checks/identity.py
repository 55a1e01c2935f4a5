"""The identity provider, where one signs in and where a login is renewed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from astro_tui.client.address import Origin
from astro_tui.commands.checks.check import Check, Group, Verdict
from astro_tui.commands.checks.reach import reach
from astro_tui.commands.checks.running import Doing
from astro_tui.text import visible

if TYPE_CHECKING:
    from astro_tui.config import Settings

GROUP = Group("identity")


def checks(settings: Settings, doing: Doing) -> Iterator[Check]:
    """Look whether it can be reached; what hinders that is only a note where nobody needs it."""
    origin = Origin.of(settings.identity)
    good = True
    for check in reach(GROUP, origin, doing, fatal=False):
        if check.verdict is Verdict.PROBLEM and settings.token:
            good = False
            yield GROUP.note(check.name, f"{check.said} ASTRO_ACCESS_TOKEN does without.", check.do)
        elif check.verdict is not Verdict.OK:
            good = good and check.verdict is Verdict.NOTE
            yield check
    if good:
        yield GROUP.ok("provider", f"{visible(str(origin), 100)} can be reached.")
