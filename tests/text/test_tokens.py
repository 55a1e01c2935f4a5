"""Each token of the table is found, and a new one is one row."""

from __future__ import annotations

import random
import re
import string

import pytest

from astro_tui.text.redaction import MASK, hinted, redact_text
from astro_tui.text.redaction.tables import rows
from astro_tui.text.redaction.tokens import TokenFinder

_CHANCE = random.Random(20261130)
_ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "W": string.ascii_letters + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "L": string.ascii_lowercase + string.digits,
    "H": "0123456789abcdef",
    "D": string.digits,
    "M": string.ascii_letters + string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "P": string.ascii_letters + string.digits + "/",
    "X": string.ascii_letters + string.digits + "./",
}
FORMS = [form for forms in rows("tokens", "tokens").values() for form in forms]


def made(form: str) -> str:
    """Return a token of a form. It has what almost every drawn token has: a capital, and a digit before a letter."""
    parts = []
    for part in form.split(" "):
        sized = re.fullmatch(r"([AWULHDBXMP])(\d+)\+?", part)
        drawn = "".join(_CHANCE.choices(_ALPHABETS[sized[1]], k=int(sized[2]))) if sized else part
        if sized and sized[1] in "AWMBXP" and len(drawn) > 5:
            drawn = f"{drawn[:-4]}b7Rq"
        elif sized and sized[1] in "ULH" and len(drawn) > 5:
            drawn = f"{drawn[:-2]}7{'A' if sized[1] == 'U' else 'a'}"
        parts.append(drawn)
    return "".join(parts)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_is_found(form: str) -> None:
    token = made(form)
    for text in ("{}", "loaded {} in 3 ms", "x={}", '{{"a": "{}"}}', "\x1b[1m{}\x1b[0m"):
        assert MASK in redact_text(text.format(token)), token
    assert hinted(token.encode()), token


def test_a_new_token_is_one_row() -> None:
    text = "login with acme_live_Ab3dEf6hIj9kLmN0 and acme-live-tool-for-all"
    assert not list(TokenFinder(rows("tokens", "tokens")).spans(text))
    found = TokenFinder({**rows("tokens", "tokens"), "Acme": ["acme_live_ A16"]}).spans(text)
    assert [text[start:stop] for start, stop in found] == ["acme_live_Ab3dEf6hIj9kLmN0"]


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-some-estimator",
        "pk_live_51Hx7sJ2kQm4RtYb9VnXc3LdFh6Gp1Wz8",
        "app-7d9f8b6c5dab12cd34ef56ab",
        "key-press-up",
    ],
)
def test_what_starts_like_a_token_is_shown(text: str) -> None:
    assert redact_text(f"loaded {text} in 3 ms") == f"loaded {text} in 3 ms"
