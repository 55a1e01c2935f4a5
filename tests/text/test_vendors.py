"""A vendor's token is found by a start, or a part, that is written beside its pattern."""

from __future__ import annotations

import re

import pytest
from support.masking.secrets_corpus import vendor_tokens as corpus

from astro_tui.text.redaction.forms import SHORT_RUN, longest_run
from astro_tui.text.redaction.vendors import _FAMILIES, _SIGNED_HASHES, VENDOR_HINTS, _pattern, vendor_tokens

MADE = (
    "AccountKey=‹20› cfut_‹40› s.1‹23› BSA‹28› M‹24›.‹6›.‹27› 123456789:‹35› access-sandbox-‹36› CFPAT-‹30›"
    " sc_‹6›.‹4›.acc_‹12›.‹30› xprv‹100› pbkdf2_sha256$‹20› scrypt:1:1$‹4›$‹32› SCRAM-SHA-256$1:‹40›"
    " $2b$‹16› {SSHA}‹20› st.‹24›.‹32›.‹32› v1.‹40› 1/1234567890:‹32› 2/1234567890/1234567890:‹32›"
    " 0.550e8400-e29b-41d4-a716-446655440000.‹30›:‹22›== ak-A1‹20› as-A1‹20› app-A1‹22› dataset-A1‹22› unkey_1‹21›"
    " key_‹28› npg_1‹11› dtn_‹64› prod:a-b-1|‹44› key-1‹31› sk.eyJ‹30›.‹22› tk.eyJ‹30›.‹22›"
)
"""Forms that the corpus has elsewhere; a number stands for as many characters."""
TOKENS = [token for _vendor, token in corpus()]
TOKENS += [re.sub("‹([0-9]+)›", lambda length: "a" * int(length.group(1)), form) for form in MADE.split()]
PATTERNS = [_pattern(place) for place in range(len(_FAMILIES) + len(_SIGNED_HASHES))]


@pytest.mark.parametrize("text", ["{}", "key={}", '{{"a":"{}"}}', "é{}", "\x1b[1m{}"])
def test_the_starts_of_a_family_let_none_of_its_tokens_through(text: str) -> None:
    for token in TOKENS:
        for pattern in PATTERNS:
            match = pattern.search(text.format(token))
            if match is None:
                continue
            assert pattern in vendor_tokens(text.format(token)), (pattern, token)
            # The quick scan, which requires less, finds it, too.
            short = longest_run(match.group().encode()) < SHORT_RUN
            assert not short or any(hint in match.group().lower() for hint in VENDOR_HINTS), (pattern, token)


def test_every_family_has_a_token_here() -> None:
    assert not [pattern.pattern for pattern in PATTERNS if not any(map(pattern.search, TOKENS))]


@pytest.mark.parametrize(
    "text", ["550e8400-e29b-41d4-a716-446655440000", f"acme/bot:v1@sha256:{'0' * 64}", "agent-7d9f8b6c5d-x2k4q"]
)
def test_few_patterns_are_compiled_for_an_ordinary_text(text: str) -> None:
    assert len(vendor_tokens(text)) <= 3
