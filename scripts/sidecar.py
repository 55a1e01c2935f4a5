"""Runs a real sidecar with a scripted agent, and the chat tests against them.

    pip install astropods-messaging
    python scripts/sidecar.py BINARY              # the tests marked `sidecar`
    python scripts/sidecar.py BINARY --demo       # the demo platform, until interrupted

BINARY is the sidecar, built from its public repository (astropods/messaging) with `go build ./cmd/server`. The agent
answers like those of the demo platform: `astro_tui/demo/conversations.py` describes its answers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# After the path of the repository is known.
from astro_tui.demo.__main__ import main as demo  # noqa: E402
from astro_tui.demo.chat import answer_to  # noqa: E402
from astro_tui.demo.conversations import PAUSE, data, words_of  # noqa: E402

try:
    import grpc
    from astropods_messaging import AgentMessagingStub
    from astropods_messaging.astro.messaging.v1 import config_pb2, renderable_pb2, response_pb2, service_pb2
except ImportError:
    # Only whoever runs this script needs the library.
    grpc = None

ENDS = {"submit": 1, "decline": 2, "cancel": 3, "respond": 4}
"""The actions of a question, as the sidecar numbers them."""
_DEADLINE = 30


class Agent:
    """An agent that is connected to a sidecar, and answers in the words of the demo."""

    def __init__(self, address: str, web: str) -> None:
        self._address, self._web = address, web
        self._sent: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stopped: dict[str, threading.Event] = {}
        self._questions: dict[str, dict[str, str]] = {}
        self._call: Any = None
        self._left = ""
        """The conversation in which it disconnected last."""

    def run(self) -> None:
        """Connect, and connect again after each disconnection."""
        with grpc.insecure_channel(self._address) as channel:
            while True:
                self._sent = queue.SimpleQueue()
                config = data()["config"]
                tools = [config_pb2.AgentToolConfig(**tool) for tool in config["tools"]]
                made = config_pb2.AgentConfig(system_prompt=config["systemPrompt"], tools=tools)
                self._sent.put(service_pb2.ConversationRequest(agent_config=made))
                self._call = AgentMessagingStub(channel).ProcessConversation(iter(self._sent.get, None))
                with contextlib.suppress(grpc.RpcError):
                    for response in self._call:
                        self._take(response)
                # If it came back at once, the sidecar would not notice that it was gone.
                while self._left and _read(f"{self._web}/api/chat/conversations/{self._left}")["assistant_streaming"]:
                    time.sleep(0.005)
                self._left = ""

    def _take(self, response: Any) -> None:
        conversation = response.conversation_id
        if response.HasField("incoming_message"):
            self._start(conversation, answer_to(response.incoming_message.content, "usual"))
        elif response.HasField("feedback") and response.feedback.HasField("stream_control"):
            self._stopped.get(conversation, threading.Event()).set()
        elif response.HasField("feedback") and response.feedback.HasField("renderable_response"):
            given = response.feedback.renderable_response
            word = next(word for word, number in ENDS.items() if number == given.action)
            self._start(conversation, self._questions[given.id].get(word, "ended"))

    def _start(self, conversation: str, answer: str) -> None:
        stopped = self._stopped[conversation] = threading.Event()
        threading.Thread(target=self._play, args=(conversation, answer, stopped), daemon=True).start()

    def _play(self, conversation: str, answer: str, stopped: threading.Event) -> None:
        row, response = data()["answers"][answer], str(uuid.uuid4())
        for word, *given in row["steps"]:
            if word == "wait":
                stopped.wait(given[0])
            if word == "disconnect":
                self._left = conversation
                self._call.cancel()
            for payload in self._payloads(word, given):
                if stopped.wait(row.get("pause", PAUSE)):
                    return
                made = response_pb2.AgentResponse(conversation_id=conversation, response_id=response, **payload)
                self._sent.put(service_pb2.ConversationRequest(agent_response=made))

    def _payloads(self, word: str, given: list[Any]) -> Iterator[dict[str, Any]]:
        """Yield what a step sends. Steps and reasoning are not part of the protocol."""
        kinds = response_pb2.ContentChunk
        if word in ("text", "more"):
            for number, written in enumerate(words_of(*given)):
                kind = kinds.DELTA if number or word == "more" else kinds.START
                yield {"content": kinds(type=kind, content=written)}
        elif word in ("replace", "end"):
            kind = kinds.REPLACE if word == "replace" else kinds.END
            yield {"content": kinds(type=kind, content=given[0] if given else "")}
        elif word == "status":
            yield {"status": response_pb2.StatusUpdate(status=given[0], custom_message=given[1])}
        elif word == "error":
            code, message, retryable = given
            yield {"error": response_pb2.ErrorResponse(code=code, message=message, retryable=retryable)}
        elif word == "ask":
            form, name = data()["forms"][given[0]], str(uuid.uuid4())
            self._questions[name] = given[1]
            yield {
                "renderable": renderable_pb2.Renderable(
                    id=name,
                    kind=renderable_pb2.RENDER_KIND_FORM,
                    message=form["message"],
                    data_schema_json=json.dumps(form["dataSchema"]),
                    value_json=json.dumps(form["value"]) if "value" in form else "",
                    allowed_actions=[ENDS[action] for action in form["actions"]],
                    intent=form.get("intent", ""),
                )
            }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(binary: Path) -> Iterator[str]:
    """Yield the URL of a sidecar whose agent is connected."""
    web, agent, metrics = (f"127.0.0.1:{_free_port()}" for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "STORAGE_TYPE": "memory",
            "WEB_ENABLED": "true",
            "CHAT_DB_PATH": str(Path(folder) / "chat.db"),
            "WEB_LISTEN_ADDR": web,
            "GRPC_LISTEN_ADDR": agent,
            "METRICS_LISTEN_ADDR": metrics,
            "LOG_LEVEL": "warn",
        }
        process = subprocess.Popen([binary], env=os.environ | environment, stdout=subprocess.DEVNULL)
        try:
            threading.Thread(target=Agent(agent, f"http://{web}").run, daemon=True).start()
            _wait(f"http://{web}/api/agent/config")
            yield f"http://{web}"
        finally:
            # On SIGTERM, it waits for its agent.
            process.kill()
            process.wait(_DEADLINE)


def _read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=_DEADLINE) as response:
        return json.load(response)


def _wait(url: str) -> None:
    until = time.monotonic() + _DEADLINE
    while True:
        try:
            _read(url)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def main() -> int:
    """Run the tests, or the demo; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path, help="the sidecar")
    parser.add_argument("--demo", action="store_true", help="run the demo platform instead of the tests")
    options, rest = parser.parse_known_args()
    if grpc is None:
        parser.error("the agent needs a library: pip install astropods-messaging")
    with running(options.binary.resolve()) as url:
        if options.demo:
            return demo(["--sidecar", url, *rest])
        command = [sys.executable, "-m", "pytest", "-q", "-m", "sidecar", *(rest or ["tests"])]
        return subprocess.run(command, cwd=ROOT, env=os.environ | {"ASTRO_TUI_SIDECAR": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
