"""Decides which values are secrets, and replaces secrets in text from outside (platform.md §17.3).

The platform blanks only variables that are marked as secret. Everything else (environment maps, literal `env`
values, a variable whose author forgot the mark) arrives in clear text.

Callers mask text from outside at the one place where they output it, and mask nothing else. A document's value goes
through `secret_reason`, because its key says most about it. Every other text from the platform (a reason, a message, a
name, a label) goes through `masked_line` or `redact_text` before it becomes part of a sentence. The program's own
sentences are never masked.

Where to start: `text` lists the steps that find secrets in free text, and `places` decides about a document's value.
`vocabulary` has the words of keys, `names` reads a key, and `values` judges a value under a key; `roles` and `pairs`
read the members beside it. `vendors` (tokens with a known prefix) and `forms` (JWTs, private keys, random texts)
recognize secrets by their form anywhere. `assigned` (`password=x`), `shapes`, `commands` (`redis-cli -a x`), and
`arguments` (`["redis-cli", "-a", "x"]`) find secrets by what is around them; `shapes` has its tables in `markup`
(`<password>x`), `calls` (code and settings), and `prose` (sentences), `locators` keeps the rest of a connection string,
and `cookies` reads cookies. `scan` finds quickly where to look, and `known` removes the login's own tokens. All
functions are pure. `docs/masking.md` has the measured rates.
"""

from __future__ import annotations

from astro_tui.text.redaction.commands import ARGUMENTS, argument_reason
from astro_tui.text.redaction.forms import looks_random
from astro_tui.text.redaction.known import without, without_in_json
from astro_tui.text.redaction.names import is_secret_name, kind_of, number_is_secret
from astro_tui.text.redaction.pairs import NAME_ENDS, NAME_KEYS, VALUE_KEYS, is_change, name_of
from astro_tui.text.redaction.places import (
    MARK_KEYS,
    hides_below,
    may_be_named,
    reason_beside,
    reason_in_role,
    secret_reason,
)
from astro_tui.text.redaction.roles import may_have_role, role_of
from astro_tui.text.redaction.scan import hinted, suspects
from astro_tui.text.redaction.text import masked_line, redact_text, value_form
from astro_tui.text.redaction.values import MASK, looks_like_credential

__all__ = [
    "ARGUMENTS",
    "MARK_KEYS",
    "MASK",
    "NAME_ENDS",
    "NAME_KEYS",
    "VALUE_KEYS",
    "argument_reason",
    "hides_below",
    "hinted",
    "is_change",
    "is_secret_name",
    "kind_of",
    "looks_like_credential",
    "looks_random",
    "masked_line",
    "may_be_named",
    "may_have_role",
    "name_of",
    "number_is_secret",
    "reason_beside",
    "reason_in_role",
    "redact_text",
    "role_of",
    "secret_reason",
    "suspects",
    "value_form",
    "without",
    "without_in_json",
    "words",
]
