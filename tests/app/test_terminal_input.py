"""What the terminal sends, before Textual's parser gets it."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

from astro_tui.app.driver import FilteredParser
from astro_tui.app.terminal_input import MOST_COLUMNS, MOST_ROWS, TerminalInput

PASTE = "\x1b[200~two\nlines\x1b[201~"
ORDINARY = (
    *(sequence for sequence in ANSI_SEQUENCES_KEYS if sequence not in ("\x1b", "\x1b\x1b")),
    *("a", "é", "漢字", "\x1b[I", "\x1b[O", "\x1b[<0;5;7M", "\x1b[<65;5;-7m", "\x1b[?2048;2$y", "\x1b[24;80R", PASTE),
    *("\x1bP", "\x1b]", "\x1ba", "\x1b[97;5u", "\x1b[97;1;65u", "\x1b[48;24;80;480;640t", "\x1b[M !!"),
)
"""What terminals send for keys, pastes, the mouse, the focus, and their size."""
INTRODUCERS = tuple(f"\x1b{character}" for character in "]PX^_")
CHANGED = {
    "\x1b[97;1:3u": "",
    "\x1b[1;1:3A": "",
    "\x1b[97:65;2:2u": "\x1b[97;2u",
    "\x1b[1114112u": "",
    "\x1b[55296u": "",
    "\x1b[97;1;1114112u": "",
    "\x1b[48;99999999;99999999;1;1t": "",
    "\x1b[48;0;0;0;0t": "",
    "\x1b[48;24:1;80;0;0t": "\x1b[48;24;80;24;80t",
    "\x1b[48;1;9:x": "",
    "\x1b[?62;1;6c": "",
    "\x1b[12\x07a": "\x07a",
    "\x1b[1qa": "a",
    "\x1b[3Ga": "a",
    "\x1b[1;1ra": "a",
    "\x1b[1$pa": "a",
    "\x1b]11;rgb:0": "",
    "\x1bPq\x1b[A": "\x1b[A",
    "\x1b[" + "1;" * 5000 + "ua": "a",
    "\x1b]11;rgb:0000/0000/0000\x1b\\a": "a",
    "\x1b]11;" + "x" * 200_000 + "\x07a": "a",
    "\x1b[200~\x1b[48;99999999;99999999;1;1t\x1b[201~": "\x1b[200~[48;99999999;99999999;1;1t\x1b[201~",
}
"""What is dropped, and what is passed on in another form."""


def passed(text: str, chance: random.Random) -> str:
    """Return what is passed on of a text that is read in random parts."""
    given_up, place, terminal = "", 0, TerminalInput()
    while place < len(text):
        size = chance.choice([1, 2, 5, 4096])
        given_up += terminal.feed(text[place : place + size])
        place += size
    return given_up + terminal.give_up()


@given(st.lists(st.sampled_from(ORDINARY), max_size=8), st.randoms(use_true_random=False))
def test_ordinary_input_is_passed_on_unchanged(parts: list[str], chance: random.Random) -> None:
    # A response could begin like these keys, if no other sequence followed.
    whole = "".join(f"{part}\x1b[A" if part in INTRODUCERS else part for part in parts)
    assert passed(whole, chance) == whole


@pytest.mark.parametrize("sent", CHANGED, ids=lambda sent: repr(sent[:30]))
def test_what_textual_cannot_take_is_dropped(sent: str) -> None:
    for seed in range(5):
        assert passed(sent, random.Random(seed)) == CHANGED[sent]


PIECES = st.sampled_from(
    [
        *("\x1b", "\x1b[", "\x1b]11;", "\x1bP", "\x1bO", "[", "M", "<", "?", ":", ";", "0", "3", "9999999", "48", "97"),
        *("~", "u", "t", "A", "$y", "m", "\x07", "\x1b\\", "R", "é", "\x1b[200~", "\x1b[201~", "\x1b[48;", "1114112"),
        *("55296", "-", "\x1b[M", "I", "\x00"),
    ]
)


@given(st.lists(PIECES | st.characters(), max_size=40), st.randoms(use_true_random=False))
def test_no_input_ends_or_freezes_the_parser(pieces: list[str], chance: random.Random) -> None:
    parser = FilteredParser()
    for piece in pieces:
        for event in (*parser.feed(piece), *(parser.tick() if chance.random() < 0.1 else ())):
            if isinstance(event, events.Resize):
                assert event.size.width <= MOST_COLUMNS
                assert event.size.height <= MOST_ROWS


def test_escape_is_a_key_once_nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    parser, now = FilteredParser(), time.monotonic()
    assert not [*parser.feed("\x1b"), *parser.tick()]
    monkeypatch.setattr(time, "monotonic", lambda: now + 1)
    assert [event.key for event in parser.tick() if isinstance(event, events.Key)] == ["escape"]
    assert [event.key for event in parser.feed("\x1b[A") if isinstance(event, events.Key)] == ["up"]


@pytest.mark.timed
def test_a_response_of_megabytes_takes_no_time() -> None:
    for start in ("\x1b]11;", "\x1b[48;", "\x1b[200~"):
        begun, terminal = time.process_time(), TerminalInput()
        for _part in range(500):
            terminal.feed(start + "9" * 4000)
        assert time.process_time() - begun < 1
