"""What comes from the terminal, as text that Textual's parser understands at once and that cannot break it.

Textual's parser ends the program at some sequences, freezes it at others, and takes a response that it does not know
for key presses. This filter passes on whole sequences only, and drops those. Pure; its time and memory are bounded.
"""

from __future__ import annotations

import re

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

LONGEST = 32
"""Characters of the longest sequence that is passed on, which is also the limit of Textual's parser."""
MOST_COLUMNS, MOST_ROWS = 2000, 1000
"""The largest size that a terminal can report; the largest screens there are have less at the smallest font."""
LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_ESC, _PASTE, _PASTED = "\x1b", "\x1b[200~", "\x1b[201~"
_INTRODUCERS = tuple(f"{_ESC}{character}" for character in "[]PX^_")
_TOKEN = re.compile(
    r"""
    [^\x1b]+
    | (?P<string> \x1b [\]PX^_] [^\x07\x1b]* (?: \x07 | \x1b\\ ) )
    | \x1b [\]PX^_] (?= \x1b [^\\] )     # a key with alt
    | \x1b \[ \[ [^\x1b]                # a function key of the Linux console
    | \x1b \[ M [^\x1b]{3}              # the oldest form of a mouse event
    | \x1b \[ (?: [378] | 2[34] ) \$     # a key of rxvt
    | (?P<control> \x1b \[ (?! [M\[] ) [ -?]* [@-~] )
    | (?P<broken> \x1b \[ (?: [M\[] [^\x1b]{0,2} (?= \x1b ) | [ -?]* (?= [^ -~] ) )
                 | \x1b [\]PX^_] [^\x07\x1b]+ (?= \x1b [^\\] ) )
    | \x1b O (?: [^\x1b] | (?= \x1b ) )
    | \x1b [^\x1b\[\]OPX^_]
    | \x1b (?= \x1b )
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(
    r"""
    \x1b\[ (?:
    (?: [0-9]+ (?: ; [0-9]+ )? )? [u~ABCDEFHPQRS]       # a key, or the position of the cursor
    | < [0-9]+ ; -? [0-9]+ ; -? [0-9]+ [mM]             # a mouse event
    | [IO]                                              # focus
    | \? [0-9]+ ; [0-9] \$ y                            # whether a mode is supported
    )
    """,
    re.VERBOSE,
)
_PARAMETERS = re.compile(r"\x1b\[([0-9:;]*)(.)")
_KEYS = frozenset("u~ABCDEFHPQRS")
"""How keys end in the kitty protocol."""
_RELEASED = "3"
"""What the kitty protocol calls the event of a key that is released."""
_REST = {"string": re.compile(r"\x07|\x1b\\|(?=\x1b[^\\])"), "control": re.compile(r"[@-~]|(?=[^ -~])")}
"""Where a sequence that is too long ends, by its kind."""


class TerminalInput:
    """Filters what was read, in parts of any size."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""
        """The kind of what the next text is in the middle of: a paste, or a sequence that is too long."""

    @property
    def waiting(self) -> bool:
        """Whether something may be passed on, or dropped, if no more comes."""
        return self.dropping or (bool(self._held) and self._inside != "paste")

    @property
    def dropping(self) -> bool:
        """Whether the rest of a long sequence is being dropped."""
        return self._inside in _REST

    def feed(self, text: str) -> str:
        """Return what can be passed on so far, in whole sequences."""
        text, self._held = self._held + text, ""
        if _ESC not in text and not self._inside:
            return text
        passed: list[str] = []
        place = 0
        while place < len(text):
            step = self._paste if self._inside == "paste" else self._rest if self._inside else self._sequence
            place = step(text, place, passed)
        return "".join(passed)

    def give_up(self) -> str:
        """Return what is left of a sequence that nothing more came of: escape, or a key with alt."""
        left, self._held, self._inside = self._held, "", ""
        return "" if left[:2] in _INTRODUCERS and len(left) > 2 else left

    def _sequence(self, text: str, place: int, passed: list[str]) -> int:
        token = _TOKEN.match(text, place)
        if token is None:
            if len(text) - place <= LONGEST:
                self._held = text[place:]
            else:
                self._inside = "control" if text.startswith("\x1b[", place) else "string"
                return self._rest(text, place + 2, passed)
            return len(text)
        sequence = token[0]
        if sequence == _PASTE:
            self._inside = "paste"
        if token["control"]:
            sequence = checked(sequence)
        elif token["string"] or token["broken"] or (sequence.startswith(_ESC) and len(sequence) > LONGEST):
            sequence = ""
        passed.append(sequence)
        return token.end()

    def _rest(self, text: str, place: int, _passed: list[str]) -> int:
        end = _REST[self._inside].search(text, place)
        if end is None:
            self._held = _ESC if text.endswith(_ESC) else ""
            return len(text)
        self._inside = ""
        return end.end()

    def _paste(self, text: str, place: int, passed: list[str]) -> int:
        """Pass on a paste without its escape characters, which Textual would read as sequences, and as keys."""
        end = text.find(_PASTED, place)
        if end < 0:
            last = text.rfind(_ESC, place)
            kept = last if last >= 0 and _PASTED.startswith(text[last:]) else len(text)
            self._held = text[kept:]
            passed.append(text[place:kept].replace(_ESC, ""))
            return len(text)
        passed += text[place:end].replace(_ESC, ""), _PASTED
        self._inside = ""
        return end + len(_PASTED)


def checked(sequence: str) -> str:
    """Return a control sequence in a form that Textual's parser takes, or an empty text."""
    if len(sequence) > LONGEST or any(map(_too_large, re.findall("[0-9]+", sequence))):
        return ""
    if sequence in ANSI_SEQUENCES_KEYS or _PLAIN.fullmatch(sequence):
        return sequence
    parts = _PARAMETERS.fullmatch(sequence)
    numbers = parts[1].split(";") if parts is not None else []
    if parts is None or len(numbers) < 2:
        return ""
    if parts[2] == "t":
        return _resize(numbers)
    return _key(numbers, parts[2]) if parts[2] in _KEYS and len(numbers) <= 3 else ""


def _too_large(digits: str) -> bool:
    number = int(digits)
    return number > LAST_CODE_POINT or number in _SURROGATES


def _resize(numbers: list[str]) -> str:
    """Return a report of the terminal's size. One in pixels that is not known becomes that in cells."""
    whole = [each.partition(":")[0] for each in numbers]
    if len(whole) != 5 or whole[0] != "48" or not all(whole):
        return ""
    rows, columns, height, width = map(int, whole[1:])
    if not (0 < rows <= MOST_ROWS and 0 < columns <= MOST_COLUMNS):
        return ""
    return f"\x1b[48;{rows};{columns};{height or rows};{width or columns}t"


def _key(numbers: list[str], last: str) -> str:
    """Return a key that is pressed, without its other layouts and the kind of its event."""
    code, modifiers, *text = numbers
    modifier, _colon, event = modifiers.partition(":")
    if event.partition(":")[0] == _RELEASED:
        return ""
    return f"\x1b[{';'.join((code.partition(':')[0], modifier, *text))}{last}"
