"""Times a terminal program from outside, as its user sees it. The other benchmarks use this module.

Each program runs in its own pseudoterminal. A thread only reads the output and notes when each piece arrived. The
pieces are drawn afterwards, so measured times do not include the cost of the emulation.
"""

from __future__ import annotations

import argparse
import atexit
import codecs
import contextlib
import fcntl
import json
import math
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pyte

PATIENCE = 20.0
"""Seconds to wait for something before giving up."""
QUIET = 0.05
"""Seconds without output after which a repaint counts as finished."""
KEYS = {
    "down": "\x1b[B",
    "up": "\x1b[A",
    "page down": "\x1b[6~",
    "page up": "\x1b[5~",
    "enter": "\r",
    "escape": "\x1b",
    "backspace": "\x7f",
    "end": "\x1b[F",
    "home": "\x1b[H",
}
_LEFT_OUT = {
    "ASTRO_ACCESS_TOKEN",
    "ASTRO_ACCOUNT",
    "ASTRO_SERVER_URL",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "PYTHONDONTWRITEBYTECODE",
    "TMUX",
}
_SECOND = 1.0

# The reader must run within a fraction of the times that it measures.
sys.setswitchinterval(0.0002)

# ---- a terminal's responses, and what pyte cannot read ----

_QUESTION = re.compile(
    rb"\x1b\[(?:\?(?P<mode>\d+)\$p|(?P<what>[05]?[nc]|6n|>0?[cq]|18t|14t|\?u))|\x1b\](?P<color>1[01]);\?"
)
_UNREADABLE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^X][^\x1b]*\x1b\\"
    r"|\x1b\[[<=>][\d;:]*[A-Za-z]|\x1b\[\??[\d;]*(?:[ $!'\"][A-Za-z]|[tu])"
)
_BEGUN = re.compile(r"\x1b(?:\[[\d;:?<=> $]*|[\]P_^X][^\x07\x1b]*\x1b?)?\Z")
_FRAME_END = b"\x1b[?2026l"
_MODES = {1000, 1006, 1049, 2004, 2026}


def _reply(question: re.Match[bytes], columns: int, rows: int) -> bytes:
    """Return the response of a common terminal, empty if it has none."""
    if question["mode"]:
        mode = int(question["mode"])
        return b"\x1b[?%d;%d$y" % (mode, 2 if mode in _MODES else 0)
    if question["color"]:
        shade = b"11" if question["color"] == b"11" else b"dd"
        return b"\x1b]%s;rgb:%s/%s/%s\x1b\\" % (question["color"], shade, shade, shade)
    replies = {b"6n": b"\x1b[1;1R", b"5n": b"\x1b[0n", b"18t": b"\x1b[8;%d;%dt" % (rows, columns)}
    if question["what"] in (b"c", b"0c"):
        return b"\x1b[?62;22c"
    return replies.get(question["what"], b"")


class _Screen(pyte.Screen):
    """Also repeats characters, which Textual's output needs, and accepts all private modes."""

    _last = " "

    def draw(self, data: str) -> None:
        self._last = data[-1:] or self._last
        super().draw(data)

    def repeat(self, count: int = 1) -> None:
        super().draw(self._last * max(1, count))


class _Stream(pyte.Stream):
    csi = {**pyte.Stream.csi, "b": "repeat"}
    events = pyte.Stream.events | {"repeat"}


# ---- one program ----


@dataclass(frozen=True)
class Repaint:
    """The effect of a key: milliseconds to the first and the last piece of output, and the number of bytes."""

    first: float
    last: float
    size: int


class Terminal:
    """Runs `command` in a new pseudoterminal of `columns` x `rows`. `started` is the time before it is run."""

    _running: set[Terminal] = set()

    def __init__(
        self, command: Sequence[str], extra: Mapping[str, str] = {}, *, columns: int = 120, rows: int = 40
    ) -> None:
        self.columns, self.rows = columns, rows
        self.screen = _Screen(columns, rows)
        self._stream = _Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._pieces: list[tuple[float, bytes]] = []
        self._drawn = 0
        self._news = threading.Condition()
        self._ended = False
        self._gone = False
        self._frames = False
        environment = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **extra}
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        # The child has its own session by now, so opening the terminal again makes it the controlling terminal.
        files = [(os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0)]
        copies = [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.started = time.perf_counter()
        self.pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[*files, *copies],
            setsid=True,
            setsigdef=[signal.SIGHUP, signal.SIGINT, signal.SIGTERM],
        )
        os.close(slave)
        self._running.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    # ---- output

    def _read(self) -> None:
        """Keep every piece of output with its time, and respond to queries to the terminal."""
        before = b""
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                data = b""
            moment = time.perf_counter()
            with self._news:
                if data:
                    self._pieces.append((moment, data))
                else:
                    self._ended = True
                self._news.notify_all()
            if not data:
                return
            text, replied = before + data, 0
            for question in _QUESTION.finditer(text):
                replied = question.end()
                with contextlib.suppress(OSError):
                    os.write(self._master, _reply(question, self.columns, self.rows))
            before = text[max(replied, len(text) - 12) :]

    def _draw_next(self) -> float:
        """Draw the next piece. Return when it arrived."""
        moment, data = self._pieces[self._drawn]
        self._drawn += 1
        text = self._rest + self._decoder.decode(data)
        begun = _BEGUN.search(text, max(0, len(text) - 200))
        self._rest = begun.group() if begun else ""
        self._stream.feed(_UNREADABLE.sub("", text[: len(text) - len(self._rest)]))
        return moment

    def draw(self) -> None:
        """Draw all pieces."""
        while self._drawn < len(self._pieces):
            self._draw_next()

    def draw_newest(self, pieces: int = 200) -> None:
        """Draw only the newest pieces, for programs that write all the time."""
        self._drawn = max(self._drawn, len(self._pieces) - pieces)
        self.draw()

    @property
    def text(self) -> str:
        """The text on the screen, as far as it is drawn."""
        # `Screen.display` fails on some emoji.
        lines = (self.screen.buffer[y] for y in range(self.screen.lines))
        return "\n".join("".join(line[x].data for x in range(self.screen.columns)) for line in lines)

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
        """Return when the piece arrived that made `condition` true, in milliseconds since the start."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            with self._news:
                if self._drawn == len(self._pieces):
                    if self._ended:
                        break
                    self._news.wait(0.2)
            while self._drawn < len(self._pieces):
                moment = self._draw_next()
                if condition():
                    return (moment - self.started) * 1000
        raise RuntimeError(f"not seen: {what}\n{self.text}")

    def until_text(self, *texts: str, patience: float = PATIENCE) -> float:
        """Return when all `texts` were on the screen, in milliseconds since the start."""
        return self.until(lambda: all(text in self.text for text in texts), ", ".join(texts), patience)

    def settle(self, quiet: float = 0.3) -> None:
        """Wait until nothing is written for `quiet` seconds, and draw what was written before."""
        begun = time.perf_counter()
        end = begun + PATIENCE
        while time.perf_counter() < end and not self._ended:
            # A key sent a moment ago may not have had its effect yet.
            last = max(begun, self._pieces[-1][0] if self._pieces else begun)
            pause = quiet - (time.perf_counter() - last)
            if pause <= 0:
                break
            time.sleep(pause)
        self.draw()

    def tick(self) -> float:
        """Return the time of the next output without a key: a clock on the screen."""
        count = len(self._pieces)
        with self._news:
            self._news.wait_for(lambda: len(self._pieces) > count, 2 * _SECOND)
        self.draw()
        return self._pieces[-1][0]

    # ---- input

    def send(self, key: str) -> float:
        """Press a key of KEYS or type a text. Return the time."""
        data = KEYS.get(key, key).encode()
        moment = time.perf_counter()
        os.write(self._master, data)
        return moment

    def press(self, key: str) -> Repaint | None:
        """Press a key and wait until its repaint is finished. Return None if nothing was drawn."""
        count = len(self._pieces)
        pressed = self.send(key)
        with self._news:
            self._news.wait_for(lambda: len(self._pieces) > count or self._ended, 2 * _SECOND)
        while len(self._pieces) > count and time.perf_counter() - self._pieces[-1][0] < QUIET:
            time.sleep(QUIET / 10)
        came = self._pieces[count:]
        if key == "escape":
            # A key pressed before the app recognizes escape as a key would be read as Alt and that key.
            self.settle(0.2)
        self.draw()
        if not came:
            return None
        return Repaint(
            (came[0][0] - pressed) * 1000, (came[-1][0] - pressed) * 1000, sum(len(data) for _moment, data in came)
        )

    def first(self, key: str, patience: float) -> float | None:
        """Press a key. Return the milliseconds until something was drawn, or None if nothing was for some seconds."""
        count = len(self._pieces)
        pressed = self.send(key)

        def shown() -> float | None:
            return next((moment for moment, data in self._pieces[count:] if self._shows(data)), None)

        with self._news:
            self._news.wait_for(lambda: shown() is not None or self._ended, patience)
        if self._ended:
            self.draw()
            raise RuntimeError(f"the program ended after {key!r}\n{self.text}")
        moment = shown()
        return (moment - pressed) * 1000 if moment is not None else None

    def _shows(self, data: bytes) -> bool:
        """Return whether a piece changes the screen: with synchronized output, a terminal shows only whole frames.

        Without this, the next key would come with the second piece of the frame before, and keys would pile up.
        """
        self._frames = self._frames or _FRAME_END in data
        return not self._frames or _FRAME_END in data

    def presses(self, keys: Sequence[str], clock: float | None = None) -> list[Repaint]:
        """Press one key after the other. With the time of a tick in `clock`, press none when the next tick is due."""
        found = []
        for key in keys:
            if clock is not None:
                phase = (time.perf_counter() - clock) % _SECOND
                if phase > 0.8 * _SECOND or phase < 0.03 * _SECOND:
                    time.sleep((1.04 * _SECOND - phase) % _SECOND)
            repaint = self.press(key)
            if repaint is not None:
                found.append(repaint)
        return found

    # ---- the process

    def wait(self) -> float:
        """Wait for the end of the process. Return its time."""
        end = time.perf_counter() + PATIENCE
        while not self._exited():
            if time.perf_counter() > end:
                raise RuntimeError(f"the program does not end\n{self.text}")
            time.sleep(0.0003)
        return time.perf_counter()

    def _exited(self) -> bool:
        if not self._gone:
            self._gone = os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        return self._gone

    def processor(self) -> float:
        """Return the processor time of the process in milliseconds, or 0 if the system does not report it."""
        total = 0
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{self.pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e6

    def interface(self) -> float:
        """Return the same for the main thread, which handles keys and draws."""
        with contextlib.suppress(OSError):
            return int(Path(f"/proc/{self.pid}/task/{self.pid}/schedstat").read_text().split()[0]) / 1e6
        return 0.0

    def memory(self) -> float:
        """Return the process's private memory in MiB, or 0 if the system does not report it."""
        with contextlib.suppress(OSError):
            rows = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
            return sum(int(row.split()[1]) for row in rows if row.startswith(("Private_Clean", "Private_Dirty"))) / 1024
        return 0.0

    def close(self) -> None:
        """End the process, whatever its state, and free the terminal."""
        if self not in self._running:
            return
        self._running.discard(self)
        if not self._exited():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self._gone = True
        # The reader ends by itself, because the terminal hangs up after its last process.
        self._reader.join(2)
        os.close(self._master)

    @classmethod
    def close_all(cls) -> None:
        """End the processes that are still running."""
        for terminal in list(cls._running):
            terminal.close()


atexit.register(Terminal.close_all)


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


for _signal in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_signal, _end)


# ---- the programs ----

SMALLEST = """\
from textual.app import App
from textual.widgets import Static
class Smallest(App):
    def compose(self):
        yield Static("READY")
Smallest().run()
"""


def smallest() -> list[str]:
    """Return the command of the smallest possible Textual app. It draws READY."""
    return [sys.executable, "-c", SMALLEST]


def astro_tui(*arguments: str) -> list[str]:
    """Return the command of the installed program."""
    script = Path(sys.executable).with_name("astro-tui")
    return [
        str(script) if script.exists() else sys.executable,
        *(() if script.exists() else ("-m", "astro_tui")),
        *arguments,
    ]


@contextlib.contextmanager
def demo(*arguments: str) -> Iterator[dict[str, str]]:
    """Run the demo platform in its own process. Yields the environment to reach it, with a state folder of its own."""
    command = [sys.executable, "-u", "-m", "astro_tui.demo", *arguments]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        try:
            stdout: IO[str] = process.stdout  # type: ignore[assignment]
            url, token = stdout.readline().split()
            yield {
                "ASTRO_SERVER_URL": url,
                "ASTRO_ACCESS_TOKEN": token,
                "ASTRO_ACCOUNT": "meridian-labs",
                "XDG_STATE_HOME": state,
            }
        finally:
            process.kill()


# ---- numbers ----

Samples = dict[str, list[float]]


def hang(environment: Mapping[str, str], path: str, count: int | None = None) -> None:
    """Make a demo accept the next `count` requests whose path matches, or all of them, and never respond."""
    set_fault(environment, path, "hang", **({} if count is None else {"count": count}))


def set_fault(environment: Mapping[str, str], path: str, fault: str, **more: int) -> None:
    """Set a fault of a demo."""
    body = json.dumps({"path": path, "fault": fault, **more}).encode()
    address = f"{environment['ASTRO_SERVER_URL']}/demo/faults"
    with urllib.request.urlopen(urllib.request.Request(address, body), timeout=5) as response:
        response.read()


def percentile(values: Sequence[float], part: float) -> float:
    """Return the percentile `part` by nearest rank, or NaN without values."""
    ranked = sorted(values)
    return ranked[min(len(ranked), max(1, math.ceil(part * len(ranked)))) - 1] if ranked else math.nan


def median(values: Sequence[float]) -> float:
    """Return the median, or NaN without values."""
    return statistics.median(values) if values else math.nan


def rounds(count: int, cases: Mapping[str, Callable[[], Mapping[str, float]]]) -> dict[str, Samples]:
    """Run all cases `count` times in turn, so that disturbances affect all alike. A first round does not count."""
    found: dict[str, Samples] = {name: {} for name in cases}
    for number in range(count + 1):
        names = list(cases)
        for name in names if number % 2 else reversed(names):
            for what, value in cases[name]().items():
                if number:
                    found[name].setdefault(what, []).append(value)
    return found


def table(heads: Sequence[str], rows: Sequence[Sequence[str | float]]) -> None:
    """Print a table with numbers aligned to the right."""
    texts = [list(heads), *([cell if isinstance(cell, str) else f"{cell:,.1f}" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    for row in texts:
        cells = (
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def bar(what: str, value: float, limit: float, unit: str = "") -> None:
    """Print whether a value meets its bar."""
    print(f"{'met   ' if value <= limit else 'MISSED'}  {what}: {value:.2f}{unit} (bar {limit:g}{unit})")


def options(about: str | None, count: int, **more: Any) -> argparse.Namespace:
    """Read the command line: `-n` rounds, and `more` whole numbers with their defaults. Warn if the machine is busy."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=count, metavar="ROUNDS", help=f"number of rounds ({count})")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"({default})")
    chosen = parser.parse_args()
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores / 4:
        print(f"# this machine is busy (load {load:.1f} on {cores} cores): trust the ratios, not the milliseconds")
    return chosen
