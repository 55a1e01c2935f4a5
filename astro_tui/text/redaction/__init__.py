"""Decides which values are secrets, and replaces secrets in text from outside (platform.md §17.3).

The platform blanks only variables that are marked as secret. Everything else (environment maps, literal `env`
values, a variable whose author forgot the mark) arrives in clear text.

Callers mask text from outside at the one place where they output it, and mask nothing else. A document's value goes
through `secret_reason`, because its key says most about it. Every other text from the platform (a reason, a message, a
name, a label) goes through `masked_line` or `redact_text` before it becomes part of a sentence. The program's own
sentences are never masked.

Where to start: `values.is_secret` is the only decision. `words` reads a name and says how much it says about its
value. `tokens` finds what its form gives away, `named` what a name beside it gives away, `said` what a sentence gives
away, `columns` what a heading gives away, `commands` what an option gives away; `masking` runs them over a text as it
looks and as it is when decoded (`views`), and `places` over a value in a document. `hints` finds quickly where to
look, and `known` removes the login's own tokens. What is known about names, values, services, and programs is in the
TOML files, as are the longer patterns (`forms.toml`): a new token is one row. All functions are pure.
`docs/masking.md` says what is not covered, and has the rates.
"""

from __future__ import annotations

from astro_tui.text.redaction.hints import hinted, suspects
from astro_tui.text.redaction.known import without, without_in_json
from astro_tui.text.redaction.masking import masked_line, redact_text, value_form
from astro_tui.text.redaction.places import (
    ARGUMENTS,
    argument_reason,
    hides_below,
    may_be_named,
    name_of,
    number_is_secret,
    reason_beside,
    secret_reason,
)
from astro_tui.text.redaction.tables import listed, load_tables
from astro_tui.text.redaction.values import MASK, is_drawn
from astro_tui.text.redaction.words import is_secret_name

__all__ = [
    "ARGUMENTS",
    "MASK",
    "argument_reason",
    "hides_below",
    "hinted",
    "is_drawn",
    "is_secret_name",
    "listed",
    "load_tables",
    "masked_line",
    "may_be_named",
    "name_of",
    "number_is_secret",
    "reason_beside",
    "redact_text",
    "secret_reason",
    "suspects",
    "value_form",
    "without",
    "without_in_json",
]
