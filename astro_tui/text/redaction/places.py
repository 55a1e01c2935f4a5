"""Why a value in a document is hidden: because of its key, of what is beside or above it, or of its form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from astro_tui.text.redaction.commands import commands, may_be_command
from astro_tui.text.redaction.masking import value_form
from astro_tui.text.redaction.named import named
from astro_tui.text.redaction.tables import listed
from astro_tui.text.redaction.values import (
    MASK,
    Notation,
    is_drawn,
    is_name_of_secret,
    is_ordinary,
    is_secret,
    is_words,
)
from astro_tui.text.redaction.words import SILENT, STRONG, NameKind, kind_of, weaker, words

ARGUMENTS = 8
"""List items before one that can make it a secret."""
_BY_KEY = "its key suggests a secret"
_BY_NAME = "its name suggests a secret"
_BELOW = "it is nested under a key that suggests a secret"
_MARKED = "it is marked as secret"
_BY_ARGUMENT = "the argument before it suggests a secret"


@lru_cache(4096)
def _is_reference(key: str) -> bool:
    """Return whether a key points to a secret instead of holding one: `secretKeyRef`, `secretName`, `valueFrom`."""
    parts = words(key)
    if key.startswith(("$", "Fn::")) or parts[-1:] in (("ref",), ("refs",), ("reference",)):
        return True
    first = parts[:2] in (("image", "pull"), ("existing", "secret")) or (parts[:1] == ("from",) and len(parts) > 1)
    return first or " ".join(parts[-2:]) in listed("names", "references")


@lru_cache(4096)
def _hides_inside(key: str) -> bool:
    """Return whether everything in a container under this key is secret: `credentials`, but not `authorization`."""
    parts = words(key)
    if key == "sensitive" or (parts[:1] == ("secret",) and parts[-1] in ("env", "environment", "vars", "variables")):
        return True
    return kind_of(key) in STRONG and parts[-1] not in ("authorization", "bearer", "jwt", "auth")


@lru_cache(4096)
def _is_plain(key: str) -> bool:
    """Return whether a key below a secret key still names something ordinary: `type`, `expirationSeconds`, `path`."""
    last = words(key)[-1:]
    after = listed("names", "after") - listed("names", "secret_below")
    return _is_reference(key) or not (after | listed("names", "plain")).isdisjoint(last)


def hides_below(path: Sequence[str | int]) -> bool:
    """Return whether every text below the container at `path` is hidden, as below `credentials: {…}`.

    This excludes what is below a reference (`secretKeyRef`), `targets`, or a variable of deployment/v1, whose own
    fields say which of its values is the secret.
    """
    hidden = False
    for position, key in enumerate(path):
        if isinstance(key, int):
            continue
        if _is_reference(key):
            return False
        if not (position and path[position - 1] == "variables") and _hides_inside(key):
            hidden = True
        elif key in ("name", "targets") or _is_plain(key):
            hidden = False
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

    `value` is None for anything but a string. `name` is the text of a `name` beside it, and `declared` says that a
    `secret: true` stands beside it. `below` is `hides_below(path[:-1])` if the caller knows it. `above` is a reason
    that holds for everything in the container.
    """
    if not value or value == MASK:
        return None
    if above:
        return above
    keys = [step for step in path if isinstance(step, str)]
    nearest = keys[-1] if keys else ""
    listed_value = bool(path) and not isinstance(path[-1], str)
    kind = _kind_inside(keys[-2] if len(keys) > 1 else "", nearest)
    if not (_is_reference(nearest) or _is_wording(keys, value)):
        if (hides_below(path[:-1]) if below is None else below) and _is_secret_below(keys, value, in_list=listed_value):
            return _BELOW
        named_elsewhere = not listed_value and nearest.lower() in listed("names", "valued")
        names_only = listed_value and nearest.lower() in ("secrets", "imagepullsecrets", "enum") and value.islower()
        if not (named_elsewhere or names_only) and is_secret(kind, value, Notation.MEMBER, nearest):
            return _BY_KEY
    if not listed_value and (beside := _beside(keys, value, name, declared=declared)):
        return beside
    form = value_form(value)
    return f"it looks like {form}" if form and not (kind is NameKind.PUBLIC and form == "a random string") else None


def _kind_inside(above: str, key: str) -> NameKind:
    """Return what a key and the one above it say together: `openai: {key: …}` is like `openai_key`, but less sure."""
    if above.lower() in ("keys", "apikeys", "api_keys"):
        return kind_of(f"{key}_key")
    if key.lower() in ("pass", "basic") and above:
        return kind_of(f"{above}_{key}")
    if key.lower() in ("key", "keys") and above and not _is_reference(above):
        joined = kind_of(f"{above}_{key}")
        of_service = words(above)[-1:] and words(above)[-1] in listed("names", "services")
        return joined if of_service or joined in SILENT else weaker(joined)
    return kind_of(key)


def _is_secret_below(keys: Sequence[str], value: str, *, in_list: bool) -> bool:
    """Return whether a value below a key that suggests a secret is one, and not a name, a label, or a setting."""
    nearest = keys[-1] if keys else ""
    if is_ordinary(value) or kind_of(nearest) is NameKind.PUBLIC or (not in_list and _is_plain(nearest)):
        return False
    if nearest.lower() in listed("names", "pointing") and (value.isupper() or is_words(value) or len(value) < 5):
        return False
    return is_secret(NameKind.PASSWORD if " " in value.strip() else NameKind.TOKEN, value, Notation.MEMBER, nearest)


def _is_wording(keys: Sequence[str], value: str) -> bool:
    """Return whether, by the keys above, a value is display text or a name: `labels: {password: "Mot de passe"}`."""
    return not any(map(str.isdigit, value)) and any(key.lower() in listed("names", "wording") for key in keys[:-1])


# ---- what is beside a value


@lru_cache(4096)
def _is_value(key: str) -> bool:
    lower = key.lower()
    return lower in listed("names", "valued") | listed("names", "typed") or lower.endswith(("value", "_old", "_new"))


@lru_cache(4096)
def _names(key: str, value_key: str) -> bool:
    """Return whether the text of `key` names the value of `value_key` beside it."""
    if not _is_value(value_key) or (key.lower() in ("name", "label", "id") and value_key.lower() in ("from", "to")):
        return False
    if value_key.lower() in listed("names", "typed"):
        return key.lower() in listed("names", "labels")
    name, value = words(key), words(value_key)
    paired = name[-1:] in (("name",), ("key",)) and (name[:-1] == value[:-1] or len(value) == 1)
    return paired or key.lower() in listed("names", "naming")


def name_of(value_key: str, names: Iterable[tuple[str, str]]) -> str:
    """Return the text that names the value of a key, by the keys beside it; one that suggests a secret comes first."""
    texts = [_last(key, text) for key, text in names if _names(key, value_key)]
    return next((text for text in texts if kind_of(text) not in SILENT), next(iter(texts), ""))


@cache
def _widget() -> re.Pattern[str]:
    return re.compile(rf"(?i:(?:[ _-](?:{'|'.join(listed('names', 'widgets'))}))+[)\]'\"]*\Z)")


def _last(key: str, text: str) -> str:
    """Return the last segment of a path, or the label of a field without `field`, else the whole name."""
    return text.replace("/", ".").rpartition(".")[2] if key.lower() == "path" else _widget().sub("", text)


def may_be_named(path: Sequence[str]) -> bool:
    """Return whether something beside or above the value at `path` can say that it is a secret."""
    of_variable = _owner(path) != "" and path[-1].lower() in ("placeholder", "options", "fields")
    return bool(path) and (_is_value(path[-1]) or of_variable)


def _owner(path: Sequence[str]) -> str:
    """Return the variable of deployment/v1 that a value belongs to."""
    return path[-2] if len(path) > 2 and path[-3] == "variables" else ""


def _beside(path: Sequence[str], value: str, name: str, *, declared: bool) -> str | None:
    if not may_be_named(path):
        return None
    marked = declared and path[-1].lower() not in listed("names", "typed")
    if marked and not (is_ordinary(value) and not value.isalpha()):
        return _MARKED
    for telling in (name, path[-2] if len(path) > 1 else ""):
        if telling and not _is_reference(telling) and is_secret(kind_of(telling), value, Notation.MEMBER, telling):
            return _BY_NAME
    return None


def reason_beside(path: Sequence[str], *, name: str, declared: bool, number: bool = False) -> str | None:
    """Say why a value is secret because of what is beside it or the variable that it belongs to, or return None.

    `path` has only keys, with the value's own key last. The value of `MAX_TOKENS` is not secret if it is a `number`.
    """
    if not may_be_named(path):
        return None
    if declared:
        return _MARKED
    telling = (number_is_secret(each) if number else kind_of(each) in STRONG for each in (name, _owner(path)))
    return _BY_NAME if any(telling) else None


def number_is_secret(key: str, digits: str = "") -> bool:
    """Return whether a number under this key is hidden: a numeric password is, `max_tokens` is not."""
    kind, parts = kind_of(key), words(key)
    if kind is NameKind.TOKEN:
        return len(parts) > 1 and parts[-1] in ("token", "jwt", "key") and len(digits.strip("-")) != 1
    return kind is NameKind.PASSWORD or (kind is NameKind.PIN and (not digits or len(digits.strip("-")) >= 4))


# ---- lists of arguments


def argument_reason(value: str, before: Sequence[str]) -> str | None:
    """Return why the items before a list item make it a secret, or None: `["--password", "x"]`.

    The list is read as the command line that it stands for.
    """
    if not before or not value:
        return None
    last, line = before[-1], " ".join(("", *before))
    if last in ("-p", "-P", "-a", "-w") and is_drawn(value) and is_secret(NameKind.PASSWORD, value, Notation.CODE):
        return _BY_ARGUMENT
    name = last.rstrip(": ")
    vague = (kind_of(name) is NameKind.PASSWORD or name.endswith("s")) and not name.isupper()
    context = Notation.CODE if vague else Notation.OPTION
    if name.count(" ") < 2 and is_name_of_secret(name) and is_secret(kind_of(name), value, context, name):
        return _BY_ARGUMENT
    text = f'{line} "{value}"' if " " in value else f"{line} {value}"
    if not may_be_command(text):
        return None
    spans = (*named(text), *commands(text)) if last.startswith("-") else commands(text)
    return _BY_ARGUMENT if any(stop > len(line) + 1 for _start, stop in spans) else None
