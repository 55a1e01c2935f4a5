"""The terminal: its size, colors, Unicode, and how copies reach the clipboard."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from shutil import which

from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing
from astro_tui.clipboard.ways import Clipboard
from astro_tui.runtime import over_ssh
from astro_tui.session.notify import SEQUENCES, NotifySettings
from astro_tui.state.settings import Settings, without_unicode
from astro_tui.text.foreign import visible
from astro_tui.theme.sizes import COMFORTABLE, SMALLEST
from astro_tui.theme.terminal import PALETTE, TRUE_COLOR, colors_of

GROUP = CheckGroup("terminal")


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
) -> Iterator[CheckResult]:
    """Check the terminal."""
    if size is None:
        yield GROUP.note("size", "Not a terminal. Here you can only use commands that print.")
    else:
        yield _size(size)
        yield _kind(environment)
        yield _colors(environment)
    yield _letters(settings, environment)
    yield _clipboard(environment)
    yield _notifications(settings, environment)


def _size(size: os.terminal_size) -> CheckResult:
    shown = f"{size.columns}x{size.lines}"
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        smallest = "{}x{}".format(*SMALLEST)
        return GROUP.problem("size", f"{shown} is too small.", f"Make the window {smallest} or larger.")
    if size.columns < COMFORTABLE[0] or size.lines < COMFORTABLE[1]:
        return GROUP.ok("size", f"{shown}. That is small, so some things are left out.")
    return GROUP.ok("size", f"{shown}.")


def _kind(environment: Mapping[str, str]) -> CheckResult:
    kind = visible(environment.get("TERM", ""), 60)
    inside = [word for word, name in (("tmux", "TMUX"), ("screen", "STY")) if environment.get(name)]
    inside += ["ssh"] if over_ssh(environment) else []
    where = f", in {' over '.join(inside)}" if inside else ""
    if kind in ("", "dumb"):
        message = f"TERM is {kind or 'not set'}{where}, so no screen can be drawn."
        return GROUP.problem("TERM", message, "Use another terminal, or export TERM=xterm-256color")
    return GROUP.ok("TERM", f"{kind}{where}.")


def _colors(environment: Mapping[str, str]) -> CheckResult:
    if environment.get("NO_COLOR"):
        return GROUP.ok("colors", "None: NO_COLOR is set.")
    number = colors_of(environment)
    if number == TRUE_COLOR:
        return GROUP.ok("colors", "16 million (COLORTERM).")
    if number == PALETTE:
        return GROUP.ok("colors", "256 (TERM). If your terminal supports more, export COLORTERM=truecolor")
    has = f"{number}, so the terminal theme is used." if number else "None."
    return GROUP.note(
        "colors", has, "If your terminal supports more colors, export TERM=xterm-256color or COLORTERM=truecolor"
    )


def _letters(settings: Settings, environment: Mapping[str, str]) -> CheckResult:
    if without_unicode(environment):
        locale = next(
            (f"{name}={value}" for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), ""
        )
        message = f"ASCII only: the locale ({visible(locale, 60)}) is not UTF-8."
        return GROUP.note("letters", message, "export LC_ALL=C.UTF-8, or another locale that ends in UTF-8")
    return GROUP.ok("letters", "ASCII only, because of the settings." if settings.ascii else "Unicode.")


def _clipboard(environment: Mapping[str, str]) -> CheckResult:
    clipboard = Clipboard(environment)
    way = clipboard.way()
    if way.startswith("a file"):
        do = "Use a terminal that supports OSC 52" if clipboard.remote else "Install wl-clipboard, xclip, or xsel"
        return GROUP.note("clipboard", "Not available. Copies are saved to a file.", do)
    if way.startswith("tmux"):
        return GROUP.ok("clipboard", f"Via {way}: to its buffer, and to the terminal if set-clipboard is on.")
    return GROUP.ok("clipboard", f"Via {way}.")


def _notifications(settings: Settings, environment: Mapping[str, str]) -> CheckResult:
    chosen = NotifySettings.of(settings.notify)
    method, program = chosen.method, next(iter(chosen.command), "")
    if method == "command" and not which(program, path=environment.get("PATH")):
        message = f"The program {visible(program, 100)} was not found."
        return GROUP.problem("notify", message, "Correct the command in [notify].")
    if method in SEQUENCES and environment.get("TMUX"):
        message = f"{method}, in tmux: it drops notifications unless it passes them on."
        return GROUP.note("notify", message, "tmux set -g allow-passthrough all, or use the method bell")
    return GROUP.ok("notify", "Off." if method == "off" else f"{method}.")
