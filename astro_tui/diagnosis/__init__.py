"""Why a deployment is broken: one pure function joins what the platform says into one cause and one change.

`diagnose` takes `Facts`: response bodies as decoded JSON or records, each of which may be missing, unread, or stale.
It returns a `Diagnosis` whose texts are masked and printable. `what_to_request` plans the requests that lead there.
Depends on `logs`, `difference`, `document`, `platform.lenient`, `platform.status_words`, and `text`; knows no screen,
no HTTP, and no pydantic.
"""

from astro_tui.diagnosis.diagnose import diagnose
from astro_tui.diagnosis.facts import MISSING, Fact, Facts, LogFact, RevisionKey
from astro_tui.diagnosis.requests import LogRequest, Requests, what_to_request
from astro_tui.diagnosis.result import (
    BlamedChange,
    ChangeState,
    Conflict,
    Diagnosis,
    Evidence,
    Kind,
    LogPlace,
    NextStep,
    Unread,
    as_json,
)

__all__ = [
    "MISSING",
    "BlamedChange",
    "ChangeState",
    "Conflict",
    "Diagnosis",
    "Evidence",
    "Fact",
    "Facts",
    "Kind",
    "LogFact",
    "LogPlace",
    "LogRequest",
    "NextStep",
    "Requests",
    "RevisionKey",
    "Unread",
    "as_json",
    "diagnose",
    "what_to_request",
]
