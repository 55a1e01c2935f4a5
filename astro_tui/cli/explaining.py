"""What is wrong with an agent, as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.output import COMMAND, HEADING, QUIET, Output, badge
from astro_tui.diagnosis import Diagnosis
from astro_tui.presentation import explained
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.explained import TextPage, Tone
from astro_tui.runtime import system_clock
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, painted

_CODES = {Tone.HEADING: HEADING, Tone.QUIET: QUIET, Tone.COMMAND: COMMAND}


@dataclass(frozen=True)
class TerminalPage(TextPage):
    """A page of a terminal, with colors if it has any."""

    color: bool = False

    def paint(self, text: str, tone: Tone) -> Line:
        """Return text in the color of its tone."""
        return painted(text, _CODES[tone], color=self.color)


def page_of(connection: CliConnection, output: Output) -> TerminalPage:
    """Return the page of this run's output."""
    options = " --demo" if connection.settings.demo else ""
    return TerminalPage(output.width, output.ascii, system_clock(), options=options, color=output.color)


def in_full(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Iterator[Line]:
    """Yield everything that a diagnosis says."""
    yield title(entry, diagnosis, page)
    yield ""
    yield from explained.in_full(entry, diagnosis, page)


def in_short(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Iterator[Line]:
    """Yield what is wrong, the change, and the command that says more."""
    yield title(entry, diagnosis, page)
    yield from explained.in_short(entry, diagnosis, page)


def title(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Line:
    """Return the status, the name, and the ID of an agent."""
    name = f"{diagnosis.account}/{entry.label}" if diagnosis.account else entry.label
    heading = page.paint(page.plain(name), Tone.HEADING)
    identity = page.paint(page.plain(f"  {visible(entry.key, 100)}"), Tone.QUIET) if entry.key else ""
    return badge(entry.status, ascii_alone=page.ascii, color=page.color) + "  " + heading + identity
