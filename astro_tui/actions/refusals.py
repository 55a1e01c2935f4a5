"""What it means when an action gets no good response (platform.md §4, §9): refused, failed, or not known. Pure."""

from __future__ import annotations

from astro_tui.actions.journal import Step
from astro_tui.errors import ErrorKind, PlatformError

_FAILED = (500, 501, 503)
"""The platform itself responds with these; 502 and 504 come from a proxy in front of it."""

_HINTS = {"failed to update display name": " Another agent in this account may have that name."}
"""What the platform's words about a failure usually mean (platform.md §9)."""


def verdict_on(error: PlatformError) -> tuple[Step, str]:
    """Return what became of an action with this error, and a sentence about it."""
    said = error.server_said
    if not error.sent:
        return Step.FAILED, f"{error} Nothing was sent."
    status = error.status or 0
    if status in _FAILED and said and not error.facts.crashed:
        return Step.FAILED, f"The platform failed to carry out the action: {said}.{_HINTS.get(said.lower(), '')}"
    if status == 408 or not 400 <= status < 500:
        return Step.UNKNOWN, f"{error} It is unknown whether the platform carried out the action."
    if error.kind is ErrorKind.NOT_FOUND:
        # The platform hides what is gone, so a 403 may also mean that the target is gone (platform.md §4).
        what = f" ({said})" if said else ""
        return Step.REFUSED, f"The platform did not find the target{what}: it is gone or was replaced."
    if error.kind is ErrorKind.FORBIDDEN and error.facts.quotes_server:
        return Step.REFUSED, f"You are not allowed to do this: {said}."
    if error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.CONFLICT) and said:
        return Step.REFUSED, f"The platform refused: {said}."
    return Step.REFUSED, str(error)
