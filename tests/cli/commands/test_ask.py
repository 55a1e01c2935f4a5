"""`astro-tui ask`: one question, its answer, an exit code for scripts, and nothing that stays behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.acting import writes
from support.chat_cases import ANSWERED, BROKEN, FAILED, UNREACHED, ChatCase
from support.chatting import SIDECAR, Chat
from support.in_shell import PROGRAM, Shell, program, signed_in
from support.terminal import Terminal

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.contents import contents

IDS = {each.name: each.id for each in reversed(contents().deployments)}
CLAIMS = f"meridian-labs/{IDS['claims-desk']}"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(sidecar=SIDECAR) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


LATE = ChatCase(
    "claims-desk", "stalls", "This answer begins, and then", words="Too slow: no complete answer within 1s."
)
NEVER = ChatCase("meeting-minutes", "hang", "", words="No answer within 1s. The agent is not connected, or it hangs.")
ASKS = ChatCase("claims-desk", "approve", "The order was delivered late.", words="wants an approval")
TURNS = [
    *((case, "answered") for case in (*ANSWERED, BROKEN)),
    *((case, "failed" if case.code else "empty") for case in FAILED),
    *((LATE, "timeout"), (NEVER, "timeout"), (ASKS, "asks")),
]


@pytest.mark.parametrize(
    ("case", "status"), [*(pytest.param(*turn, marks=pytest.mark.sidecar) for turn in TURNS), (UNREACHED, "failed")]
)
def test_a_question(shell: Shell, demo: DemoServer, case: ChatCase, status: str) -> None:
    agent, question, answer = case[:3]
    code, reason = (0, "") if status == "answered" else (1, case.words)
    account = next(each.account for each in contents().deployments if each.id == IDS[agent])
    limit = ["--timeout", "1s"] if status == "timeout" else []
    name = f"{account}/{IDS[agent]}"
    done = shell("ask", "--yes", *limit, name, question)
    assert done.code == code, done
    assert done.out.startswith(answer) if answer else done.out == ""
    assert reason in done.err
    assert ("astro-tui trace" in done.err) == (code == 1)
    before = len(writes(demo.requests))
    found = json.loads(shell("ask", "--yes", "--json", *limit, name, question).out)
    assert (found["status"], found["answer"].startswith(answer)) == (status, True)
    assert (found["first_chunk_seconds"] is None) == (not answer)
    # One message, nothing sent twice, and the conversation is hidden.
    sent = [line.rpartition("/")[2] for line in writes(demo.requests)[before:]]
    assert sent.count("messages") == 1
    assert (sent.count("cancel"), sent[-1]) == (status == "timeout", found["conversation_id"])
    assert shell("journal").out.count(" chat-message ") == 2
    assert question not in shell("journal").out


@pytest.mark.parametrize(
    ("agent", "more", "words"),
    [
        ("archive-scout", ["--yes"], "is not active: it is"),
        ("policy-search", ["--yes"], "web access does not include you"),
        ("translation-desk", ["--yes"], "messaging_reachable"),
        ("claims-desk", [], "add --yes"),
        ("claims-desk", ["--yes", "--conversation", "7a586acd-0000-4000-8000-000000000000"], "not yours"),
    ],
)
def test_what_is_not_possible_names_the_check_and_sends_nothing(
    shell: Shell, demo: DemoServer, agent: str, more: list[str], words: str
) -> None:
    done = shell("ask", *more, f"meridian-labs/{IDS[agent]}", "good day")
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not [line for line in writes(demo.requests) if line.endswith("/messages")]


def test_the_rules_of_this_machine(shell: Shell, demo: DemoServer) -> None:
    folder = shell.folder / "astro-tui"
    folder.mkdir(exist_ok=True)
    for text, words in (("read_only = true\n", "read_only"), ('protected = ["meridian-labs"]\n', "--confirm")):
        (folder / "config.toml").write_text(text, encoding="utf-8")
        done = shell("ask", "--yes", CLAIMS, "stream")
        assert (done.code, words in done.err, writes(demo.requests)) == (2, True, []), done
    done = shell("ask", "--confirm", "Claims Desk (EU)", CLAIMS, "stream")
    assert (done.code, done.lines[0]) == (0, "One two three four five.")


@pytest.mark.sidecar
def test_a_conversation_that_is_named_stays_and_goes_on(shell: Shell, demo: DemoServer) -> None:
    first = json.loads(shell("ask", "--yes", "--keep", "--json", CLAIMS, "stream").out)
    done = shell("ask", "--yes", "--conversation", first["conversation_id"], CLAIMS, "rewrite")
    assert (done.code, done.out) == (0, "The train leaves at ten. Platform four.\n")
    rows = Chat(demo, IDS["claims-desk"]).messages(first["conversation_id"])
    assert [text for role, text in rows if role == "user"] == ["stream", "rewrite"]


@pytest.mark.sidecar
@pytest.mark.parametrize(
    ("fault", "code", "status"), [(Fault.lost_response(), 0, "answered"), (Fault.reset(), 1, "unknown")]
)
def test_a_lost_response_is_looked_up_and_never_sent_again(
    shell: Shell, demo: DemoServer, fault: Fault, code: int, status: str
) -> None:
    demo.faults.set(re.compile("/messages$"), fault)
    done = shell("ask", "--yes", "--json", CLAIMS, "stream")
    assert (done.code, json.loads(done.out)["status"]) == (code, status)
    assert len([line for line in demo.requests if line[1].endswith("/messages")]) == 1


@pytest.mark.sidecar
def test_control_characters_and_secrets_of_an_answer_are_not_printed(shell: Shell) -> None:
    out = shell("ask", "--yes", CLAIMS, "markdown").out
    assert "\x1b" not in out
    assert "␛[31mred" in out
    assert "The key is ••••••••" in out


CHECKS = [
    ("claims-desk", 0, [True, True, True, True], "connected now"),
    ("legacy-bridge", 0, [True, True, True, True], "since its pod started"),
    ("seal-counter", 1, [True, True, True, False], "not connected"),
    ("policy-search", 2, [True, True, False, None], "web access"),
    ("archive-scout", 2, [True, False, None, None], "cannot be asked"),
]


@pytest.mark.parametrize(("agent", "code", "way", "words"), CHECKS)
def test_a_check_changes_nothing(  # noqa: PLR0917  one argument a column
    shell: Shell, demo: DemoServer, agent: str, code: int, way: list[bool | None], words: str
) -> None:
    account = next(each.account for each in contents().deployments if each.id == IDS[agent])
    done = shell("ask", "--check", "--json", f"{account}/{IDS[agent]}")
    found = json.loads(done.out)
    assert (done.code, [found[name] for name in ("server", "sidecar", "access", "agent")]) == (code, way)
    assert words in found["message"]
    assert writes(demo.requests) == []
    assert "Never mention" not in done.out + done.err


@pytest.mark.parametrize(("typed", "code"), [("A", 0), ("a", 2)])
def test_on_a_terminal_the_capital_letter_confirms(demo: DemoServer, tmp_path: Path, typed: str, code: int) -> None:
    command = [PROGRAM, "ask", CLAIMS, "stream"]
    with Terminal(command, signed_in(demo, tmp_path), 100, 30, str(tmp_path)) as terminal:
        terminal.until_text("The agent may act on it", "Type A to confirm")
        assert writes(demo.requests) == []
        terminal.send(f"{typed}\n")
        assert terminal.wait()[0] == code
        assert ("Six seven eight. Nine." in terminal.text) is (code == 0)


@pytest.mark.sidecar
def test_a_question_from_standard_input(demo: DemoServer, tmp_path: Path) -> None:
    done = program(signed_in(demo, tmp_path), tmp_path, "ask", "--yes", CLAIMS, "-", given="rewrite\n it ")
    assert (done.returncode, done.stdout) == (0, "The train leaves at ten. Platform four.\n")
    assert program(signed_in(demo, tmp_path), tmp_path, "ask", "--yes", CLAIMS, "-", given=" \n").returncode == 2


def test_after_a_restart_the_next_step_is_to_ask(shell: Shell) -> None:
    assert f"to see that it works: astro-tui ask {CLAIMS} QUESTION" in shell("restart", "--yes", CLAIMS).err


def test_a_stream_that_opens_too_late_sends_nothing(shell: Shell, demo: DemoServer) -> None:
    demo.faults.set(re.compile("/stream$"), Fault.slow(2.5))
    done = shell("ask", "--yes", "--timeout", "1s", CLAIMS, "stream")
    assert (done.code, done.out) == (2, ""), done
    assert not [line for line in writes(demo.requests) if line.endswith("/messages")]
