"""Logs under load: whether every line arrives, and what that costs: `python benchmarks/logs.py`.

The demo platform runs in its own process. Its lines are numbered, so a tally proves that none is lost or duplicated.
Some parts take minutes. Name the ones to run: `python benchmarks/logs.py received endless`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.tally import Tally
from terminal import Terminal, astro_tui, bar, demo, median, percentile, set_fault

from astro_tui.demo.volume import ACCOUNT, GROUP, ID, NAME, NUMBERS, WORKLOAD, id_of
from astro_tui.logs.follower import Follower
from astro_tui.logs.following import FollowPhase, FollowState, Gap
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.platform.client import Platform
from astro_tui.session.routes import LogsRoute

RATE = 20_000
AGENTS = 12
ENDLESS = 40 * 2**20
PATIENCE = 60.0
"""Seconds to wait for something that must happen soon."""
SETTLED = 240.0
"""Seconds to wait after the last reset for the report that its gap was closed."""
_SECOND = 1.0
_STREAM = f"/deployments/{ID}/logs/stream"


class Counting:
    """A sink that counts. `latest` is the time of the newest line, in Unix nanoseconds.

    `delays` has how long each of the newest lines took to get here, and `retries` how long each reconnect took.
    """

    def __init__(self) -> None:
        self.tally, self.gaps, self.states = Tally(), list[Gap](), list[FollowState]()
        self.latest, self.calls, self.news = 0, 0, threading.Condition()
        self.delays, self.retries = list[float](), list[float]()
        self._lost_at, self.live_ns = 0.0, 0

    def add(self, _source: LogSource, lines: Sequence[LogLine]) -> None:
        """Count lines."""
        now = time.time()
        for line in lines:
            self.tally.add(line.message, line.ns)
        with self.news:
            self.calls += 1
            if lines and lines[-1].ns > self.latest:
                self.latest = lines[-1].ns
                self.delays.append(now - self.latest / 1e9)
            self.news.notify_all()

    def report(self, _source: LogSource, state: FollowState) -> None:
        """Keep a state."""
        with self.news:
            if state.phase is FollowPhase.LIVE and not self.live:
                self.live_ns = time.time_ns()
            if state.phase is FollowPhase.LIVE and self._lost_at:
                self.retries.append(time.monotonic() - self._lost_at)
                self._lost_at = 0.0
            elif state.phase is FollowPhase.WAITING and not self._lost_at:
                self._lost_at = time.monotonic()
            self.states.append(state)
            self.news.notify_all()

    def joined(self, _source: LogSource, gap: Gap) -> None:
        """Keep a gap."""
        with self.news:
            self.gaps.append(gap)
            self.news.notify_all()

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is true. Raises RuntimeError if it does not happen."""
        with self.news:
            if not self.news.wait_for(condition, patience):
                raise RuntimeError(f"not seen: {what}; {self.states[-3:]}")

    def joins_after(self, ns: int) -> bool:
        """Whether the gap before a time is closed."""
        return any(gap.end_ns >= ns - 10**9 for gap in self.gaps)

    @property
    def live(self) -> bool:
        """Whether the stream is connected."""
        return bool(self.states) and self.states[-1].phase is FollowPhase.LIVE


@contextlib.contextmanager
def following(environment: Mapping[str, str], tail: int = 500) -> Iterator[Counting]:
    """Follow the large log in this process."""
    platform = Platform(environment["ASTRO_SERVER_URL"], environment["ASTRO_ACCESS_TOKEN"])
    sink = Counting()
    follower = Follower(platform, LogSource(ID, WORKLOAD), sink, tail=tail)
    follower.start()
    try:
        yield sink
    finally:
        follower.stop()
        platform.close()


def processor() -> float:
    """Return the processor time of this process in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def verdict(what: str, tally: Tally) -> None:
    """Print whether each line arrived exactly once."""
    lost, more = tally.result()
    bar(f"{what}: lost of {tally.lines:,} lines", lost, 0)
    bar(f"{what}: duplicated", more, 0)
    bar(f"{what}: changed", tally.others, 0)


# ---- parts


def received(options: argparse.Namespace) -> None:
    """Follow for some seconds without any disturbance."""
    with demo("--volume", str(options.rate)) as environment, following(environment) as sink:
        sink.until(lambda: sink.live and sink.tally.lines > options.rate, "the first second")
        begun, used, lines, calls = time.monotonic(), processor(), sink.tally.lines, sink.calls
        time.sleep(options.seconds)
        took, used = time.monotonic() - begun, processor() - used
        count = sink.tally.lines - lines
        delays = sorted(sink.delays[-(sink.calls - calls) :])
    print(f"{count / took:,.0f} lines/s, {used / count * 1e6:.1f} µs of processor per line with counting it")
    print(f"{count / max(1, sink.calls - calls):,.0f} lines per call of the sink")
    bar("received: seconds behind, p95", delays[int(len(delays) * 0.95)], 1, " s")
    verdict("received", sink.tally)


def resets(options: argparse.Namespace) -> None:
    """Follow while the stream is reset again and again, and the list lags behind it."""
    with demo(*_resets(options)) as environment, following(environment) as sink:
        begun, used = time.monotonic(), processor()
        time.sleep(options.resets * options.every)
        took, used = time.monotonic() - begun, processor() - used
        print(f"{len(sink.retries)} of {options.resets} resets seen, {used / took * 100:.0f} % of a core")
        sink.until(lambda: sink.live, "the stream after the last reset")
        begun = time.monotonic()
        with sink.news:
            sink.news.wait_for(lambda: sink.joins_after(sink.live_ns), SETTLED)
        print(f"{time.monotonic() - begun:.0f} s from the last reset until its gap was closed")
        for reason, count in Counter(gap.reason for gap in sink.gaps if not gap.complete).items():
            print(f"{count} joins: {reason}")
        bar("resets: joins with something missing", sum(not gap.complete for gap in sink.gaps), 0)
        print(f"{len(sink.gaps)} joins, {sum(gap.recovered for gap in sink.gaps):,} lines recovered")
        bar("resets: seconds until the stream is there again, p95", percentile(sink.retries, 0.95), 1.5, " s")
    verdict("resets", sink.tally)


def _resets(options: argparse.Namespace) -> list[str]:
    return [
        *("--volume", str(options.rate)),
        *("--volume-lag", str(options.lag)),
        *("--volume-resets", str(options.every)),
        *("--volume-reset-count", str(options.resets)),
    ]


def endless(_options: argparse.Namespace) -> None:
    """Follow a stream with a line that never ends, and measure the peak of what is allocated meanwhile."""
    with demo("--volume", "8") as environment:
        with following(environment) as sink:
            sink.until(lambda: sink.live and sink.tally.lines > 0, "the first lines")
        set_fault(environment, _STREAM, "endless", size=ENDLESS, lines=0, count=1)
        # Everything is loaded by now.
        tracemalloc.start()
        with following(environment) as sink:
            sink.until(lambda: sink.live and sink.tally.lines > 0, "the first lines")
            seen = sink.tally.lines
            sink.until(lambda: sink.tally.lines > seen + 8, "the lines after the endless one")
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    bar(f"endless: memory for a line of {ENDLESS >> 20} MiB", peak, 2, " MiB")


def shell(options: argparse.Namespace) -> None:
    """Follow with `astro-tui logs --follow --json` while the stream is reset, as a script does."""
    command = astro_tui("logs", f"{ACCOUNT}/{NAME}", "--workload", WORKLOAD, "--follow", "--json")
    lost = joined = 0

    def listen(lines: IO[bytes]) -> None:
        nonlocal lost, joined
        for line in lines:
            lost += b"was lost" in line
            joined += b"reconnected" in line

    with (
        demo(*_resets(options)) as environment,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment}
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        threading.Thread(target=listen, args=(process.stderr,), daemon=True).start()
        tally, over, rest = Tally(), time.monotonic() + options.resets * options.every, 0.0
        for raw in process.stdout:
            line = json.loads(raw)
            tally.add(line["message"], line["timestamp"])
            now = time.monotonic()
            # The first connection is joined, too, but the command does not report it if nothing was missing.
            if not rest and (now > over + SETTLED or (now > over + options.every and joined >= lost)):
                # Lines that it printed before that message may still be in the pipe.
                rest = now + _SECOND
            if rest and now > rest:
                break
        process.terminate()
    print(f"{lost} of {options.resets} resets seen, {joined} gaps closed {now - over:.0f} s after the last one")
    verdict("shell", tally)


RICHLOG = """\
import json, os, threading, urllib.request
from textual.app import App
from textual.widgets import Input, RichLog
class Logs(App):
    def compose(self):
        yield RichLog(max_lines=100_000, wrap=True)
        yield Input("READY ")
    def on_mount(self):
        self.query_one(Input).focus()
        threading.Thread(target=self.follow, daemon=True).start()
    def follow(self):
        head = {"Authorization": "Bearer " + os.environ["ASTRO_ACCESS_TOKEN"]}
        rest = b""
        with urllib.request.urlopen(urllib.request.Request(os.environ["STREAM"], headers=head)) as stream:
            while chunk := stream.read1(65536):
                *lines, rest = (rest + chunk).split(b"\\n")
                found = [json.loads(line[6:]) for line in lines if line.startswith(b'data: {"timestamp')]
                self.call_from_thread(self.draw, [each["message"] for each in found])
    def draw(self, texts):
        log = self.query_one(RichLog)
        for text in texts:
            log.write(text)
Logs().run()
"""
FILTER = "status>=200"
"""The filter of the app while keys are timed. It matches most lines."""
TYPED = "number=1"
"""What is typed while keys are timed."""


_STARTING = 40
"""Seconds that the platform sends lines for before and after keys are timed."""
_ROW = re.compile(r"number=(\d+) |same text")
_COUNT = re.compile(r"([\d,]+) lines")


def screen(options: argparse.Namespace) -> None:
    """Type a query into the app, and into a RichLog, while lines arrive. Lines are followed and wrapped.

    The app also filters the lines. In the end, the screen must say that it has every line that was sent.
    """
    with demo("--volume", str(options.rate)) as environment:
        url = f"{environment['ASTRO_SERVER_URL']}/api/v1{_STREAM}?workload={WORKLOAD}"
        rich = [sys.executable, "-c", RICHLOG]
        with Terminal(rich, {**environment, "STREAM": url}) as terminal:
            terminal.until_text("READY", "number=")
            print(_typed("RichLog", terminal, options))
    total = int(options.rate * (options.seconds + _STARTING)) // GROUP * GROUP
    with (
        demo("--volume", str(options.rate), "--volume-total", str(total)) as environment,
        Terminal(astro_tui(f"{ACCOUNT}/{NAME}"), environment) as terminal,
    ):
        _open_log(terminal)
        earlier = _first_line(terminal)
        _follow_filtered(terminal)
        _press(terminal, "/")
        times = _typed("astro-tui", terminal, options)
        print(times)
        bar("screen: a key, p95", percentile(times.keys, 0.95), 30, " ms")
        _press(terminal, "escape")
        begun = time.monotonic()
        terminal.until_text(f"number={total // GROUP * NUMBERS - 1} ", patience=2 * _STARTING)
        print(f"the last line on screen {time.monotonic() - begun:.0f} s after the last key")
        _press(terminal, "escape")
        bar(f"screen: lost or duplicated of {total - earlier:,} lines", abs(total - earlier - _held(terminal)), 0)


def together(options: argparse.Namespace) -> None:
    """Type a query into the logs of twelve agents while lines arrive and connections break, and time each key."""
    more = ("--volume-more", str(AGENTS - 1), "--volume-resets", str(options.seconds / 5), "--volume-reset-count", "5")
    with (
        demo("--volume", str(options.rate // AGENTS), *more) as environment,
        Terminal(
            astro_tui(str(LogsRoute(tuple((ACCOUNT, id_of(number)) for number in range(AGENTS))))), environment
        ) as app,
    ):
        app.until_text(f"logs of {AGENTS} agents", "live", "number=")
        _follow_filtered(app)
        _press(app, "/")
        times = _typed("astro-tui", app, options)
        print(times)
        bar("together: a key, p95", percentile(times.keys, 0.95), 30, " ms")


def memory(options: argparse.Namespace) -> None:
    """Follow for minutes, filtered and wrapped, and measure the memory of the process each half a minute."""
    with (
        demo("--volume", str(options.rate)) as environment,
        Terminal(astro_tui(f"{ACCOUNT}/{NAME}"), environment) as terminal,
    ):
        _open_log(terminal)
        _follow_filtered(terminal)
        begun, found = time.monotonic(), list[float]()
        while len(found) * _EACH < options.minutes * 60:
            time.sleep(max(0.0, begun + (len(found) + 1) * _EACH - time.monotonic()))
            found.append(terminal.memory())
            terminal.draw_newest()
            print(f"{time.monotonic() - begun:4.0f} s  {found[-1]:6.1f} MiB  {_rule(terminal)}", flush=True)
    # After half a minute, as many lines are in memory as are kept.
    third = max(1, len(found) // 3)
    more = median(found[-third:]) - median(found[1 : third + 1])
    bar(f"memory: more in the last third of {options.minutes:g} minutes than in the first", more, 4, " MiB")


_EACH = 30
"""Seconds between two measurements of memory."""


def _open_log(terminal: Terminal) -> None:
    terminal.until_text("ACTIVE")
    terminal.send("7")
    terminal.until_text("number=")


def _press(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.send(key)
        time.sleep(0.5)
    terminal.draw()


def _follow_filtered(terminal: Terminal) -> None:
    # At the first line, a search would load earlier ones.
    _press(terminal, "end", "w", "/", FILTER, "enter", "&")
    while "── following" not in terminal.text:
        _press(terminal, "end")


def _rule(terminal: Terminal) -> str:
    """Return what the app says below the lines."""
    rules = (line for line in terminal.screen.display if _COUNT.search(line) and "following" in line)
    return next(rules, "").strip(" ─")


def _first_line(terminal: Terminal) -> int:
    """Return how many lines were sent before the first one on screen."""
    _press(terminal, "home")
    numbers = [_ROW.search(line) for line in terminal.screen.display]
    rows = [int(found[1] or -1) for found in numbers if found is not None]
    group = next(number for number in rows if number >= 0) // NUMBERS
    following = rows.index((group + 1) * NUMBERS)
    return (group + 1) * GROUP - following


def _held(terminal: Terminal) -> int:
    """Return how many lines the app says it has: those in memory, and those that it dropped and can load again."""
    _press(terminal, "home")
    shown = terminal.screen.display
    counts = [_COUNT.search(line) for line in shown if "enter loads" in line or "G follow" in line]
    return sum(int(found[1].replace(",", "")) for found in counts if found is not None)


class Typed(NamedTuple):
    """The time of each key in milliseconds, and what the program used meanwhile."""

    name: str
    keys: list[float]
    processor: float
    memory: float

    def __str__(self) -> str:
        keys = f"median {median(self.keys):.0f} ms, p95 {percentile(self.keys, 0.95):.0f} ms"
        return f"{self.name}: a key {keys}; {self.processor:.0f} % of a core, {self.memory:.0f} MiB"


def _typed(name: str, terminal: Terminal, options: argparse.Namespace) -> Typed:
    """Type and delete a text again and again, and time each key until it is on the screen."""
    keys, last = list[float](), 1
    _effect(terminal, TYPED[0], TYPED[:1])
    begun, used = time.monotonic(), terminal.processor()
    while time.monotonic() < begun + options.seconds:
        for length in (*range(2, len(TYPED) + 1), *range(len(TYPED) - 1, 0, -1)):
            longer = length > last
            keys.append(_effect(terminal, TYPED[length - 1] if longer else "backspace", TYPED[:length]))
            last = length
            time.sleep(0.1)
    took = time.monotonic() - begun
    return Typed(name, keys, (terminal.processor() - used) / took / 10, terminal.memory())


_DRAWS_AFTER = 0.05
"""Seconds after a key until its effect is looked for."""


def _effect(terminal: Terminal, key: str, text: str) -> float:
    """Press a key, and return the milliseconds until the line for input has exactly this text."""
    terminal.draw()
    pressed = terminal.send(key)
    # Drawing the output now would take processor time that the program needs.
    time.sleep(_DRAWS_AFTER)

    def shown() -> bool:
        return any(text == line.strip(" /▊▎") for line in terminal.screen.display[-6:])

    return terminal.until(shown, f"{text!r} after {key!r}") - (pressed - terminal.started) * 1000


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "received": received,
    "resets": resets,
    "endless": endless,
    "shell": shell,
    "screen": screen,
    "together": together,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"which of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rate", type=int, default=RATE, help=f"lines per second ({RATE})")
    parser.add_argument("--seconds", type=float, default=20, help="how long to follow without resets (20)")
    parser.add_argument("--minutes", type=float, default=10, help="how long to measure memory (10)")
    parser.add_argument("--resets", type=int, default=100, help="(100)")
    parser.add_argument("--every", type=float, default=3, help="seconds between two resets (3)")
    parser.add_argument("--lag", type=float, default=5, help="seconds that the list lags behind the stream (5)")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        print(f"# {name}")
        PARTS[name](options)


if __name__ == "__main__":
    sys.exit(main())
