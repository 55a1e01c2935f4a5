"""Large responses: the longest wait for a key and the peak memory of each case, `python benchmarks/large.py [CASE …]`.

Each case serves one large response from a server process, runs the real program in a 120x40 terminal, and presses the
keys of its script. After each of these keys, it presses more keys back to back for a while, so that a thread that holds
the interpreter's lock shows up as a wait. A wait is the time from a key to the first output after it. The extra keys
always draw something: `j` draws nothing while a text is prepared, and the next output would be that text. The
next key of the script is pressed once the text is there. The memory of a case is the peak of the process above that of
the same script on a tiny response, divided by the size of the response.

The bars: no key waits for more than 100 ms, and the peak is at most 5 times the size. On a busy machine, a key may wait
only for the processor, so a wait counts as at most the processor time that the program used meanwhile. The processor
time of the UI thread from a key to the next output has the same bar: what it computes itself delays a key on any
machine. A case is repeated (at most `-n` times) until it meets the bars. For each key of the script, the best run
counts, because a busy machine delays a different key each time. The tiny response is measured, too, and so is the
largest additional wait compared with it, which is the cost of the size.

`--shell` measures the commands `show`, `view`, `diff`, and `list` instead: seconds, and the peak memory.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.server
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from terminal import Terminal, astro_tui, bar, table

MB = 1_000_000
WAIT_BAR, MEMORY_BAR = 100.0, 5.0
AFTER = 1.2
"""Seconds during which more keys are pressed after a key of the script."""
PATIENCE = 0.5
"""Seconds to wait for output before a key counts as having no effect."""
PREPARING = ("loading…", "converting to YAML…")
"""What the program shows while a thread prepares a text."""
SHOWN = "tn"
"""Keys that always draw something: other times in the first row, and the next match."""
KEY = "big-one-000"
PAGE = "/api/v1/agents/acme/big"

# ---------------------------------------------------------------------------------------------------- responses


def row(number: int = 0) -> dict[str, Any]:
    return {
        "id": KEY if not number else f"row-{number:06}",
        "name": "big" if not number else f"agent-{number:06}",
        "display_name": "Big" if not number else f"Agent number {number}",
        "build_id": "b1",
        "latest_build_id": "b1",
        "status": "active",
        "namespace": "astro-big-0",
        "account_name": "acme",
        "created_at": "2026-11-26T03:56:49Z",
        "updated_at": "2026-11-26T03:56:49Z",
        "deployed_by": "user_01",
        "external_urls": [],
    }


def revision(number: int, *, current: bool) -> dict[str, Any]:
    return {
        "id": KEY,
        "agent_name": "big",
        "revision": number,
        "build_id": f"{number:08x}",
        "namespace": "astro-big-0",
        "display_name": "Big",
        "is_current": current,
        "status": "active" if current else "undeployed",
        "deployed_at": "2026-11-24T00:56:51Z",
        "spec": {},
        "deployed_by": "user_01",
        "source": "github",
        "commit_sha": f"{number * 7919:012x}",
        "branch": "main",
        "commit_message": f"Change number {number}",
        "repo_full_name": "acme/big",
    }


def record(spec: str) -> str:
    return (
        f'{{"id":"{KEY}","agent_name":"big","build_id":"b1","namespace":"astro-big-0","status":"active",'
        f'"deployed_at":"2026-11-24T00:56:51Z","spec":{spec}}}'
    )


def responses(
    spec: str = '{"one":1,"two":"2"}',
    *,
    old: str = "",
    revisions: int = 2,
    agents: int = 1,
    error: str = "",
    readme: str = "# Big",
) -> dict[str, str]:
    """Return path → JSON of everything the program requests."""
    history = [revision(number, current=number == revisions) for number in range(revisions, 0, -1)]
    detail = row() | {"error_message": error, "workloads": [], "replicas": 1, "components": ["agent"]}
    issue = {"workload": "agent", "phase": "failed", "reason": "Error", "message": error, "title": error}
    state = {"value": "failed" if error else "active", "reason": "x", "details": error, "error_message": error}
    build = {"build_id": "b1", "spec": {}, "readme": readme, "published_at": "2026-11-20T14:56:51Z"}
    return {
        "/api/v1/me": json.dumps(
            {"user": {"id": "user_01"}, "accounts": [{"id": "a1", "name": "acme", "type": "personal"}]}
        ),
        "/api/v1/deployments": json.dumps({"deployments": [row(number) for number in range(agents)]}),
        f"/api/v1/deployments/{KEY}": json.dumps({"deployment": detail}),
        f"/api/v1/deployments/{KEY}/status": json.dumps(state | ({"failed_on": [issue]} if error else {})),
        f"{PAGE}/deployment": record(spec),
        f"{PAGE}/deployment/history": json.dumps({"deployments": history}),
        f"{PAGE}/deployment-template": f'{{"template":{old or spec}}}',
        PAGE: json.dumps({"account": "acme", "name": "big", "visibility": "public", "versions": [build]}),
        "/api/v1/agents": json.dumps(
            {"agents": [{"account": "acme", "name": "big", "visibility": "public", "versions": [build]}], "count": 1}
        ),
        "/api/v1/deployments/summary": '{"accounts":[]}',
    }


def chance(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def one(value: str, *, key: str = "value") -> str:
    """Return a spec with one large value between two small ones."""
    return json.dumps({"before": 1, key: value, "after": {"inner": 2}}, ensure_ascii=False)


def words(size: int) -> str:
    return ("the quick brown fox jumps over the lazy dog " * (size // 44 + 1))[:size]


def nested(size: int) -> str:
    inner = json.dumps([{"id": number, "name": f"item {number}"} for number in range(size // 36)])
    return json.dumps({"items": json.loads(inner)})


def deep(size: int, depth: int = 400) -> str:
    piece = '{"a":' * depth + "1" + "}" * depth
    return '{"before":1,"list":[' + ",".join([piece] * (size // (6 * depth))) + "]}"


def lines(size: int) -> str:
    return "".join(f"2026-11-26T03:56:49Z worker {number} did something\n" for number in range(size // 48))


# -------------------------------------------------------------------------------------------------------- cases


class Case(NamedTuple):
    """What is served, what is opened, and which keys are pressed. `probes` are keys with a visible effect."""

    bodies: Mapping[str, str]
    keys: Sequence[str]
    target: tuple[str, ...] = ("acme/big",)
    probes: str = "ntjk"


SPEC_KEYS = ("", "j", "w", "w", "v", "f", "page down", "end", "f", "v", "r", "m", "G", "m", "m", "/", "zq", "enter")
COPY_KEYS = (*SPEC_KEYS, "escape", "g", "j", "y", "y", "y", "d", "W")
PATH_KEYS = (*COPY_KEYS, "escape", "y", "k", "y", "p", "y", "b")
HISTORY_KEYS = ("", "H", "j", "end", "home", "space", "d", "escape", "r", "escape")


def cases() -> dict[str, Case]:
    ten, sixty = 10 * MB, 60 * MB
    numbers = "[" + ",".join(map(str, range(sixty // 8))) + "]"
    wide = json.dumps({f"key-{number:07}": number for number in range(ten // 22)})
    texts = json.dumps({"list": [words(2_000) + str(number) for number in range(ten // 2_000)]})
    old = one(words(ten - 100) + "x")
    return {
        "plain string": Case(responses(one("x" * ten)), COPY_KEYS),
        "words": Case(responses(one(words(ten))), COPY_KEYS),
        "base64 of text": Case(responses(one(base64.b64encode(words(ten * 3 // 4).encode()).decode())), COPY_KEYS),
        "base64 of chance": Case(responses(one(base64.b64encode(chance(ten * 3 // 4)).decode())), COPY_KEYS),
        "lines": Case(responses(one(lines(ten))), COPY_KEYS),
        "control characters": Case(responses(one("a\x1b[31m\x00\x07" * (ten // 20))), COPY_KEYS),
        "wide characters": Case(responses(one("漢字" * (ten // 6))), COPY_KEYS),
        "emoji": Case(responses(one("👩‍👩‍👧 " * (ten // 19))), COPY_KEYS),
        "JSON in a string": Case(responses(one(nested(ten))), COPY_KEYS),
        "escapes": Case(responses(one('"\\' * (ten // 4))), COPY_KEYS),
        "secrets": Case(responses(one("password=hunter2hunter2 " * (ten // 24))), COPY_KEYS),
        "huge key": Case(responses(one("v", key="k" * ten)), PATH_KEYS),
        "huge key with an emoji": Case(responses(one("v", key="k" * ten + "👩")), PATH_KEYS),
        "long strings": Case(responses(texts), (*COPY_KEYS, "=", "end", "home")),
        "deep": Case(responses(deep(ten)), (*COPY_KEYS, "=", "end", "home")),
        "wide object": Case(responses(wide), (*COPY_KEYS, "=", "end", "home")),
        "numbers": Case(responses(numbers), (*COPY_KEYS, "=", "end", "home")),
        "numbers in an object": Case(responses(f'{{"a":1,"list":{numbers}}}'), (*COPY_KEYS, "=", "end", "home")),
        "history": Case(responses(revisions=100_000), HISTORY_KEYS),
        "diff of strings": Case(responses(one(words(ten)), old=old), (*HISTORY_KEYS, "D", "escape"), probes="tjk"),
        "agents": Case(responses(agents=50_000), ("", "/", "9", "9", "enter", "end", "home", "r"), ("acme",), "tjk"),
        "error message": Case(responses(error=lines(ten)), ("", "2", "end", "1", "r", "escape")),
        "error in one line": Case(responses(error="x" * ten), ("", "2", "end", "1", "r", "escape")),
        "readme": Case(
            responses(readme=lines(ten)), ("", "end", "home", "r", "y", "t"), ("catalog", "acme/big"), "tjk"
        ),
        "readme in one line": Case(
            responses(readme=words(ten)), ("", "end", "home", "r", "y", "t"), ("catalog", "acme/big"), "tjk"
        ),
    }


# ------------------------------------------------------------------------------------------------------- server


def serve(folder: Path) -> None:
    """Serve the files of a folder, mapped to paths in `index.json`, and print the port."""
    bodies = {
        path: (folder / name).read_bytes() for path, name in json.loads((folder / "index.json").read_text()).items()
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = bodies.get(urlsplit(self.path).path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"{}")))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body or b"{}")

        do_POST = do_GET  # noqa: N815  the name is the library's

        def log_message(self, *_arguments: object) -> None:
            """Log nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(server.server_address[1], flush=True)
    server.serve_forever()


@contextlib.contextmanager
def serving(bodies: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run the server in its own process. Yields the environment to reach it."""
    with tempfile.TemporaryDirectory() as folder:
        names = {path: f"{number}.json" for number, path in enumerate(bodies)}
        for path, name in names.items():
            (Path(folder) / name).write_text(bodies[path])
        (Path(folder) / "index.json").write_text(json.dumps(names))
        command = [sys.executable, __file__, "--serve", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = f"http://127.0.0.1:{int(process.stdout.readline())}"
                home = str(Path(folder) / "home")
                Path(home).mkdir()
                yield {
                    "ASTRO_SERVER_URL": url,
                    "ASTRO_ACCESS_TOKEN": "example",
                    "ASTRO_ACCOUNT": "acme",
                    "HOME": home,
                    "XDG_STATE_HOME": home,
                }
            finally:
                process.kill()


# ---------------------------------------------------------------------------------------------------- measuring


def peak(pid: int) -> float:
    """Return the peak memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024.0
    return 0.0


class Wait(NamedTuple):
    """How long one key took, in milliseconds, and the key of the script before it."""

    shown: float = 0.0
    """Until something was drawn."""
    interface: float = 0.0
    """The processor time of the thread that handles keys and draws, meanwhile."""
    after: str = ""

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.shown, self.interface)


def wait_for(terminal: Terminal, key: str, patience: float, after: str, *, shows: bool = True) -> Wait:
    """Press a key. A key that draws nothing within `patience` seconds, or that may draw nothing, took no time.

    If other programs keep the machine busy, a wait is the processor time that the program used meanwhile.
    """
    before, interface = terminal.processor(), terminal.interface()
    shown = terminal.first(key, patience)
    used = terminal.interface() - interface
    return Wait(0.0 if shown is None or not shows else min(shown, terminal.processor() - before), used, after)


def until_prepared(terminal: Terminal) -> None:
    """Wait until no thread prepares a text."""

    def prepared() -> bool:
        return not any(word in terminal.text for word in PREPARING)

    terminal.draw()
    if not prepared():
        terminal.until(prepared, "the text")


def measured(environment: Mapping[str, str], case: Case, *, verbose: bool = False) -> tuple[list[Wait], float]:
    """Run the script of a case; return the longest waits after each of its keys and the peak in bytes."""
    found: list[Wait] = []
    with Terminal(astro_tui(*case.target), environment) as terminal:
        for number, key in enumerate(case.keys):
            waits = []
            name = key or "(open)"
            if key:
                waits.append(wait_for(terminal, key, 3.0 if key not in ("y", "W", "k", "p", "b") else PATIENCE, name))
            else:
                # Earlier keys would wait for startup, whatever the size.
                terminal.until_text("1 spec" if case.target == ("acme/big",) else "acme")
            if key == "escape":
                # Escape with a key right after it would be read as Alt and that key.
                terminal.settle(0.2)
            pressed = case.keys[: number + 1]
            typing = "/" in pressed and "enter" not in pressed
            # Without a search, `n` has no effect to wait for.
            probes = case.probes if "enter" in pressed else case.probes.replace("n", "")
            end = time.perf_counter() + (AFTER if key else 3 * AFTER)
            while time.perf_counter() < end and not typing and key != "y":
                waits.extend(
                    wait_for(terminal, probe, 3.0 if probe == "n" else PATIENCE, name, shows=probe in SHOWN)
                    for probe in probes
                )
            until_prepared(terminal)
            shown = max((wait.shown for wait in waits), default=0.0)
            interface = max((wait.interface for wait in waits), default=0.0)
            if verbose:
                most = peak(terminal.pid) / MB
                print(f"    {name:12} {shown:8.1f} ms {interface:8.1f} ms {most:8.1f} MB", flush=True)
            found.append(Wait(shown, interface, name))
        memory = peak(terminal.pid)
    return found, memory


def longest(waits: Sequence[Wait]) -> Wait:
    """Return the longest waits of a script, and the key with the worst of them."""
    shown, interface = max(wait.shown for wait in waits), max(wait.interface for wait in waits)
    return Wait(shown, interface, max(waits, key=lambda each: each.worst).after)


def report(names: Sequence[str], count: int, *, verbose: bool) -> None:
    """Measure the cases and print them with their bars."""
    known = cases()
    chosen = {name: case for name, case in known.items() if not names or any(name.startswith(each) for each in names)}
    rows: list[list[str | float]] = []
    floors: dict[tuple[str, ...], float] = {}
    usual: dict[tuple[str, ...], list[Wait]] = {}
    for name, case in chosen.items():
        script = (*case.target, *case.keys)
        if script not in floors:
            with serving(responses()) as environment:
                usual[script], floors[script] = measured(environment, case)
                rows.append([f"(tiny, for {name})", *longest(usual[script]), "", floors[script] / MB, ""])
        size = max(len(body.encode()) for body in case.bodies.values())
        if verbose:
            print(name)
        with serving(case.bodies) as environment:
            best, most = [Wait(WAIT_BAR * 1000, WAIT_BAR * 1000)] * len(case.keys), 0.0
            for _round in range(count):
                waits, memory = measured(environment, case, verbose=verbose)
                most = max(most, memory)
                best = [
                    Wait(min(old.shown, new.shown), min(old.interface, new.interface), new.after)
                    for old, new in zip(best, waits, strict=True)
                ]
                if longest(best).worst <= WAIT_BAR:
                    break
        more = max(wait.worst - tiny.worst for wait, tiny in zip(best, usual[script], strict=True))
        rows.append([name, *longest(best), more, most / MB, f"{(most - floors[script]) / size:.1f}"])
        print("  ".join(str(cell) for cell in rows[-1]), flush=True)
    table(("case", "worst wait, ms", "interface, ms", "after", "more than tiny", "peak, MB", "times the size"), rows)
    large = [line for line in rows if line[6]]
    bar("worst wait of a key", max(float(line[1]) for line in large), WAIT_BAR, " ms")
    bar("worst of the interface's thread", max(float(line[2]) for line in large), WAIT_BAR, " ms")
    bar("peak memory, times the size", max(float(line[6]) for line in large), MEMORY_BAR)


LAUNCHER = """\
import os, sys
discard = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=discard)
_pid, status, used = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""


def peak_of(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, float]:
    """Run a command without output; return its exit code and its peak memory in bytes.

    A small process starts it: the system counts the peak of the process that starts a command as the command's own.
    """
    ran = subprocess.run(
        [sys.executable, "-IS", "-c", LAUNCHER, *command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    code, memory = map(int, ran.stdout.split())
    return code, memory * 1024.0


def report_shell(names: Sequence[str]) -> None:
    """Print the time and peak memory of the shell commands."""
    rows: list[list[str | float]] = []
    floors: dict[str, float] = {}
    for name, case in {"tiny": Case(responses(), ()), **cases()}.items():
        if names and name != "tiny" and not any(name.startswith(each) for each in names):
            continue
        size = max(len(body.encode()) for body in case.bodies.values())
        with serving(case.bodies) as environment, tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / "old.json", Path(folder) / "new.json"]
            for file, path in zip(files, (f"{PAGE}/deployment-template", f"{PAGE}/deployment"), strict=True):
                file.write_text(case.bodies[path])
            for words_of in (("show", "acme/big"), ("view", str(files[1])), ("diff", *map(str, files)), ("list",)):
                started = time.perf_counter()
                status, memory = peak_of(astro_tui(*words_of), environment)
                floor = floors.setdefault(words_of[0], memory)
                ratio = f"{max(0.0, memory - floor) / size:.1f}" if name != "tiny" else ""
                took = time.perf_counter() - started
                code = str(status)
                rows.append([name, words_of[0], code, took, memory / MB, ratio])
                print("  ".join(str(cell) for cell in rows[-1]), flush=True)
    table(("case", "command", "exit", "seconds", "peak, MB", "times the size"), rows)
    bar("peak memory, times the size", max(float(line[5]) for line in rows if line[5]), MEMORY_BAR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="run cases whose names begin with this")
    parser.add_argument("-n", type=int, default=3, metavar="ROUNDS", help="run each case at most this often (3)")
    parser.add_argument("--shell", action="store_true", help="measure the shell commands")
    parser.add_argument("--verbose", action="store_true", help="print the longest wait after each key")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if chosen.serve is not None:
        serve(chosen.serve)
    elif chosen.shell:
        report_shell(chosen.cases)
    else:
        report(chosen.cases, chosen.n, verbose=chosen.verbose)


if __name__ == "__main__":
    main()
