"""The ingestions of a deployment that can be started: only those with a manual trigger (platform.md §9).

Only the spec names them: they have no workload until they run.
"""

from __future__ import annotations

from astro_tui.actions.target import TargetState
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.decode import plain
from astro_tui.platform.lenient import field, text
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.presence import Target, read_source, read_template
from astro_tui.presentation.record import has_no_record


def ingestions_of(platform: Platform, target: Target, state: TargetState, call: Call) -> list[str]:
    """Return the names of the manual ingestions in the current spec. Raises PlatformError."""
    ingestions = field(plain(_spec(platform, target, state, call)), "ingestion")
    if not isinstance(ingestions, dict):
        return []
    return [name for name, each in ingestions.items() if text(field(each, "trigger"), "type").lower() == "manual"]


def _spec(platform: Platform, target: Target, state: TargetState, call: Call) -> bytes:
    """Return the active record's spec if it is this deployment's, else that of the current revision."""
    try:
        record: ActiveDeployment = read_source(platform, target, "active", call)
        if record.id == target.id and record.has_spec:
            return record.spec
    except PlatformError as error:
        if state.revision is None or not has_no_record(error):
            raise
    if state.revision is None:
        return b"null"
    return read_template(platform, target, state.revision, call)["template"]
