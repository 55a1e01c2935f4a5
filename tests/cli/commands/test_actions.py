"""The commands that change an agent: previewed, confirmed, sent once, followed, and with an exit code for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from support.acting import EU, LABS, US, writes
from support.demo_caller import Clock, calling
from support.in_shell import PROGRAM, Done, Shell, program, signed_in
from support.open_demo import OpenDemo
from support.terminal import AT_ONCE, Terminal

from astro_tui.actions import follow
from astro_tui.actions.resolving import MOST
from astro_tui.demo import Fault
from astro_tui.platform import rounds

CLAIMS = f"{LABS}/{EU}"
NAME = "Claims Desk (EU)"
STOP = f"POST /api/v1/deployments/{EU}/stop"
COMMANDS = {
    # Arguments, and the request of the action.
    "pause": ([], STOP),
    "resume": ([], f"POST /api/v1/deployments/{EU}/wakeup"),
    "cancel": ([], f"POST /api/v1/deployments/{EU}/cancel"),
    "restart": ([], f"POST /api/v1/deployments/{EU}/restart"),
    "rollback": (["--to", "11"], f"POST /api/v1/deployments/{EU}/rollback"),
    "trigger": (["nightly-policies"], f"POST /api/v1/deployments/{EU}/ingestion/nightly-policies/trigger"),
    "rename": (["New name"], f"PATCH /api/v1/deployments/{EU}"),
    "delete": (["--confirm", NAME], "POST /api/v1/undeploy"),
    "deploy": ([], "POST /api/v1/deploy"),
    "rebuild": ([], f"POST /api/v1/agents/{LABS}/claims-desk/github/rebuild"),
}
STARTS_FROM = {"resume": "stopped", "cancel": "deploying"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[OpenDemo]:
    with OpenDemo(clock=clock) as server:
        server.make_manual(EU, "nightly-policies")
        yield server


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)


def journal(shell: Shell) -> list[dict[str, object]]:
    found = shell("journal", "--json")
    assert found.code == 0
    entries: list[dict[str, object]] = json.loads(found.out)
    return entries


# ---- doing it


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command(shell: Shell, demo: OpenDemo, command: str) -> None:
    demo.put(EU, STARTS_FROM.get(command, "active"))
    own, request = COMMANDS[command]
    done = shell(command, "--yes", *own, CLAIMS)
    assert (done.code, writes(demo.requests)) == (0, [request]), done
    assert done.lines[0].startswith(f"{NAME}: request accepted (")
    (entry,) = journal(shell)
    assert (entry["action"], entry["state"], entry["id"], entry["revision"]) == (command, "accepted", EU, 12)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dry_run_does_nothing(shell: Shell, demo: OpenDemo, command: str) -> None:
    demo.put(EU, STARTS_FROM.get(command, "active"))
    own, request = COMMANDS[command]
    done = shell(command, "--dry-run", *own, CLAIMS)
    assert (done.code, done.err, writes(demo.requests)) == (0, "", []), done
    assert f"request   {request}" in done.lines
    assert any(line.startswith("same as   astro-tui ") for line in done.lines)
    assert journal(shell) == []
    # The opposite state, in which it is refused.
    demo.put(EU, "undeploying")
    refused = shell(command, "--dry-run", *own, CLAIMS)
    assert refused.code == 1
    assert refused.lines[-1] == "refused   the agent is being removed."


def test_one_pod(shell: Shell, demo: OpenDemo) -> None:
    done = shell("restart", "--yes", "--pod", "claims-desk-agent", CLAIMS)
    assert done.code == 0
    assert re.fullmatch(
        rf"POST /api/v1/deployments/{EU}/pods/claims-desk-agent-[\w-]+/restart", writes(demo.requests)[0]
    )


def test_a_rollback_shows_everything_before(shell: Shell) -> None:
    done = shell("rollback", "--to", "11", "--dry-run", CLAIMS)
    assert "checked   the platform says that the revision is valid" in done.lines
    assert not any(line.startswith("missing") for line in done.lines)
    assert "expected  revision 11 becomes the current one" in done.lines
    assert "to        rev 11  c1f00a92  earlier  Sam Example  Policies of June" in done.lines
    assert any(re.fullmatch(r"changes   \d+ changed, .*", line) for line in done.lines)
    assert any("e88d3146" in line and "c1f00a92" in line for line in done.lines)
    assert "EXAMPLE-ONLY" not in done.out


def test_every_agent_of_the_demo_can_be_previewed(shell: Shell, demo: OpenDemo) -> None:
    """Their names are hostile: markup, right-to-left text, secrets, or no name at all."""
    shell("list", LABS, "--quick")
    others = cycle((["pause"], ["delete"], ["rollback", "--to", "1"]))
    for each in demo.world.by_account[LABS]:
        for command in (["rename", "x\x1b[31m"], next(others)):
            done = shell(*command[:1], "--dry-run", *command[1:], f"{LABS}/{each.id}")
            assert done.code in (0, 1), (each.id, done)
            assert each.id in done.out
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", done.out)
    assert writes(demo.requests) == []


def test_the_list_shows_the_build_that_runs_after_a_rollback(shell: Shell, clock: Clock) -> None:
    before = build_of(shell)
    shell("rollback", "--to", "11", "--yes", CLAIMS)
    clock.advance(600)
    assert before != build_of(shell)


def build_of(shell: Shell) -> str:
    rows = json.loads(shell("list", CLAIMS.partition("/")[0], "--json").out)
    return str(next(row["build_id"] for row in rows if row["id"] == EU))


def test_undoing_is_offered(shell: Shell) -> None:
    assert shell("pause", "--yes", CLAIMS).err == f"astro-tui: to undo: astro-tui resume {CLAIMS}\n"


# ---- not doing it


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("resume", "cancel")])
def test_without_a_terminal_nothing_is_done_unconfirmed(shell: Shell, demo: OpenDemo, command: str) -> None:
    own, _request = COMMANDS[command]
    bare = [argument for argument in own if argument not in ("--confirm", NAME)]
    done = shell(command, *bare, CLAIMS)
    assert (done.code, done.out, writes(demo.requests)) == (1, "", [])
    assert "Nothing was sent." in done.err
    assert ("--yes" in done.err) is (command != "delete")


def test_yes_is_never_enough_for_a_deletion(shell: Shell, demo: OpenDemo) -> None:
    for more in (["--yes"], ["--yes", "--confirm", "claims desk (eu)"], ["--confirm", EU], ["--confirm", ""]):
        done = shell("delete", *more, CLAIMS)
        assert (done.code, writes(demo.requests)) == (1, [])
        assert NAME in done.err
    assert shell("delete", "--confirm", NAME, CLAIMS).code == 0


def config(shell: Shell, text: str) -> None:
    (shell.folder / "astro-tui").mkdir()
    (shell.folder / "astro-tui" / "config.toml").write_text(text)


def test_what_is_read_only_stays_so(shell: Shell, demo: OpenDemo) -> None:
    config(shell, "read_only = true\n")
    done = shell("pause", "--yes", CLAIMS)
    assert (done.code, writes(demo.requests)) == (1, [])
    assert "read_only = true" in done.err
    assert shell("pause", "--dry-run", CLAIMS).code == 0


def test_a_protected_account_needs_the_name(shell: Shell, demo: OpenDemo) -> None:
    config(shell, f'protected = ["{LABS}"]\n')
    done = shell("pause", "--yes", CLAIMS)
    assert (done.code, writes(demo.requests)) == (1, [])
    assert f"The account is protected. To confirm, name the agent: --confirm '{NAME}'" in done.err
    assert shell("pause", "--confirm", NAME, CLAIMS).code == 0


def test_ambiguous_names_are_refused_with_the_ids(shell: Shell, demo: OpenDemo) -> None:
    for name in ("claims-desk", "CLAIMS-DESK"):
        done = shell("pause", "--yes", f"{LABS}/{name}")
        assert (done.code, writes(demo.requests)) == (1, [])
        assert EU in done.err
        assert US in done.err
    # Another agent may have the blueprint's name as its display name.
    assert shell("rename", "--yes", "claims-desk", f"{LABS}/{EU}").code == 0
    done = shell("pause", "--yes", f"{LABS}/claims-desk")
    assert (done.code, len(writes(demo.requests))) == (1, 1)
    assert EU in done.err
    assert US in done.err
    assert shell("pause", "--yes", f"{LABS}/nobody-here").code == 1


@pytest.mark.parametrize("command", ["cancel", "delete"])
def test_wrong_options_are_errors(shell: Shell, demo: OpenDemo, command: str) -> None:
    for arguments in ([], ["--to", "3", CLAIMS], [CLAIMS, "x"]):
        assert shell(command, *arguments).code == 2
    assert shell("rollback", CLAIMS).code == 2
    assert shell("rollback", "--to", "x", CLAIMS).code == 2
    assert demo.requests == []


@pytest.mark.parametrize(
    ("word", "command", "reason"),
    [("active", "resume", "the agent is not paused"), ("stopped", "pause", "the agent is already paused")],
)
def test_what_is_not_allowed_says_why(shell: Shell, demo: OpenDemo, word: str, command: str, reason: str) -> None:
    demo.put(EU, word)
    done = shell(command, "--yes", CLAIMS)
    assert (done.code, done.out, done.err) == (1, "", f"astro-tui: {NAME}: {reason}.\n")
    assert writes(demo.requests) == []


def test_the_platforms_refusal_is_shown(shell: Shell, demo: OpenDemo) -> None:
    demo.faults.set(f"/deployments/{EU}/stop", Fault.response(400, '{"error":"deployment cannot be paused"}'))
    done = shell("pause", "--yes", CLAIMS)
    assert (done.code, done.err) == (1, "astro-tui: The platform refused: deployment cannot be paused.\n")
    assert journal(shell)[0]["state"] == "refused"


def test_a_refusal_says_what_to_do_but_never_to_try_again(shell: Shell, demo: OpenDemo) -> None:
    demo.faults.set(f"/deployments/{EU}/stop", Fault.billing(), count=1)
    assert "Update the account's card" in shell("pause", "--yes", CLAIMS).err
    for fault in (Fault.response(500), Fault.rate_limited(), Fault.reset(), Fault.html(502)):
        demo.faults.set(f"/deployments/{EU}/stop", fault, count=1)
        done = shell("pause", "--yes", CLAIMS)
        assert done.code in (1, 2)
        assert "try" not in done.err.lower()


def test_what_cannot_be_read_is_not_done(shell: Shell, demo: OpenDemo) -> None:
    demo.faults.set(re.compile("/status$"), Fault.response(500))
    assert shell("pause", "--yes", CLAIMS).code == 1
    assert shell("pause", "--dry-run", CLAIMS).code == 2
    assert writes(demo.requests) == []


# ---- not knowing


def test_a_lost_response_is_code_2_and_reported_next_time(shell: Shell, demo: OpenDemo) -> None:
    demo.faults.set(f"/deployments/{EU}/stop", Fault.reset())
    demo.faults.set(f"^/deployments/{EU}$", Fault.response(500))
    done = shell("pause", "--yes", CLAIMS)
    assert (done.code, writes(demo.requests)) == (2, [STOP])
    (entry,) = journal(shell)
    assert entry["state"] == "unknown"
    assert done.err == f"astro-tui: {entry['outcome']}\n"
    assert done.err.endswith("It is unknown whether the platform carried out the action.\n")
    demo.faults.clear()
    with calling(demo) as other:
        assert other.send(f"/deployments/{EU}/rollback", "POST", {"revision": 9})[0] == 202
    told = shell("pause", "--dry-run", CLAIMS)
    assert re.search(
        r"earlier: Claims .*: pause, sent \d\d:\d\d, outcome unknown → now deploying, revision 9", told.err
    )
    assert journal(shell)[0]["state"] == "resolved"
    assert journal(shell)[0]["outcome"] == "outcome unknown → now deploying, revision 9"


def test_text_in_the_journal_file_cannot_move_the_cursor(
    shell: Shell, demo: OpenDemo, tmp_path: Path
) -> None:  # fmt: skip
    bell = "\x1b]0;pwned\x07\x1b[2J"
    entry = {
        "time": bell,
        "server": demo.url,
        "account": LABS,
        "agent": bell,
        "id": EU,
        "action": bell,
        "state": "sent",
    }
    folder = tmp_path / "state" / "astro-tui" / "actions"
    folder.mkdir(parents=True)
    lines = [json.dumps(entry | {"key": str(number), "outcome": bell}) for number in range(MOST + 1)]
    (folder / "journal.jsonl").write_text("\n".join(lines))
    told = shell("restart", "--dry-run", CLAIMS)
    assert told.code == 0
    assert "Earlier: " in told.out
    assert "pwned" in told.out + told.err
    assert "\x1b" not in told.out + told.err
    assert "pwned" in shell("journal").out


# ---- waiting


def test_waiting_until_it_is_done(shell: Shell, demo: OpenDemo, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.put(EU, "stopped")
    passing(clock, monkeypatch)
    done = shell("resume", "--yes", "--wait", CLAIMS)
    assert done.code == 0
    assert re.fullmatch(r"Claims Desk \(EU\) was resumed \(\d+s\)\.", done.lines[-1])


def passing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass on the platform each time that the state is read."""
    read = follow.read_state

    def looked(*given: object, **more: object) -> object:
        clock.advance(3)
        return read(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(follow, "read_state", looked)


def test_waiting_for_something_that_fails(
    shell: Shell, demo: OpenDemo, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    passing(clock, monkeypatch)
    demo.put(EU, "deploying")
    # The platform is faster: the deploy becomes active before the cancellation takes effect.
    demo.faults.set(f"/deployments/{EU}/cancel", Fault.response(202, '{"status":"failed"}'))
    active = json.dumps({"value": "active", "reason": "ready"})
    deploying = json.dumps({"value": "deploying", "reason": "provisioning"})
    demo.faults.set(re.compile(f"/deployments/{EU}/status"), Fault.response(200, active))
    demo.faults.set(re.compile(f"/deployments/{EU}/status"), Fault.response(200, deploying), count=3)
    done = shell("cancel", "--yes", "--wait", CLAIMS)
    assert done.code == 1
    assert re.fullmatch(r"Claims Desk \(EU\): active, revision 12 \(\d+s\)\.", done.lines[1])
    assert journal(shell)[0]["state"] == "failed"


def test_not_waiting_forever(shell: Shell, demo: OpenDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.2)
    demo.put(EU, "stopped")
    done = shell("resume", "--yes", "--wait", "--timeout", "1", CLAIMS)
    assert done.code == 2
    assert "not finished after 1s" in done.out


# ---- at a terminal


def at_terminal(demo: OpenDemo, folder: Path, *arguments: str) -> Terminal:
    return Terminal([PROGRAM, *arguments], signed_in(demo, folder), 100, 30, str(folder))


@pytest.mark.parametrize(("answer", "code"), [("P", 0), ("p", 1), ("", 1), ("y", 1), ("yes", 1), ("PP", 1)])
def test_the_capital_letter_confirms(demo: OpenDemo, tmp_path: Path, answer: str, code: int) -> None:
    with at_terminal(demo, tmp_path, "pause", CLAIMS) as terminal:
        terminal.until_text("ACTIVE, revision 12", f"request   {STOP}", "Type P to confirm")
        assert writes(demo.requests) == []
        terminal.send(f"{answer}\n")
        assert terminal.wait()[0] == code
        assert ("accepted" in terminal.text) is (code == 0)
    assert writes(demo.requests) == [STOP] * (code == 0)


@pytest.mark.parametrize(("answer", "code"), [(NAME, 0), ("D", 1), ("claims desk (eu)", 1)])
def test_the_name_confirms_a_deletion(demo: OpenDemo, tmp_path: Path, answer: str, code: int) -> None:
    with at_terminal(demo, tmp_path, "delete", "--yes", CLAIMS) as terminal:
        terminal.until_text(f"Type {NAME} to confirm")
        terminal.send(f"{answer}\n")
        assert terminal.wait()[0] == code
    assert len(writes(demo.requests)) == (code == 0)


def test_a_redeploy_while_the_question_is_on_screen_is_refused(demo: OpenDemo, tmp_path: Path) -> None:
    with at_terminal(demo, tmp_path, "restart", CLAIMS) as terminal, calling(demo) as other:
        terminal.until_text("Type R to confirm")
        assert other.send(f"/deployments/{EU}/rollback", "POST", {"revision": 11})[0] == 202
        before = writes(demo.requests)
        terminal.send("R\n")
        assert terminal.wait()[0] == 1
        assert "has changed since you looked at it" in terminal.text
    assert writes(demo.requests) == before


# ---- the program itself


def test_exit_codes_of_the_program(demo: OpenDemo, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path)
    assert program(env, tmp_path, "pause", "--yes", CLAIMS).returncode == 0
    refused = program(env, tmp_path, "cancel", "--yes", CLAIMS)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert program(env, tmp_path, "pause", "--bogus").returncode == 2
    shown = program(env, tmp_path, "journal")
    assert shown.stdout.startswith("TIME ")
    assert len(json.loads(program(env, tmp_path, "journal", "--json").stdout)) == 1


@pytest.mark.parametrize("moment", ["the request", "the question", "the state"])
def test_ctrl_c_says_what_may_have_been_sent(demo: OpenDemo, tmp_path: Path, moment: str) -> None:
    held = {"the request": f"/deployments/{EU}/stop", "the state": f"/deployments/{EU}/status"}
    if moment in held:
        demo.faults.set(held[moment], Fault.hang(), count=1)
    yes = [] if moment == "the question" else ["--yes"]
    with at_terminal(demo, tmp_path, "pause", *yes, CLAIMS) as terminal:
        if moment == "the question":
            terminal.until_text("Type P to confirm")
        else:
            terminal.until(lambda: any(held[moment] in path for _, path in demo.requests), f"{moment} is under way")
        terminal.send("\x03")
        code, took = terminal.wait()
        assert (code, took < AT_ONCE, b"Traceback" in terminal.raw) == (130, True, False)
        assert ("the request may have been sent" in terminal.text) is (moment == "the request")
    sent = [STOP] * (moment == "the request")
    assert writes(demo.requests) == sent
    env = signed_in(demo, tmp_path)
    again = program(env, tmp_path, "pause", "--dry-run", CLAIMS)
    assert again.returncode == 0
    earlier = r"earlier: Claims Desk \(EU\): pause, sent \d\d:\d\d, outcome unknown → now active, revision 12"
    assert bool(re.search(earlier, " ".join(again.stderr.split()))) is (moment == "the request")
    assert writes(demo.requests) == sent


# ---- the journal


def test_an_empty_journal(shell: Shell) -> None:
    assert shell("journal") == Done(0, "Nothing has been changed from this machine yet.\n", "")
    assert shell("journal", "--json") == Done(0, "[]\n", "")


def test_the_journal_has_exactly_these_keys_oldest_first(shell: Shell, demo: OpenDemo) -> None:
    shell("pause", "--yes", CLAIMS)
    shell("resume", "--yes", f"{LABS}/{EU}")
    entries = journal(shell)
    assert [entry["action"] for entry in entries] == ["pause", "resume"]
    keys = ["time", "account", "agent", "id", "action", "revision", "state", "outcome", "group"]
    assert [list(entry) for entry in entries] == [keys, keys]
    assert entries[0]["account"] == LABS
    assert entries[0]["agent"] == NAME
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(entries[0]["time"]))
    assert entries[0]["outcome"] == "accepted: stopped"
    table = shell("journal").lines
    assert len(table) == 3
    assert re.search(r"meridian-labs/Claims Desk \(EU\) +q7k-0ab-x4d +pause +12 +accepted +accepted: stopped", table[1])


def test_a_journal_that_cannot_be_read_is_an_error(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "astro-tui" / "actions"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").symlink_to("/etc/hostname")
    done = shell("journal")
    assert (done.code, done.out) == (2, "")
    assert "cannot be read" in done.err
