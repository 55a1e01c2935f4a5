"""How names and values are written in a text: in quotes or not, after a sign, in elements and attributes."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from astro_tui.text.redaction.tables import lazy, pattern
from astro_tui.text.redaction.values import Notation, is_secret
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import NameKind

LONGEST = 512
"""Characters of a value that are read before it is judged."""
QUOTE = r"(?:\"{3}|'{3}|\\{0,4}[\"'`]|&quot;|%(?:25){0,3}22|\\u0022|\\x22|<<)"
assigned = lazy(
    rf"""(?:{QUOTE}|\]|\)|\[\]|\*{{1,2}}|\}}|>>|\\(?=[=:])){{0,3}}
    (?:[ ]?[(\[][^()\[\]\n]{{1,40}}[)\]](?=:))?(?P<space>[ \t]{{0,40}}|\n(?=[:=]))
    (?P<sign>%(?:25){{0,3}}3[ADad](?:%(?:25){{0,3}}20)?|[→⇒➜←⟶│【]|~>|=[ ]=
      |:[ ]?&?(?:'\w{{1,10}}[ ])?[A-Za-z][\w\[\]., |?]{{0,40}}[ ]=(?=[ ])
      |(?<=[ ])(?:As[ ])?[A-Za-z]\w{{2,12}}[ ]=(?=[ ]["'])
      |={{1,3}}>|:=|={{1,3}}(?!~)|\uff1d|\.{{3,60}}:?|->|;s:\d{{1,6}}:|(?<!:):(?!:|//)|\uff1a|>|\(|\{{(?=["'])
      |\.(?=[ ]["'])|(?:\|\||\?\?|or)(?=[ ]?["'`]))(?:(?<=:)\*\*)?
    (?P<after>\\n[ ]{{0,8}}|[ \t]{{0,40}}\r?\n[ \t]{{0,40}}(?={QUOTE}|string\()
      |[ ]{{0,4}}(?:[|>][-+]?|!![a-z]+)?\n(?P<block>[ ]{{0,20}}(?:-[ ])?)|[ ]!![a-z]{{1,12}}[ ]|[ \t]{{0,40}})
    (?:(?:expected[ ]|got[ ]|was[ ]|Some|Ok|Just|String|SecretStr|Secret|new[ ]String|string\(\d{{1,6}}\)
      |[bruN]{{1,2}}|[$@]|(?:(?<=:)|(?<=:[ ]))\[(?={QUOTE}[^\s"']+["']))\(?\s{{0,20}}(?={QUOTE}))?
    (?P<quote>{QUOTE})?""",
    re.VERBOSE,
)
"""What is between a name and its value, from the quote or bracket that ends the name."""


class Name(NamedTuple):
    """A name in a text, and what it says about its value."""

    text: str
    start: int
    stop: int
    name: str
    kind: NameKind

    def before(self, count: int) -> str:
        """Return the characters before the name."""
        return self.text[max(0, self.start - count) : self.start]

    def word_before(self) -> str:
        """Return the word before the name in lower case: `wrong` in `wrong password`."""
        return self.before(24).lower().rpartition(" ")[0].rpartition(" ")[2]

    def follows(self, pattern: re.Pattern[str], reach: int = 80) -> bool:
        """Return whether a pattern that ends where the text ends matches right before the name."""
        return pattern.search(self.text, max(0, self.start - reach), self.start) is not None

    def says(self, value: str, context: Notation = Notation.MEMBER) -> bool:
        """Return whether a value that is written so is a secret."""
        return is_secret(self.kind, value, context, self.name)


class Value(NamedTuple):
    """A value in a text: its place, its first characters without punctuation, and the quote before it."""

    start: int
    stop: int
    raw: str
    quote: str | None
    cut: bool

    def span(self, text: str) -> TextSpan:
        """Return the place of the whole value, whatever its length."""
        if not self.cut:
            return self.start, self.start + len(self.raw)
        match = _pattern(self.quote).match(text, self.start)
        return self.start, match.end() if match is not None else self.stop


@cache
def _quoted(quote: str) -> re.Pattern[str]:
    inside = rf"[^{quote}\\\n]|\\[^\n]" if len(quote) == 1 else rf"(?!{re.escape(quote)})[^\n]"
    return re.compile(f"(?:{inside})*+")


def _pattern(quote: str | None) -> re.Pattern[str]:
    return _quoted(quote) if quote else pattern("bare value")


def value_at(text: str, place: int, quote: str | None, punctuation: str = ".:!") -> Value | None:
    """Return the value at a place, which is after its opening quote if it has one."""
    match = _pattern(quote).match(text, place, place + LONGEST)
    if match is None or not match.group():
        return None
    raw = match.group() if quote else match.group().rstrip(punctuation) or match.group()
    return Value(place, match.end(), raw, quote, cut=match.end() == place + LONGEST)
