"""A value in the user's pager: its text, and running the pager in place of the program."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from shutil import which
from typing import Any

from textual.app import App, SuspendNotSupported

from astro_tui.clipboard.offers import value_of, yaml_of
from astro_tui.document import Document

USUAL = ("less", "more")
"""The pagers to try if the user has none, or one that does not wait for a key."""
NO_PAGER = ("", "cat")


def pager_command(environment: Mapping[str, str]) -> list[str]:
    """Return the pager's command and its arguments; empty if no pager is installed."""
    try:
        wanted = shlex.split(environment.get("PAGER", ""))
    except ValueError:
        wanted = []
    name = PurePath(wanted[0]).name if wanted else ""
    choices = [*([] if name in NO_PAGER else [wanted]), *([usual] for usual in USUAL)]
    command = next((each for each in choices if which(each[0])), [])
    if command and PurePath(command[0]).name == "less":
        # Keep even a short text on screen until a key is pressed, whatever LESS says.
        return [*command, "-+F"]
    return command


def text_for_pager(document: Document, node: int, form: str, plain: Callable[[str], str]) -> bytes:
    """Return a value with all secrets masked, and everything that could control the terminal made visible by `plain`.

    Can be slow. Raises AstroError if the value itself is a secret, or too large for the form.
    """
    container = document.line(node).container
    nothing: frozenset[int] = frozenset()
    piece = yaml_of(document, node, nothing) if container and form == "yaml" else value_of(document, node, nothing)
    lines = piece.encoded.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return "".join(f"{plain(line)}\n" for line in lines).encode("utf-8", "replace")


def run_pager(app: App[Any], command: list[str], text: bytes, environment: Mapping[str, str]) -> str:
    """Suspend the program, run the pager until the user leaves it, and return why that failed, or an empty string.

    The text goes through a pipe, so no file keeps it.
    """
    kept = {key: value for key, value in environment.items() if not key.startswith("ASTRO_")}
    # SIGINT and SIGQUIT are for the pager. Handle them here, because it would inherit ignored signals.
    interrupts = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        with app.suspend():
            for number in interrupts:
                signal.signal(number, lambda *_: None)
            try:
                # The program draws to standard error, which is the terminal.
                subprocess.run(command, input=text, stdout=sys.__stderr__, env=kept, check=False)  # noqa: S603  the user's own pager
            finally:
                for number, handler in interrupts.items():
                    signal.signal(number, handler)
    except SuspendNotSupported:
        return "A pager cannot run in this terminal."
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror}."
    return ""
