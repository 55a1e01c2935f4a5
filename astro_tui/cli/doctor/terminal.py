"""The terminal: large enough, colours, Unicode, and the way that copies take."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from astro_tui.cli.doctor.check import Check, Group
from astro_tui.cli.doctor.running import Doing
from astro_tui.clipboard.ways import Clipboard
from astro_tui.state.settings import without_unicode
from astro_tui.text.foreign import visible
from astro_tui.theme.sizes import COMFORTABLE, SMALLEST

if TYPE_CHECKING:
    from astro_tui.state.settings import Settings

GROUP = Group("terminal")


def size_here() -> os.terminal_size | None:
    """Return the size of the terminal, or None without a terminal."""
    for descriptor in (1, 0, 2):
        try:
            return os.get_terminal_size(descriptor)
        except (OSError, ValueError):
            continue
    return None


def checks(
    settings: Settings, environment: Mapping[str, str], size: os.terminal_size | None, _doing: Doing
) -> Iterator[Check]:
    """Look at the terminal."""
    if size is None:
        yield GROUP.note("size", "There is no terminal here: only the commands that print work.")
    else:
        yield _size(size)
        yield _kind(environment)
        yield _colours(environment)
    yield _letters(settings, environment)
    yield _clipboard(environment)


def _size(size: os.terminal_size) -> Check:
    told = f"{size.columns}x{size.lines}"
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        smallest = "{}x{}".format(*SMALLEST)
        return GROUP.problem("size", f"{told} is too small.", f"Make the window {smallest} or larger.")
    if size.columns < COMFORTABLE[0] or size.lines < COMFORTABLE[1]:
        return GROUP.ok("size", f"{told}: narrow, so some columns are left out.")
    return GROUP.ok("size", f"{told}.")


def _kind(environment: Mapping[str, str]) -> Check:
    kind = visible(environment.get("TERM", ""), 60)
    inside = [
        word for word, name in (("tmux", "TMUX"), ("screen", "STY"), ("ssh", "SSH_CONNECTION")) if environment.get(name)
    ]
    where = f", in {' over '.join(inside)}" if inside else ""
    if kind in ("", "dumb"):
        said = f"It is {kind or 'not set'}{where}: no screen can be drawn."
        return GROUP.problem("TERM", said, "Start it in another terminal, or export TERM=xterm-256color")
    return GROUP.ok("TERM", f"{kind}{where}.")


def _colours(environment: Mapping[str, str]) -> Check:
    if environment.get("NO_COLOR"):
        return GROUP.ok("colours", "None: NO_COLOR is set.")
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return GROUP.ok("colours", "16 million (COLORTERM).")
    if environment.get("TERM", "").rpartition("-")[2] in ("256color", "kitty"):
        return GROUP.ok("colours", "256 (TERM); where the terminal can do all, export COLORTERM=truecolor")
    return GROUP.note("colours", "16.", "If the terminal has more, export TERM=xterm-256color or COLORTERM=truecolor")


def _letters(settings: Settings, environment: Mapping[str, str]) -> Check:
    if without_unicode(environment):
        locale = next(
            (f"{name}={value}" for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), ""
        )
        said = f"ASCII alone: the locale ({visible(locale, 60)}) has no Unicode."
        return GROUP.note("letters", said, "export LC_ALL=C.UTF-8, or a locale of your own that ends in UTF-8")
    return GROUP.ok("letters", "ASCII alone, as the settings say." if settings.ascii else "Unicode.")


def _clipboard(environment: Mapping[str, str]) -> Check:
    clipboard = Clipboard(environment)
    way = clipboard.way()
    if way.startswith("a file"):
        do = "Work in a terminal that takes OSC 52" if clipboard.remote else "Install wl-clipboard, xclip or xsel"
        return GROUP.note("clipboard", "Out of reach: a copy is saved to a file.", do)
    if way.startswith("tmux"):
        return GROUP.ok("clipboard", f"By {way}: to its buffer, and on to the terminal with set-clipboard on.")
    return GROUP.ok("clipboard", f"By {way}.")
