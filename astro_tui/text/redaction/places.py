"""Why a value in a JSON document is hidden: because of its key, of what is beside or above it, or of its form."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.text.redaction.names import (
    Kind,
    hides_inside,
    is_plain_name,
    is_reference,
    is_secret_name,
    kind_inside,
    kind_of,
    number_is_secret,
    words,
)
from astro_tui.text.redaction.pairs import VALUE_KEYS, is_value
from astro_tui.text.redaction.references import is_address, refers
from astro_tui.text.redaction.roles import Role
from astro_tui.text.redaction.scan import FOREIGN_HINTS
from astro_tui.text.redaction.text import value_form
from astro_tui.text.redaction.values import (
    MASK,
    is_file,
    is_name,
    is_plain,
    is_secret_name_of,
    is_secret_value,
    looks_like_credential,
)
from astro_tui.text.redaction.vocabulary import FOREIGN_PASSWORDS
from astro_tui.text.redaction.words import word_set

MARK_KEYS = word_set(
    "secret is_secret issecret sensitive is_sensitive issensitive masked writeonly x-secret x-sensitive"
)
"""Keys, in lower case, that say with `true` that the value beside them is a secret."""
_VARIABLE_KEYS = frozenset({"placeholder", "options", "fields"})
_PLAIN_BELOW = frozenset({"name", "ref", "targets"})


def hides_below(path: Sequence[str | int]) -> bool:
    """Return whether every text below the container at `path` is hidden, as below `credentials: {…}`.

    This excludes what is below a reference (`secretKeyRef`), `targets`, or a variable of deployment/v1,
    whose own fields say which of its values is the secret.
    """
    hidden = False
    for position, key in enumerate(path):
        if isinstance(key, int):
            continue
        if is_reference(key):
            # The members of a reference name what it points to: `secretRef: {clientSecret: {name: …, key: …}}`.
            return False
        if key in _PLAIN_BELOW or is_plain_name(key):
            hidden = False
        elif position and path[position - 1] == "variables":
            continue
        elif hides_inside(key):
            hidden = True
    return hidden


def secret_reason(
    path: Sequence[str | int],
    value: str | None,
    *,
    name: str = "",
    declared: bool = False,
    below: bool | None = None,
    above: str | None = None,
) -> str | None:
    """Say why the text `value` at `path` (its own key or index last) must be hidden, or return None.

    `value` is None for anything but a string: booleans, null and containers are never hidden, and neither is empty
    text. `name` is the text of a `name` beside it (an `env` item) and `declared` says that a `secret: true`
    stands beside it. `below` is `hides_below(path[:-1])` if the caller already knows it. `above` is a reason that
    holds for everything in the container.
    """
    if not value or value == MASK:
        return None
    if above:
        return above
    keys = [step for step in path if isinstance(step, str)]
    nearest = keys[-1] if keys else ""
    listed = bool(path) and not isinstance(path[-1], str)
    if below is None:
        below = hides_below(path[:-1])
    if below and _is_secret_below(keys, value, listed=listed):
        return _BELOW
    if not listed and (beside := _beside(keys, value, name=name, declared=declared)):
        return beside
    if is_address(value.strip()):
        return None
    public = False
    if listed or nearest.lower() not in VALUE_KEYS:
        kind = kind_inside(keys[-2], nearest) if len(keys) > 1 else kind_of(nearest)
        if is_secret_value(kind, value) and not _only_names(keys, value, listed=listed, below=below):
            return _BY_KEY
        public = kind is Kind.PUBLIC
    form = value_form(value)
    if not form or (public and form == "a random string"):
        return None
    return f"it looks like {form}"


_NAMED_BELOW = word_set(
    "env environment variable var envvar secret secrets source target field property item vault uid gid mode"
    " secret_key secretkey"
)


def _is_secret_below(keys: Sequence[str], value: str, *, listed: bool) -> bool:
    """Return whether a value below a key that suggests a secret is one, and not a name, a label, or a setting."""
    nearest = keys[-1] if keys else ""
    if is_plain(value) or is_reference(nearest) or nearest in _PLAIN_BELOW:
        return False
    if nearest == "key" and "items" in keys and not looks_like_credential(value):
        return False
    return not _is_wording(keys, value) and not _is_plain_below(nearest, value, listed=listed)


def _only_names(keys: Sequence[str], value: str, *, listed: bool, below: bool) -> bool:
    """Return whether a value whose key suggests a secret is a label, a text, or the name of a secret."""
    nearest = keys[-1] if keys else ""
    return (
        _is_label(nearest, value)
        or is_reference(nearest)
        or _is_wording(keys, value)
        or (below and nearest.lower() in _NAMED_BELOW and is_name(value))
        or (listed and _is_plain_item(nearest, value))
    )


def _is_plain_below(key: str, value: str, *, listed: bool) -> bool:
    if listed:
        return key == "enum" or _is_plain_item(key, value)
    if key.lower() in _NAMED_BELOW and (value.isupper() or is_name(value) or len(value) < 5):
        # `apiKey: {env: OPENAI_API_KEY}`, `apiKey: {secret: openai-prod}`
        return True
    if key in ("key", "enum", "items", "in", "operator", "effect") or is_file(value):
        return is_file(value) or not any(map(str.isdigit, value))
    return is_plain_name(key) and not is_secret_value(kind_of(key), value)


_WORDINGS = word_set(
    "labels translations translation messages i18n l10n locale locales strings texts errors hints placeholders titles"
    " descriptions tooltips scopes loggers logging keymap keybindings shortcuts scripts tasks guardrails enum routes"
    " topics columns metrics help examples"
)


def _is_wording(keys: Sequence[str], value: str) -> bool:
    """Return whether, by the keys above, a value is display text or a name: `labels: {password: "Mot de passe"}`."""
    # Wording has no digits.
    return (
        any(key.lower() in _WORDINGS for key in keys[:-1])
        and not any(map(str.isdigit, value))
        and (" " in value or value.istitle() or value.isupper() or is_name(value))
    )


def _is_label(key: str, value: str) -> bool:
    """Return whether a value is the label of its key (`token: "Token"`), or names a secret (`db-creds`)."""
    if words(key) in (["secret"], ["secrets"]) and is_secret_name_of("secret", value):
        return True
    return (value.istitle() and words(key) == words(value)) or _is_foreign_word(value)


def _is_foreign_word(value: str) -> bool:
    """Return whether a value is the label of a password in another language, or a sentence about one: `Contraseña`."""
    lower = value.lower()
    if any(char.isascii() and char.isalpha() for char in value):
        return value[:1].isupper() and (lower in FOREIGN_PASSWORDS or lower == "mot de passe")
    return not any(map(str.isdigit, value)) and any(hint in lower for hint in FOREIGN_HINTS)


def _is_plain_item(key: str, value: str) -> bool:
    """Return whether an item of a list of secrets only names one: `secrets: [db_password]`."""
    return key.lower() in ("secrets", "imagepullsecrets", "pullsecrets") and not looks_like_credential(value)


def _beside(path: Sequence[str], value: str, *, name: str, declared: bool) -> str | None:
    if not may_be_named(path):
        return None
    if declared:
        return None if refers(value.strip()) else "it is marked as secret"
    owner = path[-2] if len(path) > 1 else ""
    for telling in (name, owner):
        # The options of a list have names as values: `{"label": "API key", "value": "api_key"}`.
        named = telling and not is_reference(telling) and words(telling) != words(value)
        if named and is_secret_value(kind_of(telling), value):
            return "its name suggests a secret"
    return None


def reason_in_role(role: Role, value: str, reason: str | None) -> str | None:
    """Say why a value is hidden that is secret for a `reason` (or None) until its role in an object is known."""
    if role is Role.PRIVATE:
        return None if is_plain(value) else reason or "it is part of a private key"
    if role is Role.UNKNOWN or reason not in _REFUTED:
        return reason
    form = value_form(value)
    return None if not form or (role is Role.PUBLIC and form == "a random string") else f"it looks like {form}"


_BY_KEY, _BELOW = "its key suggests a secret", "it is nested under a key that suggests a secret"
_REFUTED = (_BY_KEY, _BELOW, "it looks like a random string")
"""The reasons that say nothing about a value with a known role."""


def reason_beside(path: Sequence[str], *, name: str, declared: bool, number: bool = False) -> str | None:
    """Say why a value is secret because of what is beside it or the variable that it belongs to, or return None.

    `path` has only keys, with the value's own key last. The value of `MAX_TOKENS` is not secret if it is a `number`.
    """
    if not may_be_named(path):
        return None
    owner = _owner(path)
    if declared:
        return "it is marked as secret"
    telling = number_is_secret if number else is_secret_name
    return "its name suggests a secret" if telling(name) or telling(owner) else None


def may_be_named(path: Sequence[str]) -> bool:
    """Return whether something beside or above the value at `path` can say that it is a secret."""
    return bool(path) and (is_value(path[-1]) or (_owner(path) != "" and path[-1].lower() in _VARIABLE_KEYS))


def _owner(path: Sequence[str]) -> str:
    """Return the variable of deployment/v1 that a value belongs to."""
    return path[-2] if len(path) > 2 and path[-3] == "variables" else ""
