"""Connection strings in a text: if all of a string is understood, only the secrets in it are hidden.

Where a service is says a lot about a failure. A string with any part that could be a secret is hidden whole.
"""

from __future__ import annotations

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.values import FIELD, MASK, is_secret_field, looks_like_credential
from astro_tui.text.redaction.words import lazy


def without_secrets(locator: str) -> str:
    """Return a connection string with a secret in it without the secret, or `MASK` if it could have others."""
    if "@" in locator:
        # An earlier step has replaced the login.
        return locator if _is_open(locator) else MASK
    separator = ";" if ";" in locator else " "
    parts = locator.split(separator)
    shown = [_shown(part) for part in parts]
    found = shown != parts or MASK in parts
    return separator.join(part for part in shown if part is not None) if found and None not in shown else MASK


def _shown(part: str) -> str | None:
    """Return a part of a connection string as it is shown, None if it is not a field."""
    if part.strip() in ("", MASK):
        return part
    field = FIELD().fullmatch(part)
    if field is None:
        return None
    value = field["value"].strip("\"' ")
    if kind_of(field["key"].strip()) is Kind.LOCATOR:
        return None
    if is_secret_field(field["key"].strip(), value):
        return f"{part[: field.start('value')]}{MASK}"
    return None if _could_be_secret(value) else part


def _is_open(locator: str) -> bool:
    """Return whether nothing but the login of a URL could be a secret, and the login is hidden."""
    found = _OPEN().fullmatch(locator)
    if found is None or any(map(_could_be_secret, found["path"].split("/"))):
        return False
    parameters = [parameter.partition("=") for parameter in (found["query"] or "").split("&")]
    return not any(is_secret_field(key, value) or _could_be_secret(value) for key, _, value in parameters)


def _could_be_secret(value: str) -> bool:
    digit = any(map(str.isdigit, value))
    host = _HOST().fullmatch(value) is not None
    return len(value) >= 8 and digit and not host and looks_like_credential(value)


_OPEN = lazy(
    rf"(?a:(?:[a-z][a-z0-9+.-]{{1,30}}://)?(?:[\w.+-]{{1,64}}:)?{MASK}@(?:(?:tcp|udp)\([\w.:-]{{1,200}}\)|[\w.,:-]{{1,300}})"
    r"(?P<path>(?:/[\w.-]{0,60}){0,4})(?:\?(?P<query>[\w.&=/+-]{0,300}))?)"
)
_HOST = lazy(r"(?a:(?:tcp:)?(?:[a-z0-9-]{1,60}\.){1,8}[a-z]{2,20}(?:[:,]\d{2,5})?)")
