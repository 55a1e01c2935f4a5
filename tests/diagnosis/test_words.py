"""The tables of words: every row, what is wrong with a row, and rows that a user adds."""

from __future__ import annotations

from pathlib import Path

import pytest
from diagnosis.incidents.scene import DAY, Scene, agent_spec
from support.many import over

from astro_tui.diagnosis import Kind, built_in, diagnose, user_tables
from astro_tui.diagnosis.tables import CAUSE, HERE, Row, read_rows
from astro_tui.errors import ConfigError

TABLES = built_in()
ROWS = {name: read_rows(HERE / name) for name in ("rules.toml", "programs.toml")}
AGENT = "tide-notes-agent"


class Case:
    def __init__(self, table: str, row: Row) -> None:
        self.table, self.row, self.name = table, row, row.words[0]


CASES = [Case(table, row) for file in ROWS.values() for table, rows in file.items() for row in rows]


def test_the_tables_have_rows_for_clusters_and_programs() -> None:
    assert len(ROWS["rules.toml"]["rule"]) >= 30
    assert len(ROWS["programs.toml"]["program"]) >= 60


@over(CASES)
def test_the_first_row_that_matches_an_example_is_its_own(case: Case) -> None:
    table = {"rule": TABLES.rules, "registry": TABLES.registries, "program": TABLES.programs}[case.table]
    found = table.first(case.row.example)
    assert found is not None
    assert found.row == case.row, found.row.words[0]


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("agent.chat: answered a8cf159f3bf6 in 401 ms (5766 tokens in, 514 out)", frozenset()),
        ("agent.tools: files.fetch returned 401 rows in 254 ms", frozenset()),
        ("  status: 401,", {"refused", "registry refuses"}),
    ],
)
def test_a_number_is_a_status_only_where_the_line_says_so(line: str, about: set[str]) -> None:
    assert TABLES.abouts(line) == about


@over([case for case in CASES if case.table == "program" and case.row.rank == CAUSE])
def test_a_program_row_has_a_remedy(case: Case) -> None:
    for sentence in (case.row.sentence, case.row.next):
        assert sentence[:1].isupper() or sentence.startswith("{")
        assert sentence.endswith(".")
    assert case.row.aspects


@pytest.fixture
def user_rows(tmp_path: Path) -> Path:
    """The file of the user."""
    return tmp_path / "why.toml"


def test_a_user_adds_a_row_about_the_cluster(user_rows: Path) -> None:
    user_rows.write_text("""
[[rule]]
words = ["HullBreach"]
kind = "storage"
rank = "exact"
sentence = "lost its hull"
next = "Patch {part}.storage."
example = "HullBreach: water in hold 3"
""")
    scene = Scene([(5 * DAY, agent_spec())])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "HullBreach: water in hold 3", age=40)
    found = diagnose(scene.facts(), user_tables(user_rows)[0])
    assert (found.kind, found.sentence.split(":")[0]) == (Kind.STORAGE, "The agent lost its hull")
    assert found.next_steps[0].text == "Patch agent.storage."


def test_a_user_adds_a_row_about_a_program(user_rows: Path) -> None:
    user_rows.write_text("""
[[program]]
words = ["tide table <name> is stale"]
sentence = "The tide table {name} is old."
next = "Download {name} again."
aspects = ["variable"]
example = "tide table 'lisbon' is stale"
""")
    scene = Scene([(5 * DAY, agent_spec())])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=9, age=40)
    scene.log(AGENT, (3, "", "tide table 'faro' is stale"), (3, "", "goodbye then"))
    found = diagnose(scene.facts(), user_tables(user_rows)[0])
    assert "tide table 'faro' is stale" in found.sentence
    assert found.next_steps[0].text == "The tide table faro is old. Download faro again."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[program]]\nwords = ["a b"]\nexample = "c"', "row 1 of [[program]] (a b): the example does not contain"),
        ('[[rule]]\nwords = ["a b"]\nexample = "a b"\nkind = "odd"', "row 1 of [[rule]] (a b): Invalid enum value"),
        ('[[rule]]\nwords = ["a b"]\nexample = "a b"\nrank = "odd"', "row 1 of [[rule]] (a b): the rank must be"),
        ('[[rule]]\nwords = ["a b"]\nexample = "a b"\ncolor = "red"', "unknown field `color`"),
        ('[[rule]]\nwords = ["a b"]\nexample = "a b"\naspects = ["soul"]', "soul is not an aspect"),
        ('[[rule]]\nwords = ["* ."]\nexample = "a ."', "must have a word and not begin with *"),
        ('[[program]]\nwords = ["401"]\nexample = "401 ms"', "must have a word and not begin with *"),
        ("[[rule]", "why.toml: "),
    ],
)
def test_a_mistake_names_the_row_and_is_reported(user_rows: Path, text: str, problem: str) -> None:
    user_rows.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_rows(user_rows)
    assert problem in str(raised.value)
    # The other rows still count.
    tables, told = user_tables(user_rows)
    assert tables.meaning("OOMKilled") is not None
    assert problem in told
