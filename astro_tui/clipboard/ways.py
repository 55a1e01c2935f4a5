"""Copies a text to the user's clipboard by the first way that works, and says which one it was."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from astro_tui.runtime import SERVED, over_ssh
from astro_tui.state.account_cache import state_folder
from astro_tui.state.files import home_short, save_new
from astro_tui.text.times import amount, counted

TIMEOUT = 2.0
"""The most seconds that a clipboard tool may take."""
TERMINAL_LIMIT = 74_994
"""Bytes that fit into an OSC 52 sequence of 100,000 bytes: terminals silently cut longer ones."""
_SCREEN_PIECE = 500
"""Bytes in one device control string: GNU screen drops strings above 768."""
_TERMINALS_WITHOUT = frozenset({"dumb", "linux"})

Runner = Callable[[Sequence[str], bytes, float], bool]
"""Runs a command with bytes on its standard input and a limit in seconds; returns whether it succeeded."""


class Copied(NamedTuple):
    """The outcome of a copy: a message, and the OSC 52 `sequence` to write to the terminal (empty if not needed)."""

    message: str
    done: bool = True
    sequence: str = ""


class _Tool(NamedTuple):
    command: tuple[str, ...]
    wide: bool = False
    """Whether it expects UTF-16 for text that is not ASCII."""


def run_tool(command: Sequence[str], data: bytes, seconds: float) -> bool:
    """Run a clipboard tool in its own session; it may stay in the background to serve the text."""
    try:
        done = subprocess.run(  # noqa: S603  a fixed command of ours, no shell, the text only on its input
            list(command),
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return done.returncode == 0


class Clipboard:
    """The ways to copy, in order: a local tool, the tmux buffer, the terminal, a file. Chosen again for every copy.

    Over SSH, local tools are skipped: they would fill the clipboard of the remote machine.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        platform: str = sys.platform,
        find: Callable[[str], str | None] = shutil.which,
        run: Runner = run_tool,
        folder: Path | None = None,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._platform = platform
        self._find = find
        self._run = run
        self._folder = folder
        self._turn = threading.Lock()
        self.newest = 0
        """The number of the copy that was begun last."""

    # ---- available ways

    @property
    def remote(self) -> bool:
        """Whether this is an SSH session."""
        return over_ssh(self._environment)

    def way(self) -> str:
        """Return the first way that a copy would try: `wl-copy`, `tmux`, `OSC 52 (ssh)`, or `a file`."""
        tools = self._tools()
        if tools:
            return tools[0].command[0]
        where = " (ssh)" if self.remote else ""
        if self._in_tmux():
            return f"tmux{where}"
        return f"OSC 52{where}" if self._terminal_can() else f"a file{where}"

    def _tools(self) -> list[_Tool]:
        has = self._environment.get
        if self.remote:
            return []
        tools = []
        if self._platform == "darwin":
            tools.append(_Tool(("pbcopy",)))
        if self._platform == "win32" or has("WSL_DISTRO_NAME") or has("WSL_INTEROP"):
            tools.append(_Tool(("clip.exe",), wide=True))
        if has("WAYLAND_DISPLAY"):
            tools.append(_Tool(("wl-copy",)))
        if has("DISPLAY"):
            tools.append(_Tool(("xclip", "-selection", "clipboard", "-in")))
            tools.append(_Tool(("xsel", "--clipboard", "--input")))
        return [tool for tool in tools if self._find(tool.command[0])]

    def _in_tmux(self) -> bool:
        return bool(self._environment.get("TMUX")) and not self._in_browser and self._find("tmux") is not None

    @property
    def _in_browser(self) -> bool:
        """Whether a page of `astro-tui serve` is the terminal: tmux and files here are not the viewer's."""
        return bool(self._environment.get(SERVED))

    def _terminal_can(self) -> bool:
        has = self._environment.get
        return self._in_browser or (
            has("TERM", "") not in _TERMINALS_WITHOUT and has("TERM_PROGRAM") != "Apple_Terminal"
        )

    # ---- copying

    def begin(self) -> int:
        """Note that the user wants to copy something, and return the number of this copy."""
        self.newest += 1
        return self.newest

    def copy_newest(self, number: int, text: str | bytes, *, suffix: str = ".txt") -> Copied | None:
        """Copy as `copy` does, but not if the user has begun another copy since: the newest one is wanted."""
        with self._turn:
            return self.copy(text, suffix=suffix) if number == self.newest else None

    def copy(self, text: str | bytes, *, suffix: str = ".txt") -> Copied:
        """Copy `text` (bytes are UTF-8) by the first way that works; never raises.

        Blocks for up to a few seconds: use a thread. `suffix` is for the file that is written if all else fails.
        """
        data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        size = amount(len(data))
        failed = []
        for tool in self._tools():
            name = tool.command[0]
            fed = data.decode("utf-8", "replace").encode("utf-16-le") if tool.wide and not data.isascii() else data
            if self._run(tool.command, fed, TIMEOUT):
                return Copied(f"copied {size} with {name}")
            failed.append(name)
        if self._in_tmux():
            if self._run(("tmux", "load-buffer", "-w", "-"), data, TIMEOUT):
                return Copied(
                    f"copied {size} to the tmux buffer and, if tmux allows it, to the clipboard{_but(failed)}"
                )
            if self._run(("tmux", "load-buffer", "-"), data, TIMEOUT):
                return Copied(f"copied {size} to the tmux buffer{_but(failed)}")
            failed.append("tmux")
        if not self._terminal_can():
            return self._to_file(data, suffix, f"no clipboard available{_but(failed)}")
        if len(data) > TERMINAL_LIMIT:
            return self._to_file(data, suffix, f"too large for the terminal's clipboard{_but(failed)}")
        sent = counted(len(data.decode("utf-8", "replace")), "character")
        return Copied(f"sent {sent} to the terminal (OSC 52){_but(failed)}", sequence=self._sequence(data))

    def _sequence(self, data: bytes) -> str:
        code = base64.b64encode(data).decode("ascii")
        plain = f"\x1b]52;c;{code}\a"
        in_screen = self._environment.get("STY") or self._environment.get("TERM", "").startswith("screen.")
        if not in_screen or self._environment.get("TMUX") or self._in_browser:
            return plain
        pieces = [plain[start : start + _SCREEN_PIECE] for start in range(0, len(plain), _SCREEN_PIECE)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)

    def _to_file(self, data: bytes, suffix: str, reason: str) -> Copied:
        if self._in_browser:
            return Copied(f"not copied: {reason}", done=False)
        try:
            path = save_new(self._folder or state_folder(), "copied", suffix, data)
        except OSError as error:
            said = error.strerror or "unknown error"
            return Copied(f"not copied: {reason}, and no file could be written: {said}", done=False)
        return Copied(f"saved {amount(len(data))} to {home_short(path)}: {reason}")


def _but(failed: Sequence[str]) -> str:
    return f" ({' and '.join(failed)} failed)" if failed else ""
