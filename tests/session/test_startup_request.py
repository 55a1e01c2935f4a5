"""The first request: the same response or error from a child process as from a thread, and no child left behind."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.deadline import DEADLINE
from support.logins import NoKeyring

from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.identity import DemoIdentity
from astro_tui.platform.client import Call, Platform
from astro_tui.session.startup_request import StartupRequest

LIST = "/deployments?account=meridian-labs"
IN_A_CHILD = """
import sys, threading
from astro_tui.platform.client import Platform
from astro_tui.session.startup_request import StartupRequest
from astro_tui.errors import Check, Retry, RunCommand, SignIn, PlatformError

request = StartupRequest(lambda: Platform(sys.argv[1], sys.argv[2] or None), "meridian-labs").start()
assert "httpx" not in sys.modules
try:
    answer = request.take(sys.argv[3])
    print("answer", answer.request, len(answer.body))
except PlatformError as error:
    print("error", error.kind.value, error.status, error.request, error.remedies)
assert "httpx" not in sys.modules, "the child was to load it"
assert request.take("/me") is None
request.observe(lambda sent: print("sent", sent.request, sent.outcome))
request.observe(lambda sent: print("again"))
"""
WITH_A_LOGIN = """
import sys
from astro_tui.auth.lazy_tokens import LazyTokens
from astro_tui.platform.client import Platform
from astro_tui.state.settings import Settings
from astro_tui.session.startup_request import StartupRequest

tokens = LazyTokens(Settings(server=sys.argv[1]))
platform = Platform(sys.argv[1], tokens)
request = StartupRequest(lambda: platform, "meridian-labs").start()
assert platform.signed_in
print(len(request.take(sys.argv[2]).body) > 1000)
loaded = {"astro_tui.auth.tokens", "astro_tui.auth.own_login", "keyring", "httpx"} & set(sys.modules)
print(loaded, list(tokens.hidden()), len(platform.deployments("harborline").rows), len(tokens.hidden()))
"""
PAUSES = """
import sys
from astro_tui.platform.client import Call, Platform
from astro_tui.session.startup_request import StartupRequest

request = StartupRequest(lambda: Platform(sys.argv[1], sys.argv[2]), "meridian-labs").start()
told = []
answer = request.take(sys.argv[3], Call(waiting=lambda reason, seconds: told.append((reason, round(seconds)))))
print(told, answer is not None)
"""
QUIT_EARLY = """
import os, sys
from astro_tui.platform.client import Platform
from astro_tui.session.startup_request import StartupRequest

request = StartupRequest(lambda: Platform(sys.argv[1], sys.argv[2]), "meridian-labs")
child, reading = request._fork()
print(child, flush=True)
sys.stdin.readline()
os._exit(0)
"""


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(frozen=True) as server:
        yield server


@pytest.fixture
def platform(demo: DemoServer) -> Iterator[Platform]:
    made = Platform(demo.url, demo.token)
    yield made
    made.close()


def in_a_child(demo: DemoServer, token: str) -> str:
    command = [sys.executable, "-c", IN_A_CHILD, demo.url, token, LIST]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert not done.stderr
    assert done.returncode == 0
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here; the thread is tested everywhere")
def test_a_child_process_delivers_the_response(demo: DemoServer, platform: Platform) -> None:
    body = platform.fetch(LIST).body
    assert in_a_child(demo, demo.token) == f"answer GET /api/v1{LIST} {len(body)}\nsent GET /api/v1{LIST} ok"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here; the thread is tested everywhere")
def test_a_child_process_delivers_the_error(demo: DemoServer) -> None:
    told = in_a_child(demo, "wrong")
    assert told.startswith(f"error signed out 401 GET /api/v1{LIST} ")
    assert "wrong" not in told
    assert told.endswith(f"\nsent GET /api/v1{LIST} signed out")


def test_a_thread_delivers_the_same(platform: Platform) -> None:
    request = StartupRequest(lambda: platform, "meridian-labs")
    request._fetch(request.connect())
    answer = request.take(LIST)
    assert answer is not None
    assert answer.body == platform.fetch(LIST).body
    found = request.arrived
    assert found is not None
    assert found.account == "meridian-labs"
    assert [entry.deployment for entry in found.entries] == sorted(
        platform.deployments("meridian-labs", response=answer).rows, key=lambda row: (row.label.casefold(), row.id)
    )


def test_if_the_child_sends_nothing_the_thread_sends_the_request(platform: Platform) -> None:
    request = StartupRequest(lambda: platform, "meridian-labs")
    reading, writing = os.pipe()
    os.close(writing)
    gone = subprocess.Popen(["true"])
    request._listen(gone.pid, reading)
    answer = request.take(LIST)
    assert answer is not None
    gone.wait()


class BugError(Exception):
    """No failure that the program expects."""


def test_after_a_bug_in_the_thread_the_screen_sends_its_own_request(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise BugError

    monkeypatch.setattr(platform, "fetch", broken)
    request = StartupRequest(lambda: platform, "meridian-labs")
    with pytest.raises(BugError):
        request._fetch(platform)
    # Otherwise `take` would wait forever.
    assert request._done.is_set()
    assert request.take(LIST) is None
    assert request.arrived is None


def test_after_a_bug_in_the_child_the_screen_sends_its_own_request(platform: Platform) -> None:
    request = StartupRequest(lambda: platform, "meridian-labs")
    reading, writing = os.pipe()
    os.write(writing, pickle.dumps((LIST, "no outcome", None)))
    os.close(writing)
    gone = subprocess.Popen(["true"])
    with pytest.raises(AttributeError):
        request._listen(gone.pid, reading)
    # Otherwise `take` would wait forever.
    assert request._done.is_set()
    assert request.take(LIST) is None
    # No process is left behind.
    with pytest.raises(ChildProcessError):
        os.waitpid(gone.pid, 0)
    gone.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here; the thread is tested everywhere")
def test_the_child_reports_a_pause(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.rate_limited(1), count=1)
    command = [sys.executable, "-c", PAUSES, demo.url, demo.token, LIST]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.stdout.splitlines() == ["[('rate limited', 1)] True"], done.stderr


def test_a_thread_reports_a_pause_and_can_be_canceled(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.rate_limited(20))
    platform = Platform(demo.url, demo.token)
    request = StartupRequest(lambda: platform, "meridian-labs")
    asking = threading.Thread(target=request._fetch, args=(platform,))
    asking.start()
    call = Call()
    told = []

    def waiting(reason: str, seconds: float) -> None:
        told.append((reason, 19 < seconds <= 20))
        call.abort()

    call.waiting = waiting
    assert request.take(LIST, call) is None
    assert told == [("rate limited", True)]
    platform.close()
    asking.join(DEADLINE)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here; the thread is tested everywhere")
def test_the_child_ends_with_the_program(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.hang())
    command = [sys.executable, "-c", QUIT_EARLY, demo.url, demo.token, LIST]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin
        assert program.stdout
        child = int(program.stdout.readline())
        watch = os.pidfd_open(child)
        program.stdin.write("\n")
        program.stdin.flush()
        program.wait(DEADLINE)
    import select

    assert select.select([watch], [], [], 5)[0], "the child still waits for the server"
    os.close(watch)


def test_a_stored_login_is_read_by_the_child_alone(tmp_path: Path) -> None:
    with DemoIdentity() as identity, DemoServer(frozen=True, identity=identity) as demo:
        told = identity.tokens()
        own = OwnLogin(demo.url, folder=tmp_path / "astro-tui", keyring=NoKeyring())
        own.sign_in(Login(told["access_token"], told["refresh_token"], server=demo.url))
        done = subprocess.run(
            [sys.executable, "-c", WITH_A_LOGIN, demo.url, LIST],
            env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout.splitlines() == ["True", "set() [] 3 2"], done.stderr
