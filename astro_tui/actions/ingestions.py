"""The ingestions of a deployment that can be started."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_tui.platform.client import Call, Platform

_PREFIX = "ingestion-"


def ingestions_of(platform: Platform, deployment_id: str, call: Call) -> list[str]:
    """Return the names of the ingestions, scheduled or not. Raises PlatformError."""
    detail = platform.deployment(deployment_id, call=call)
    names = [each.component for each in detail.workloads if each.component.startswith(_PREFIX)]
    return [*(name.removeprefix(_PREFIX) for name in names), *detail.manual_ingestions]
