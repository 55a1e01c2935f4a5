"""The requests that change a deployment (platform.md §9). Making one sends nothing; sending one takes a permit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from astro_tui.platform.client import address


class ChangeRequest(NamedTuple):
    """A request. `body` is JSON, or empty if the platform expects none. `headers` are those that only it has."""

    method: str
    endpoint: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Leave out the body: it can contain values that nobody may see."""
        return f"<Change {self.method} {self.endpoint}>"


def stop(deployment_id: str) -> ChangeRequest:
    """Pause a deployment: scale it to zero."""
    return ChangeRequest("POST", f"{address.deployment(deployment_id)}/stop")


def wakeup(deployment_id: str) -> ChangeRequest:
    """Resume a paused deployment."""
    return ChangeRequest("POST", f"{address.deployment(deployment_id)}/wakeup")


def cancel(deployment_id: str) -> ChangeRequest:
    """Cancel a deploy in progress."""
    return ChangeRequest("POST", f"{address.deployment(deployment_id)}/cancel")


def rollback(deployment_id: str, revision: int) -> ChangeRequest:
    """Deploy another revision again."""
    return ChangeRequest("POST", f"{address.deployment(deployment_id)}/rollback", _body(revision=revision))


def restart(deployment_id: str) -> ChangeRequest:
    """Replace all pods."""
    return ChangeRequest("POST", f"{address.deployment(deployment_id)}/restart")


def restart_pod(deployment_id: str, pod: str) -> ChangeRequest:
    """Replace one pod, by its `pod_name` in `/runtime`."""
    return ChangeRequest("POST", f"{address.below(deployment_id, 'pods', pod)}/restart")


def trigger(deployment_id: str, ingestion: str) -> ChangeRequest:
    """Run the job of an ingestion now."""
    return ChangeRequest("POST", f"{address.below(deployment_id, 'ingestion', ingestion)}/trigger")


def rename(deployment_id: str, name: str) -> ChangeRequest:
    """Set the display name."""
    return ChangeRequest("PATCH", address.deployment(deployment_id), _body(display_name=name))


def undeploy(deployment_id: str) -> ChangeRequest:
    """Remove a deployment by its id, because account and name could match the wrong one."""
    return ChangeRequest("POST", "/undeploy", _body(deployment_id=deployment_id))


def deploy(template: bytes, signature: str) -> ChangeRequest:
    """Deploy a finalized template (platform.md §19). It can contain values that nobody may see."""
    return ChangeRequest("POST", "/deploy", template, (("X-Template-Signature", signature),))


def rebuild(account: str, name: str) -> ChangeRequest:
    """Build the head of a blueprint's branch again (platform.md §18). Nothing is deployed."""
    return ChangeRequest("POST", f"{address.github(account, name)}/rebuild")


def create_conversation(deployment_id: str) -> ChangeRequest:
    """Begin a conversation with an agent. It is listed once it has a message."""
    return ChangeRequest("POST", address.messaging(deployment_id), _body())


def send_message(deployment_id: str, conversation_id: str, text: str) -> ChangeRequest:
    """Send a message to an agent, exactly as it was typed. The answer comes over the stream."""
    return ChangeRequest("POST", f"{address.messaging(deployment_id, conversation_id)}/messages", _body(content=text))


def stop_answer(deployment_id: str, conversation_id: str) -> ChangeRequest:
    """Stop the answer that is being written. The agent is asked to stop, and may keep working."""
    return ChangeRequest("POST", f"{address.messaging(deployment_id, conversation_id)}/cancel")


def title_conversation(deployment_id: str, conversation_id: str, title: str) -> ChangeRequest:
    """Rename a conversation."""
    return ChangeRequest("PUT", f"{address.conversation(deployment_id, conversation_id)}/title", _body(title=title))


def hide_conversation(deployment_id: str, conversation_id: str) -> ChangeRequest:
    """Hide a conversation. Its traces stay."""
    return ChangeRequest("DELETE", address.conversation(deployment_id, conversation_id))


def answer_question(
    deployment_id: str, conversation_id: str, question_id: str, answer: Mapping[str, object]
) -> ChangeRequest:
    """Answer a question from an agent: `{action, content?, text?}`."""
    return ChangeRequest("POST", address.interaction(deployment_id, conversation_id, question_id), _body(**answer))


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()
