"""Chat with the demo's agents: what the server checks, and the sidecar beside each agent (platform.md §20).

The server forwards `/messaging/…` and `/chat/…` to the sidecar, whose errors are plain text. `data/chat.json` says for
each agent which `answer` it gives, and how its sidecar is: its version, whether the user has `access`, and whether the
agent is `connected`. With the URL of a real sidecar, the server forwards everything to that one.
"""

from __future__ import annotations

import contextlib
import http.client
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from astro_tui.demo import bodies
from astro_tui.demo.cluster import runtime
from astro_tui.demo.conversations import NEWEST, OLD, DemoConversation, data, identifier
from astro_tui.demo.entities import DemoDeployment, Json, PendingQuestion
from astro_tui.demo.faults import REFUSALS
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.schedule import seconds
from astro_tui.demo.streams import Pause, spoiled
from astro_tui.demo.world import World, timestamp

_SSE = "text/event-stream"
_HEADERS = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PROXIED = re.compile("[A-Za-z0-9/_-]+")
_TIMEOUT = 15
"""Seconds until the server gives up on a sidecar, except on its stream."""
_MOST_MESSAGES, _MOST_LISTED, _MOST_ON_PAGE, _LONGEST_TITLE = 1000, 200, 1000, 80
_RECORDED = {"submit": "submitted", "decline": "declined", "cancel": "cancelled", "respond": "responded"}
"""The status of a question by the action that answered it."""


_TYPES: dict[Any, Any] = {"string": str, "number": int | float, "integer": int, "boolean": bool, "array": list}


class SidecarError(ResponseError):
    """An error response of a sidecar: plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.reply = Reply(status, f"{text}\n".encode(), content_type="text/plain; charset=utf-8")


class Sidecar:
    """The sidecar of one deployment, with the conversations of the demo's user."""

    def __init__(self, world: World, deployment: DemoDeployment, heartbeat: float) -> None:
        agents = data()["agents"]
        described = {"version": NEWEST, "answer": "usual", **agents["*"], **agents.get(deployment.name, {})}
        self._world, self._deployment, self._heartbeat = world, deployment, heartbeat
        self._version, self._answer = described["version"], str(described["answer"])
        self._access, self._connected = described.get("access", True), described.get("connected", True)
        self._known: dict[str, DemoConversation] = {}
        self._made = 0
        for row in data()["conversations"].get(deployment.name, ()):
            made = self._new(row["title"])
            made.updated, made.first = world.ago(seconds(row["age"])), row["messages"] * row.get("times", 1)

    def _new(self, title: str = "") -> DemoConversation:
        self._made += 1
        name = identifier(self._deployment.id, str(self._made))
        self._known[name] = DemoConversation(name, self._version, self._world.time(), title)
        return self._known[name]

    def reply(self, request: ApiRequest, path: str) -> Any:
        """Respond to a request for a path below `/api`. Raises SidecarError."""
        if not self._access:
            raise SidecarError(403, "Forbidden")
        status, text = 404, "404 page not found"
        for method, pattern, handler in _ROUTES:
            match = re.fullmatch(pattern.replace("*", "([^/]+)"), path)
            if match and method == request.method:
                with self._world.lock:
                    return handler(self, request, *match.groups())
            status, text = (405, "Method Not Allowed") if match else (status, text)
        raise SidecarError(status, text)

    def _of(self, name: str) -> DemoConversation:
        if name not in self._known:
            raise SidecarError(404, "conversation not found")
        return self._known[name]

    def conversations(self, _request: ApiRequest) -> Json:
        """Return the conversations, newest first."""
        conversations = sorted(self._known.values(), key=lambda each: each.updated, reverse=True)
        states = [(each, each.state()) for each in conversations]
        rows = [
            self._summary(each) | ({"assistant_streaming": True} if state.busy else {})
            for each, state in states
            if state.messages or self._version == OLD
        ]
        return {"conversations": rows if self._version == OLD else rows[:_MOST_LISTED]}

    def _summary(self, each: DemoConversation) -> Json:
        updated = f"{timestamp(each.updated)[:-1]}.{each.updated.microsecond // 1000:03d}Z"
        return {"conversation_id": each.id, "title": each.title, "updated_at": updated}

    def history(self, request: ApiRequest, name: str) -> Json:
        """Return a page of messages, the newest ones unless `before_seq` says otherwise."""
        limit, before = self._number(request, "limit", _MOST_ON_PAGE), self._number(request, "before_seq")
        each = self._of(name)
        state = each.state()
        before = before or len(state.messages) + 1
        first = max(0, before - 1 - (limit or 100))
        shown = state.messages[first : before - 1]
        body = self._summary(each) | {"messages": shown, "assistant_streaming": state.busy}
        if self._version == OLD:
            return body | {"messages": shown or None}
        body |= ({"has_more": True} if first else {}) | ({"oldest_seq": first + 1} if shown else {})
        pending = state.pending is not None and before > len(state.messages)
        return body | ({"pending_interactions": [state.pending]} if pending else {})

    def _number(self, request: ApiRequest, key: str, most: int = 0) -> int:
        text = request.one(key).strip()
        value = int(text[:9]) if text.isascii() and text.isdecimal() else 0
        if text and (value < 1 or (most and value > most)):
            raise SidecarError(400, "invalid pagination")
        return value

    def create(self, _request: ApiRequest) -> Reply:
        """Create a conversation; its title comes from the first message."""
        made = self._new()
        return Reply(201, encode({"conversation_id": made.id, "created_at": timestamp(made.updated)}))

    def rename(self, request: ApiRequest, name: str) -> Json:
        """Set the title of a conversation."""
        title = str(_fields(request, strict=False).get("title") or "").strip()
        if not title or len(title) > _LONGEST_TITLE:
            raise SidecarError(400, "title too long" if title else "title is required")
        self._of(name).title = title
        return {"conversation_id": name, "title": title}

    def hide(self, _request: ApiRequest, name: str) -> Reply:
        """Hide a conversation."""
        self._of(name).stop()
        del self._known[name]
        return Reply(204, b"")

    def send(self, request: ApiRequest, name: str) -> Json:
        """Take a message. It is stored even if the agent is not connected."""
        content = _fields(request).get("content")
        if not isinstance(content, str) or not content:
            missing = "Content is required" if self._version == OLD else "Content or attachment is required"
            raise SidecarError(400, missing)
        each, state = self._of(name), self._of(name).state()
        if state.busy and self._version > OLD:
            _refuse("turn_in_progress", "a response is already in progress on this conversation")
        if len(state.messages) + 2 > _MOST_MESSAGES:
            _refuse("message_limit_reached", "conversation message limit reached; start a new chat")
        each.title, each.updated = each.title or content[:_LONGEST_TITLE], self._world.time()
        place = each.ask(content, answer_to(content, self._answer) if self._connected else "silence")
        if not self._connected:
            each.fail("AGENT_UNAVAILABLE", "The agent is not available right now. You can try sending again.")
            status, text = (500, "Failed to process message") if self._version == OLD else (424, "agent unavailable")
            raise SidecarError(status, text)
        asked = self._world.asked.setdefault(self._deployment.id, [])
        asked.append(PendingQuestion(each.id, each.updated, lambda: each.over(place)))
        return {"message_id": identifier(each.id, "sent", str(place)), "timestamp": timestamp(each.updated)}

    def cancel(self, _request: ApiRequest, name: str) -> Reply:
        """Stop an answer."""
        self._of(name).stop()
        return Reply(204, b"")

    def stream(self, request: ApiRequest, name: str) -> Reply:
        """Stream a conversation from now on, or from the last event that the client has."""
        each, last = self._of(name), request.headers.get("Last-Event-Id", "")
        number = int(last) if re.fullmatch("[0-9]{1,19}", last) else None

        def frames(wait: Pause) -> Iterator[bytes]:
            return spoiled(each.frames(number, wait, self._heartbeat), request.fault, wait)

        return Reply(200, b"", _HEADERS, _SSE, frames)

    def respond(self, request: ApiRequest, name: str, question: str) -> Json:
        """Take the answer to a question. The first one counts."""
        fields, each, now = _fields(request), self._of(name), timestamp(self._world.time())
        asked = each.questions.get(question)
        if asked is None:
            raise SidecarError(404, "interaction not found")
        if "action" not in asked:
            asked["action"] = action = self._action(fields, asked["form"])
            each.add("answered", {})
            follow = asked["answers"].get(action, "ended")
            if action in ("submit", "decline"):
                each.answered("note", _note(action, asked["form"], fields.get("content")), now)
            elif action == "respond":
                text = str(fields["text"]).strip()
                each.answered("user", text, now)
                follow = answer_to(text, self._answer)
            each.plan(follow)
        return {"status": _RECORDED[asked["action"]], "action": asked["action"]}

    def _action(self, fields: Json, form: Json) -> str:
        """Return the action of an answer. Raises an error if it is not allowed, or does not fit the schema."""
        action = str(fields.get("action") or "").strip().lower()
        if action not in _RECORDED:
            raise SidecarError(400, "invalid action")
        if action not in ("cancel", *form["actions"]):
            raise SidecarError(400, "action not allowed for this interaction")
        if action == "submit" and fields.get("content") is None:
            raise SidecarError(400, "content is required for submit")
        if action == "respond" and not str(fields.get("text") or "").strip():
            raise SidecarError(400, "text is required for respond")
        fault = _unfit(fields["content"], form["dataSchema"]) if action == "submit" else ""
        if fault:
            detail = f"jsonschema validation failed with 'mem://interaction/schema.json#'\n- {fault}"
            raise ResponseError(422, "content does not match schema", detail=detail)
        return action

    def config(self, _request: ApiRequest) -> Json:
        """Return the tools and the system prompt that the agent sent."""
        if not self._connected:
            raise SidecarError(404, "Agent config not yet received")
        return {**data()["config"]}

    def ready(self, _request: ApiRequest) -> Json:
        """Return whether the agent is connected."""
        if self._version < NEWEST:
            raise SidecarError(404, "404 page not found")
        return {"agent_connected": self._connected}


_Handler = Callable[..., Any]
_ROUTES: tuple[tuple[str, str, _Handler], ...] = (
    ("GET", "chat/conversations", Sidecar.conversations),
    ("GET", "chat/conversations/*", Sidecar.history),
    ("PUT", "chat/conversations/*/title", Sidecar.rename),
    ("DELETE", "chat/conversations/*", Sidecar.hide),
    ("POST", "chat/conversations/*/interactions/*", Sidecar.respond),
    ("POST", "conversations", Sidecar.create),
    ("POST", "conversations/*/messages", Sidecar.send),
    ("POST", "conversations/*/cancel", Sidecar.cancel),
    ("GET", "conversations/*/stream", Sidecar.stream),
    ("GET", "agent/config", Sidecar.config),
    ("GET", "ready", Sidecar.ready),
)


def answer_to(question: str, usual: str) -> str:
    """Return the name of the answer to a question: the first one that lists a word of it, else the `usual` one."""
    words = set(re.findall(r"\w+", question.lower()))
    answers: dict[str, Json] = data()["answers"]
    return next((name for name, row in answers.items() if words & {name, *row.get("words", ())}), usual)


def _fields(request: ApiRequest, *, strict: bool = True) -> Json:
    try:
        return request.fields()
    except ResponseError:
        if strict:
            raise SidecarError(400, "Invalid request body") from None
        return {}


def _refuse(error: str, description: str) -> None:
    raise ResponseError(409, error, error_description=description)


def _unfit(content: Any, schema: Json) -> str:
    """Return what keeps an answer from fitting a schema, as far as the demo's forms need it."""
    if not isinstance(content, dict):
        return "at '': want object"
    for key in schema.get("required", ()):
        if key not in content:
            return f"at '': missing property '{key}'"
    for key, value in content.items():
        wanted = schema["properties"].get(key, {})
        kind = _TYPES.get(wanted.get("type"), object)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind not in (bool, object)):
            return f"at '/{key}': want {wanted['type']}"
        if value not in wanted.get("enum", [value]):
            return f"at '/{key}': value must be one of {wanted['enum']}"
        if kind in (int, int | float) and not wanted.get("minimum", value) <= value <= wanted.get("maximum", value):
            return f"at '/{key}': got {value}, want {wanted['minimum']} to {wanted['maximum']}"
    return ""


def _note(action: str, form: Json, content: Any) -> str:
    """Return how the sidecar records the answer to a question."""
    if form.get("intent") == "tool_permission":
        return "Approved" if action == "submit" else "Denied"
    if action == "decline":
        return "Declined"
    titles = {key: schema.get("title") for key, schema in form["dataSchema"]["properties"].items()}
    parts = [f"{titles.get(key) or key.capitalize()}: {_shown(content[key])}" for key in sorted(content)]
    return f"Answered · {' · '.join(parts)}" if parts else "Submitted"


def _shown(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


class ChatEndpoints(Access):
    """The endpoints that forward to sidecars. With a `sidecar`, the URL of a real one, they forward to that."""

    def __init__(self, world: World, heartbeat: float, sidecar: str = "") -> None:
        super().__init__(world)
        self._heartbeat, self._url = heartbeat, sidecar
        self._sidecars: dict[str, Sidecar] = {}

    def routes(self) -> Iterator[tuple[str, str, Callable[[ApiRequest], Any]]]:
        """Yield method, path, and handler of each endpoint; `**` is the rest of a path."""
        for method in ("GET", "POST", "PUT", "DELETE"):
            yield method, "/deployments/*/chat/**", self._chat
            yield method, "/deployments/*/messaging/**", self._messaging

    def _chat(self, request: ApiRequest) -> Any:
        rest = request.names[1]
        name = rest.split("/")[1] if "/" in rest else ""
        if name and not _UUID.fullmatch(name):
            raise ResponseError(400, "invalid conversation id")
        return self._forward(request, "chat", f"chat/{rest}")

    def _messaging(self, request: ApiRequest) -> Any:
        if not _PROXIED.fullmatch(request.names[1]):
            raise ResponseError(400, "invalid messaging path")
        return self._forward(request, "messaging", request.names[1])

    def _forward(self, request: ApiRequest, proxy: str, path: str) -> Any:
        deployment = self.deployment(request)
        if not deployment.urls or self.world.condition(deployment).word != "active":
            raise ResponseError(404, f"{proxy} endpoint unavailable")
        if request.method != "GET" and request.fault and request.fault.kind == "unpaid":
            raise ResponseError(402, **REFUSALS["unpaid"])
        silent = ResponseError(502, "chat request failed" if proxy == "chat" else "upstream request failed")
        if self._url:
            try:
                return _real(self._url, request, path)
            except OSError:
                raise silent from None
        if not runtime(self.world, deployment)["runtime"]["messaging_reachable"]:
            raise silent
        with self.world.lock:
            if deployment.id not in self._sidecars:
                self._sidecars[deployment.id] = Sidecar(self.world, deployment, self._heartbeat)
        return self._sidecars[deployment.id].reply(request, path)


def _real(url: str, request: ApiRequest, path: str) -> Reply:
    """Forward a request to a real sidecar, as the server does, and return its response. Raises OSError."""
    streamed = path.endswith("/stream")
    query = urlencode(request.query, doseq=True)
    headers = {"X-Amzn-Oidc-Identity": bodies.USER, "Content-Type": "application/json"}
    headers |= {key: request.headers[key] for key in ("Last-Event-Id",) if key in request.headers}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=None if streamed else _TIMEOUT)
    connection.request(request.method, f"/api/{path}?{query}".rstrip("?"), request.body or None, headers)
    response = connection.getresponse()
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith(_SSE):
        with contextlib.closing(connection):
            return Reply(response.status, response.read(), content_type=kind or "text/plain; charset=utf-8")

    def frames(wait: Pause) -> Iterator[bytes]:
        return spoiled(_copied(connection, response), request.fault, wait)

    return Reply(response.status, b"", _HEADERS, kind, frames)


def _copied(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the frames of a real stream, and close it afterward."""
    try:
        sent = b""
        while line := response.readline():
            sent += line
            if line == b"\n":
                yield sent
                sent = b""
    finally:
        connection.close()
