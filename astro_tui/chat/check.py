"""Whether an agent can be asked, without asking it: server, sidecar, access, and agent, one after the other."""

from __future__ import annotations

from msgspec import Struct

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform


class Reach(Struct, frozen=True):
    """How far requests get on the way to an agent; None means unknown.

    `server` lets the user in, `sidecar` responds, `access` includes the user, and `agent` is connected to its sidecar.
    """

    server: bool | None = None
    sidecar: bool | None = None
    access: bool | None = None
    agent: bool | None = None
    sentence: str = ""

    @property
    def ok(self) -> bool:
        """Whether the agent is connected."""
        return self.agent is True


def reach_of(platform: Platform, deployment_id: str, call: Call) -> Reach:
    """Find out whether an agent is connected, with at most two requests. Raises PlatformError if canceled."""
    try:
        connected = platform.agent_ready(deployment_id, call=call)
    except PlatformError as error:
        # Older sidecars do not have this path, so the response says nothing about the agent.
        if error.kind is not ErrorKind.NOT_FOUND or error.facts.explained or error.facts.no_such_deployment:
            return _refused(error)
        return _by_config(platform, deployment_id, call)
    if connected:
        return _connected("The agent is connected now.")
    return Reach(True, True, True, False, "The agent is not connected to its sidecar now.")


def _by_config(platform: Platform, deployment_id: str, call: Call) -> Reach:
    try:
        platform.agent_config(deployment_id, call=call)
    except PlatformError as error:
        if error.kind is ErrorKind.NOT_FOUND and error.server_said.lower().startswith("agent config"):
            return Reach(True, True, True, False, str(error))
        return _refused(error)
    return _connected("The agent has connected since its pod started. Whether it is connected now is not known.")


def _connected(sentence: str) -> Reach:
    return Reach(True, True, True, True, sentence)


def _refused(error: PlatformError) -> Reach:
    """Return how far a refused request got. Raises the error if it was canceled."""
    if error.kind is ErrorKind.CANCELED:
        raise error
    sentence = str(error)
    if error.kind is ErrorKind.FORBIDDEN and error.facts.explained:
        return Reach(True, True, False, None, sentence)
    if error.status in (404, 424, 502, 503, 504) and not error.facts.no_such_deployment:
        return Reach(True, False, None, None, sentence)
    return Reach(None if error.offline else False, None, None, None, sentence)


def why_not(*, web: bool | None = None, state: str = "", runtime: object = None) -> str:
    """Return why an agent cannot be asked, as a sentence that names the check; empty if no check fails.

    `web` is `messaging_web_configured` of the list or the record, `state` how the agent is if it is not active, and
    `runtime` the body of `/runtime`, or None.
    """
    if web is False:
        return "The agent has no web chat (messaging_web_configured)."
    if state:
        return f"The agent is not active: it is {state} (/status)."
    body = runtime.get("runtime") if isinstance(runtime, dict) else None
    if isinstance(body, dict) and body.get("messaging_reachable") is False:
        return "The agent's sidecar was not reachable when it was last observed (messaging_reachable in /runtime)."
    return ""
