"""What a child process makes, and what happens when it makes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from astro_tui.document import Outline
from astro_tui.document.forked_layout import Apart
from astro_tui.document.loading import Background, Reading, parse
from astro_tui.errors import DocumentError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here; the thread is tested elsewhere")

READ_APART = """
import os, sys, threading
from astro_tui.errors import AstroError
from astro_tui.document.loading import Background, parse

own = os.getpid()
pids = []
def read():
    raw = open(sys.argv[1], "rb").read()
    if sys.argv[2:] == ["dies"] and os.getpid() != own:
        os._exit(1)
    if sys.argv[2:] == ["fails"] and os.getpid() != own:
        raise KeyError("a bug")
    pids.append(os.getpid())
    return parse(raw, sys.argv[1])

background = Background(read, long=True).start()
try:
    reading = background.result()
except AstroError as error:
    print(type(error).__name__, error, error.line, error.column)
else:
    print(reading.about, reading.document.node_count, len(reading.document.text), reading.document.written_line(2))
print("here" if own in pids else "apart")
"""
QUIT_EARLY = """
import os, sys, time
from astro_tui.document.forked_layout import Apart

apart = Apart.start(lambda: time.sleep(60))
print(apart._child, flush=True)
sys.stdin.readline()
os._exit(0)
"""


def read_apart(path: Path, *how: str) -> list[str]:
    command = [sys.executable, "-c", READ_APART, str(path), *how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("how", [[], ["dies"], ["fails"]])
def test_a_child_reads_the_document_and_without_it_a_thread(how: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("\n\na: [1, 2]\nb: é\n")
    reading = parse(path.read_bytes(), "a.yaml")
    told = f"{reading.about} {reading.document.node_count} {len(reading.document.text)} 3"
    assert read_apart(path, *how) == [told, "here" if how else "apart"]


def test_what_is_wrong_is_told_from_the_child_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n "a": 1,\n')
    told, where = read_apart(path)
    assert told.startswith("DocumentError Not JSON: ")
    assert told.endswith(" 3 1")
    assert where == "apart"


def test_a_document_is_the_same_when_it_comes_out_of_memory(tmp_path: Path) -> None:
    import pickle

    raw = json.dumps({"spec": "deployment/v1", "list": [{"id": n, "token": "abcdefgh"} for n in range(500)]}).encode()
    reading = parse(raw)
    Outline(reading.document).expand_all()
    again = pickle.loads(pickle.dumps(reading))
    assert again[1:] == reading[1:]
    one, other = Outline(reading.document), Outline(again.document)
    one.expand_all()
    other.expand_all()
    assert [one.row(row) for row in range(one.row_count)] == [other.row(row) for row in range(other.row_count)]


def test_it_ends_with_the_program_that_wanted_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", QUIT_EARLY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        out, _error = program.communicate("\n", timeout=20)
    # The child has its output too: that it is at its end says that both are gone.
    assert int(out) > 0


def test_beside_threads_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked beside a thread"))
    assert Apart.start(lambda: 1) is None


def test_without_memory_for_it_the_thread_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_name: str) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr(os, "memfd_create", none_left)
    assert Background(lambda: parse(b"[1]"), long=True).start().result().document.node_count == 2

    def bad() -> Reading:
        return parse(b"[1,")

    with pytest.raises(DocumentError):
        Background(bad, long=True).start().result()
