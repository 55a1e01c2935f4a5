"""A forked program is like an installed one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from astro_tui.demo import DemoServer
from support.deadline import DEADLINE
from support.forked import PROGRAM, Forked, can_be_forked
from support.in_shell import executed, program, signed_in
from support.terminal import Terminal, environment

pytestmark = pytest.mark.nightly
TELLS = """
import os, sys
for name in ("stdin", "stdout", "stderr"):
    stream = getattr(sys, name)
    print(name, stream.encoding, stream.errors, stream.line_buffering, os.isatty(stream.fileno()))
print(sys.argv, os.getcwd(), os.environ["HOME"], os.environ.get("PYTEST_CURRENT_TEST"))
print(sorted(os.listdir("/proc/self/fd"), key=int)[:3], os.getsid(0) == os.getpid())
sys.stderr.write(sys.stdin.readline())
sys.exit(7)
"""


@pytest.mark.parametrize("arguments", ["why --help", "list nobody"])
def test_it_prints_the_same_and_ends_with_the_same_code(arguments: str, demo: DemoServer, tmp_path: Path) -> None:
    env, words = signed_in(demo, tmp_path), arguments.split()
    assert can_be_forked([PROGRAM, *words], env)
    forked, installed = program(env, tmp_path, *words), executed([PROGRAM, *words], env, tmp_path)
    for name in ("returncode", "stdout", "stderr"):
        assert getattr(forked, name) == getattr(installed, name)


def test_it_draws_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, "stands on the screen"]}')
    seen = []
    for new in (False, True):
        with Terminal([PROGRAM, "view", str(path)], environment(str(tmp_path)), new=new) as terminal:
            # The last things that the screen says once the whole document has been read.
            terminal.until_text("▾ a", "stands on the screen", "2 items · ln 2", "y copy", "quit")
            text = terminal.text
            terminal.send("q")
            seen.append((text, terminal.wait()[0]))
    assert seen[0] == seen[1]


def test_code_has_streams_an_environment_and_a_folder_of_its_own(tmp_path: Path) -> None:
    env = environment(str(tmp_path))
    env.pop("PYTEST_CURRENT_TEST", None)
    forked = Forked(["-c", "word"], env, tmp_path, code=TELLS, session=True)
    out, err = forked.communicate("typed\n", timeout=DEADLINE)
    done = subprocess.run(
        [sys.executable, "-c", TELLS, "word"],
        env=env,
        cwd=tmp_path,
        input="typed\n",
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (forked.returncode, out, err) == (done.returncode, done.stdout, done.stderr)
    assert done.returncode == 7


def test_how_it_ended_is_known() -> None:
    with Forked(["-c"], code="import sys; sys.stdin.readline(); raise ValueError('mine')") as process:
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0)
        _out, err = process.communicate("\n")
        assert process.returncode == 1
        assert err.endswith("ValueError: mine\n")
    with Forked(["-c"], code="import sys; sys.stdin.readline()") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM


@pytest.mark.parametrize("extra", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}, {"TEXTUAL_DRIVER": "x:y"}])
def test_what_is_read_at_the_start_needs_a_start(extra: dict[str, str], tmp_path: Path) -> None:
    assert not can_be_forked([PROGRAM], environment(str(tmp_path), extra))
