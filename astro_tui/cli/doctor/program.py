"""The program itself: its version, its files, and the version of Textual."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata

from astro_tui import __version__
from astro_tui.app.launch import textual_problem
from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing
from astro_tui.state.files import home_short
from astro_tui.theme import style_folders

GROUP = CheckGroup("program")
_AGAIN = "Reinstall astro-tui: uv tool upgrade --reinstall astro-tui, or pipx reinstall astro-tui"


def checks(_doing: Doing) -> Iterator[CheckResult]:
    """Check the version, the style sheets, and Textual."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield GROUP.ok("version", f"astro-tui {__version__} on Python {platform.python_version()}, {system}.")
    yield _textual()
    folder = next((folder for folder in style_folders() if folder.is_dir()), None)
    if folder is None:
        yield GROUP.problem("styles", "The style sheets are missing.", _AGAIN, fatal=True)
    else:
        yield GROUP.ok("styles", f"In {home_short(folder)}.")


def _textual() -> CheckResult:
    try:
        version = metadata.version("textual")
    except metadata.PackageNotFoundError:
        return GROUP.problem("Textual", "Not installed.", _AGAIN, fatal=True)
    problem = textual_problem()
    return (
        GROUP.problem("Textual", problem, _AGAIN, fatal=True) if problem else GROUP.ok("Textual", f"Version {version}.")
    )
