"""The requests that change a deployment (platform.md §9). Making one sends nothing; sending one takes a permit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from astro_tui.platform.client import address


class Change(NamedTuple):
    """A request. `body` is JSON, or empty if the platform expects none. `headers` are those that only it has."""

    method: str
    endpoint: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Leave out the body: it can contain values that nobody may see."""
        return f"<Change {self.method} {self.endpoint}>"


def stop(deployment_id: str) -> Change:
    """Pause a deployment: scale it to zero."""
    return Change("POST", f"{address.deployment(deployment_id)}/stop")


def wakeup(deployment_id: str) -> Change:
    """Resume a paused deployment."""
    return Change("POST", f"{address.deployment(deployment_id)}/wakeup")


def cancel(deployment_id: str) -> Change:
    """Cancel a deploy in progress."""
    return Change("POST", f"{address.deployment(deployment_id)}/cancel")


def rollback(deployment_id: str, revision: int) -> Change:
    """Deploy another revision again."""
    return Change("POST", f"{address.deployment(deployment_id)}/rollback", _body(revision=revision))


def restart(deployment_id: str) -> Change:
    """Replace all pods."""
    return Change("POST", f"{address.deployment(deployment_id)}/restart")


def restart_pod(deployment_id: str, pod: str) -> Change:
    """Replace one pod, by its `pod_name` in `/runtime`."""
    return Change("POST", f"{address.below(deployment_id, 'pods', pod)}/restart")


def trigger(deployment_id: str, ingestion: str) -> Change:
    """Run the job of an ingestion now."""
    return Change("POST", f"{address.below(deployment_id, 'ingestion', ingestion)}/trigger")


def rename(deployment_id: str, name: str) -> Change:
    """Set the display name."""
    return Change("PATCH", address.deployment(deployment_id), _body(display_name=name))


def undeploy(deployment_id: str) -> Change:
    """Remove a deployment by its id, because account and name could match the wrong one."""
    return Change("POST", "/undeploy", _body(deployment_id=deployment_id))


def deploy(template: bytes, signature: str) -> Change:
    """Deploy a finalized template (platform.md §19). It can contain values that nobody may see."""
    return Change("POST", "/deploy", template, (("X-Template-Signature", signature),))


def rebuild(account: str, name: str) -> Change:
    """Build the head of a blueprint's branch again (platform.md §18). Nothing is deployed."""
    return Change("POST", f"{address.github(account, name)}/rebuild")


def create_conversation(deployment_id: str) -> Change:
    """Begin a conversation with an agent. It is listed once it has a message."""
    return Change("POST", address.messaging(deployment_id), _body())


def send_message(deployment_id: str, conversation_id: str, text: str) -> Change:
    """Send a message to an agent, exactly as it was typed. The answer comes over the stream."""
    return Change("POST", f"{address.messaging(deployment_id, conversation_id)}/messages", _body(content=text))


def stop_answer(deployment_id: str, conversation_id: str) -> Change:
    """Stop the answer that is being written. The agent is asked to stop, and may keep working."""
    return Change("POST", f"{address.messaging(deployment_id, conversation_id)}/cancel")


def title_conversation(deployment_id: str, conversation_id: str, title: str) -> Change:
    """Rename a conversation."""
    return Change("PUT", f"{address.conversation(deployment_id, conversation_id)}/title", _body(title=title))


def hide_conversation(deployment_id: str, conversation_id: str) -> Change:
    """Hide a conversation. Its traces stay."""
    return Change("DELETE", address.conversation(deployment_id, conversation_id))


def answer_question(deployment_id: str, conversation_id: str, question_id: str, answer: Mapping[str, object]) -> Change:
    """Answer a question from an agent: `{action, content?, text?}`."""
    return Change("POST", address.interaction(deployment_id, conversation_id, question_id), _body(**answer))


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()
