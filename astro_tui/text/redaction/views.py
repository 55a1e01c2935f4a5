"""Texts as a reader or a program sees them: without colors and invisible characters, and with escapes decoded."""

from __future__ import annotations

import re
import unicodedata
from binascii import a2b_base64
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

from astro_tui.text.redaction.tables import lazy

TextSpan = tuple[int, int]
"""Where something starts and stops in a text."""
LOOK_ALIKES = dict(zip("АВЕКМНОРСТХаеорсухіѕјԁһɡɩοαρν", "ABEKMHOPCTXaeopcyxisjdhgioapv", strict=True))
_ALIKE = f"[{''.join(LOOK_ALIKES)}]"
_WIDE = "\xa0\u2000-\u200a\u3000\uff01-\uff5e\U0001d400-\U0001d7ff"
_UNSEEN = "\xad\u034f\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_disguised = lazy(rf"[{_WIDE}]|[{_UNSEEN}]+|(?<=[A-Za-z]){_ALIKE}|{_ALIKE}(?=[A-Za-z])")
_color = lazy(r"(?:\x1b|\\u001b|\\x1b|\\033|\\e)\[[\d;:]{0,20}[mK]")
_escaped = lazy(
    r"[\\%&\"'](?:(?<=\\)\\{0,3}(?:(?:u00|x)([2-7][0-9A-Fa-f])|([nrt]))|(?<=%)(?:25){0,3}([2-7][0-9A-Fa-f])"
    r"|(?<=&)((?:quot|apos|amp|lt|gt|#\d{2,4}|#x[0-9A-Fa-f]{2});)"
    r"|(?<=[\"'])(?:[ ]?(?:[+.][ ]?|\\\n[ ]{0,40})|(?<=[\w-].))[\"'](?=[\w-])|(?<=')\"'\"')"
)
"""Escapes, and what is between the parts of a text: `"a" + "b"`, `"a""b"`."""
_encoded = lazy("[A-Za-z0-9+/_-]{24,}={0,2}")
_login = lazy(r"[A-Za-z][\w.@-]{0,60}:(?!//)(?=\S*\d)(?=\S*[A-Za-z])\S{6,200}")
_SHORTEST, _LONGEST = 6, 1 << 15


class DecodedView(NamedTuple):
    """A text that stands for another one, and where each of its characters starts and stops there."""

    text: str
    starts: Sequence[int]
    stops: Sequence[int]

    def span(self, start: int, stop: int) -> TextSpan:
        """Return the place in the other text of a place in this one."""
        return self.starts[start], self.stops[stop - 1]

    def replaced(self, pattern: re.Pattern[str], plain: Callable[[re.Match[str]], str]) -> DecodedView:
        """Return this view with what matches a pattern written plainly."""
        pieces: list[str] = []
        starts: list[int] = []
        stops: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            written = plain(match)
            if written != match.group():
                start, stop = match.span()
                pieces += (self.text[done:start], written)
                starts.extend(self.starts[done:start])
                stops.extend(self.stops[done:start])
                if written:
                    starts.extend([self.starts[start]] * len(written))
                    stops.extend([self.stops[stop - 1]] * len(written))
                done = stop
        if not pieces:
            return self
        return DecodedView(
            "".join((*pieces, self.text[done:])), (*starts, *self.starts[done:]), (*stops, *self.stops[done:])
        )


def undisguised(text: str) -> str:
    """Return a text without invisible characters, and with wide and look-alike letters as plain ones."""
    return text if text.isascii() else _disguised().sub(_plain, text)


def views(text: str) -> Iterator[DecodedView]:
    """Yield a text as it looks, and then as it is when its escapes are decoded and its parts joined."""
    view = DecodedView(text, range(len(text)), range(1, len(text) + 1))
    if "\x1b" in text or "\\" in text:
        view = view.replaced(_color(), lambda _match: "")
    if not text.isascii():
        view = view.replaced(_disguised(), _plain)
    yield view
    for pattern, plain in ((_escaped(), _unescaped), (_encoded(), _decoded)):
        if (other := view.replaced(pattern, plain)) is not view:
            yield other


def _plain(match: re.Match[str]) -> str:
    char = match.group()
    wide = unicodedata.normalize("NFKC", char) if char.isprintable() or char.isspace() else ""
    return LOOK_ALIKES.get(char, wide if len(wide) == 1 else "")


def _unescaped(match: re.Match[str]) -> str:
    code, letter, entity = match[1] or match[3], match[2], match[4]
    if code:
        return chr(int(code, 16))
    return unescape(f"&{entity}") if entity else {"n": "\n", "r": "\n", "t": "\t"}.get(letter, "")


def _decoded(match: re.Match[str]) -> str:
    """Return what is encoded in base64, also twice, if it is readable: a user and a password as they are in a URL."""
    text = decoded(match.group())
    if not text:
        return match.group()
    text = decoded(text) or text
    return f"://{text}@" if _login().fullmatch(text) else text


def decoded(text: str) -> str | None:
    """Return the readable text that a text encodes in base64, or None: random bytes are never readable."""
    if not _SHORTEST <= len(text) <= _LONGEST:
        return None
    raw = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        # Almost all texts that are no base64 are known by their first bytes.
        if not a2b_base64(raw[:8].ljust(8, "A")).isascii():
            return None
        plain = a2b_base64(raw + "=" * (-len(raw) % 4)).decode()
    except ValueError:
        return None
    return plain if all(char.isprintable() or char in "\n\r\t" for char in plain) else None
