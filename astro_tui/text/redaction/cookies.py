"""The cookies in a header, of which some identify a login: `Set-Cookie: sid=x`, `Cookie: theme=dark; session=x`."""

from __future__ import annotations

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.values import is_plain, looks_like_credential
from astro_tui.text.redaction.words import lazy, word_set


def has_pairs(text: str, name: str, start: int) -> bool:
    """Return whether pairs follow, as in the header of HTTP: the `erlangCookie` of a cluster is one text."""
    return name.lower().replace("_", "-") in _HEADERS or _PAIR().match(text, start) is not None


_HEADERS = word_set("cookie set-cookie http-cookie")
_PAIR = lazy(r"(?a:[\w.-]{1,60}=(?![=\s]|\Z))")


def is_name_of_cookie(name: str, value: str) -> bool:
    """Return whether a value only names a cookie, as in `session_cookie=__Host-session`."""
    lower = name.lower()
    return lower.endswith("cookie") and "erlang" not in lower and not any(map(str.isdigit, value))


def cookie(text: str, start: int, *, setting: bool) -> tuple[int, int] | None:
    """Return where the secret in the cookies at `start` is, or None; `setting` is the header of a server."""
    line = text.find("\n", start)
    line = len(text) if line < 0 else line
    equals = text.find("=", start, line)
    if equals < 0 or is_plain(text[equals + 1 : line].strip("\"' ")):
        return None
    stop = text.find(";", equals, line) if setting else line
    stop = line if stop < 0 else stop
    # `theme=dark` and `lang=en` are settings.
    if setting and not text[equals + 1 : stop].strip("\"' "):
        return None
    if not any(map(_is_login_cookie, text[start : min(stop, start + 4096)].split(";"))):
        return None
    return (equals + 1 if setting else start), stop


def _is_login_cookie(pair: str) -> bool:
    name, _, value = pair.strip("\"' ").partition("=")
    return kind_of(name) > Kind.PUBLIC or name.lower() in _LOGINS or looks_like_credential(value) or len(value) >= 32


_LOGINS = word_set("sid ssid sess session_id sessionid connect.sid remember_me rememberme uid user")
