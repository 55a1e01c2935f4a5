"""`astro-tui find`: what it prints, its exit codes, and that a right guess prints the same as a wrong one."""

from __future__ import annotations

import json

import pytest
from support.demo_deployments import CLAIMS
from support.in_shell import Shell

from astro_tui.demo import DemoServer, Fault
from astro_tui.text.redaction import MASK

COVERAGE = "15 of 30 agents; 15 have no active record (regenerated specs searched)"


@pytest.mark.parametrize(
    ("words", "code", "lines", "said"),
    [
        (
            (".agent.environment.DATABASE_URL", "meridian-labs"),
            0,
            [f"meridian-labs/Claims Desk ({place})  .agent.environment.DATABASE_URL  {MASK}" for place in ("EU", "US")],
            f"2 matches in {COVERAGE}",
        ),
        (("zzzz", "meridian-labs"), 1, [], f"0 matches in {COVERAGE}"),
        (
            ("--differs", ".agent.storage.size", "harborline", "quiet-harbor"),
            0,
            ["3  (no value)", *(f"      harborline/{name}" for name in ("Moor Log", "Seal Counter 🦭", "Tide Notes"))],
            "1 value in 2 of 3 agents; 1 has no active record (regenerated spec searched)",
        ),
        ((".agent <",), 2, [], "Not a path or a condition"),
        (("--differs", "claims"), 2, [], "--differs needs a path"),
        ((".agent.image", "nobody"), 2, [], "the list of nobody could not be read"),
    ],
)
def test_what_is_printed(shell: Shell, words: tuple[str, ...], code: int, lines: list[str], said: str) -> None:
    done = shell("find", *words)
    assert (done.code, done.lines) == (code, lines)
    assert said in done.err


def test_json_has_the_coverage(shell: Shell, demo: DemoServer) -> None:
    demo.faults.set("^/agents/.*/claims-desk/", Fault.response(500, '{"error":"broken"}'))
    done = shell("find", ".agent.resources.memory > 90Gi", "meridian-labs", "--json")
    body = json.loads(done.out)
    assert [(row["agent"], row["path"], row["value"]) for row in body["found"]] == [
        ("Contract Reader", ".agent.resources.memory", "96Gi")
    ]
    assert set(body["coverage"]["unread"]) == {f"meridian-labs/Claims Desk ({place})" for place in ("EU", "US")}
    assert done.code == 2


def test_a_saved_search_has_a_name(shell: Shell) -> None:
    (shell.folder / "astro-tui").mkdir()
    (shell.folder / "astro-tui" / "config.toml").write_text('[find]\nmemory = "--differs .agent.resources.memory"\n')
    assert "1  96Gi" in shell("find", "memory", "meridian-labs").lines


def test_a_right_guess_prints_the_same_as_a_wrong_one(shell: Shell, demo: DemoServer) -> None:
    spec = {"agent": {"environment": {"DB_PASSWORD": "hunter2-Correct-Horse"}}}
    demo.faults.set("^/.*/claims-desk/deployment$", Fault.response(200, json.dumps({"id": CLAIMS, "spec": spec})))
    path = ".agent.environment.DB_PASSWORD"
    assert shell("find", path, "meridian-labs").lines == [f"meridian-labs/Claims Desk (EU)  {path}  {MASK}"]
    for form in ("{}", "re:^{}.", f"{path} ~ {{}}", f"{path} = {{}}", f"{path} != {{}}"):
        right, wrong = (shell("find", form.format(guess), "meridian-labs") for guess in ("hunter2", "wrong22"))
        assert right == wrong, form
