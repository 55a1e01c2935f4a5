"""A diagnosis as JSON, for `why --json` and `list --json`."""

from __future__ import annotations

from datetime import datetime

from astro_tui.diagnosis.result import Diagnosis
from astro_tui.text.times import rfc3339


def as_json(diagnosis: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON values."""
    change = diagnosis.change
    return {
        "deployment": {
            "id": diagnosis.deployment_id,
            "account": diagnosis.account,
            "name": diagnosis.name,
            "status": diagnosis.status,
        },
        "cause": {
            "kind": diagnosis.kind.value,
            "sentence": diagnosis.sentence,
            "workload": diagnosis.workload or None,
            "container": diagnosis.container or None,
            "reason": diagnosis.reason or None,
        },
        "evidence": [
            {"source": each.source, "time": _time(each.time), "text": each.text} for each in diagnosis.evidence
        ],
        "change": None
        if change is None
        else {
            "revision": change.revision,
            "previous": change.previous,
            "paths": list(change.paths),
            "sentence": change.sentence,
        },
        "change_state": diagnosis.change_state.value,
        "conflicts": [{"sources": list(each.sources), "text": each.text} for each in diagnosis.conflicts],
        "unread": [
            {"source": each.source, "error": each.error, "since": _time(each.since), "as_of": _time(each.as_of)}
            for each in diagnosis.unread
        ],
        "next": [{"text": each.text, "command": each.command} for each in diagnosis.next_steps],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
