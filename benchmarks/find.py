"""A search in the specs of many agents, compared with the server's own time: `python benchmarks/find.py [--agents N]`.

The server runs in a process of its own, has specs of 20 KB, and takes `--delay` milliseconds for each response. The
floor is the time in which eight connections read the same responses and do nothing with them. The first search may
take three times as long. A second search in the same run reads only the list; its bar is five seconds for 5,000
agents. Meanwhile, a thread that wakes up every few milliseconds, as the UI thread does, notes how late it is.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from terminal import bar, demo, options, percentile

from astro_tui.document import DocumentQuery
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.finding import Search
from astro_tui.presentation.scope import scope_of
from astro_tui.session.agent import Agents
from astro_tui.session.finding import Finder

ACCOUNT = "meridian-labs"
SIZE = 20_000
CONNECTIONS = 8
NAP = 0.002
FIRST = ".agent.image ~ agent-1"
SECOND = "v:re:needle-[0-9]+"


def spec(number: int) -> dict[str, Any]:
    """Return a spec of about `SIZE` bytes, like those of the platform."""
    chance, models = random.Random(number), dict[str, Any]()
    made = {"spec": "deployment/v1", "agent": {"image": f"registry.example/agent-{number}:1"}, "models": models}
    while len(json.dumps(models)) < SIZE:
        name = f"model-{len(models)}"
        models[name] = {
            "image": f"ollama/ollama:0.{chance.randrange(90)}",
            "replicas": 1,
            "resources": {"cpu": f"{chance.randrange(9)}00m", "memory": f"{chance.randrange(1, 64)}Gi"},
            "environment": {f"OPTION_{option}": f"value-{chance.randrange(100)}" for option in range(6)}
            | {"DB_PASSWORD": f"{chance.getrandbits(60):015x}", "URL": f"https://{name}.example/v1"},
            "endpoints": {"http": {"port": 8080, "protocol": "http"}},
        }
    return made


@contextmanager
def serving(agents: int, delay: int = 0) -> Iterator[Mapping[str, str]]:
    """Run a demo platform with this many large agents, which waits `delay` milliseconds before it responds."""
    rows = [{"name": f"large-{number:05}", "spec": spec(number), "steady": True} for number in range(agents)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "large.json").write_text(json.dumps({"agents": rows}))
        with demo("--frozen", "--stories", folder, "--delay", str(delay / 1000)) as environment:
            yield environment


def floor(environment: Mapping[str, str], paths: list[str]) -> float:
    """Return the seconds in which a few connections read these paths."""
    waiting: SimpleQueue[str] = SimpleQueue()
    for path in paths:
        waiting.put(path)
    host = environment["ASTRO_SERVER_URL"].removeprefix("http://")
    headers = {"Authorization": f"Bearer {environment['ASTRO_ACCESS_TOKEN']}"}

    def work() -> None:
        connection = HTTPConnection(host)
        while True:
            try:
                path = waiting.get_nowait()
            except Empty:
                return connection.close()
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


@contextmanager
def naps(late: list[float]) -> Iterator[None]:
    """Note by how many milliseconds a thread wakes up too late."""
    done = threading.Event()

    def sleep() -> None:
        while not done.is_set():
            due = time.perf_counter() + NAP
            time.sleep(NAP)
            late.append((time.perf_counter() - due) * 1000)

    thread = threading.Thread(target=sleep)
    thread.start()
    yield
    done.set()
    thread.join()


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds, and the seconds of processor time."""
    started, used = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - started, time.process_time() - used


def main() -> int:
    """Measure, print the results, and return whether the bars are met."""
    chosen = options(__doc__, 1, agents=500, delay=30)
    count = chosen.agents
    late: list[float] = []
    DocumentQuery.parse("re:warm-up")
    with serving(count, chosen.delay) as environment:
        platform = Platform(environment["ASTRO_SERVER_URL"], environment["ASTRO_ACCESS_TOKEN"])
        agents, paths = Agents(platform), list[str]()
        platform.deployments(ACCOUNT, call=Call())
        platform.observe(lambda sent: paths.append(sent.request.partition(" ")[2]))
        searches = [Finder(agents, scope_of(ACCOUNT), Search.parse(text)) for text in (FIRST, SECOND)]
        with naps(late):
            first, used = timed(lambda: list(searches[0].run(Call())))
        requests = len(paths)
        second, again = timed(lambda: list(searches[1].run(Call())))
        assert len(paths) == requests + 1, "the second search reads only the list"
        least = floor(environment, paths[:requests])
        platform.close()
    print(f"{searches[0].words}; {requests:,} requests")
    print(
        f"floor {least:.2f} s; first {first:.2f} s ({used:.2f} of the processor); second {second:.2f} s ({again:.2f})"
    )
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    bar("first search / floor", first / least, 3)
    bar(f"second search, for 5,000 of {count:,} agents", second * 5000 / count, 5, " s")
    bar("a thread wakes up late, p95", percentile(late, 0.95), 16, " ms")
    return 0 if first <= 3 * least and second * 5000 / count <= 5 else 1


if __name__ == "__main__":
    sys.exit(main())
