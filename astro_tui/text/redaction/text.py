"""Secrets inside of free text: log lines, errors, commands, configuration files.

One chain of steps finds them; `redact_text` replaces what each step finds and `value_form` names the first step that
finds something, so a value is hidden exactly if part of it would be masked as text. Every step takes time in
proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction import forms, shapes
from astro_tui.text.redaction.arguments import OPTION_HINTS, arguments
from astro_tui.text.redaction.assigned import assigned
from astro_tui.text.redaction.commands import command_patterns, masked_by, transcripts
from astro_tui.text.redaction.scan import FOREIGN_HINTS, NAME_HINTS, SENT_HINTS
from astro_tui.text.redaction.values import MASK, is_name, is_plain, looks_like_credential
from astro_tui.text.redaction.vendors import VENDOR_HINTS, vendor_tokens
from astro_tui.text.redaction.words import has_any, lazy

_SHORTEST = 6
_EXAMINED = 2_000
"""Characters of a text that are masked for an output of a few words."""
_COLOR_HINTS = ("\x1b[", "\\u001b[", "\\x1b[", "\\033[", "\\e[")
_COLORS = lazy(r"(?:\x1b|\\(?:u001[bB]|x1[bB]|033|e))\[[\d;:]{0,20}[mK]")


def redact_text(text: str) -> str:
    """Return text from outside with everything in it that looks like a secret replaced by `MASK`.

    A text whose colors (ANSI escapes) separate a secret from its name loses all colors.
    """
    for _form, step in _steps(text):
        text = step(text)
    return text


def masked_line(text: str, limit: int = 0) -> str:
    """Return text from outside as one line for an output: secrets masked, control characters visible.

    With a `limit` (in characters, 0 = none) the line is cut and ends with `…`.
    """
    return visible(redact_text(bounded(text, max(8 * limit, _EXAMINED)) if limit else text), limit)


def value_form(value: str) -> str | None:
    """Name the kind of secret that a text is or contains (`a JWT`), or return None."""
    if len(value) < _SHORTEST:
        return None
    for form, step in _steps(value):
        if step(value) != value:
            return form
    return None


def _steps(text: str, *, colored: bool = True) -> list[tuple[str, Callable[[str], str]]]:
    """Return the steps that could find something in a text, each with the form that it looks for."""
    lower = text.lower()
    steps: list[tuple[str, Callable[[str], str]]] = []
    if "@" in text:
        steps.append(("a URL with a password", _user_infos))
    if "://" in text or "hook" in lower:
        steps.append(("a webhook", _webhooks))
    if "-----BEGIN" in text:
        steps.append(("a PEM block", _private_keys))
    if "eyJ" in text:
        steps.append(("a JWT", _jwts))
    run = forms.longest_run(text.encode("utf-8", "replace"))
    if run == forms.RUN:
        steps.append(("a private key", _bare_keys))
    if run or has_any(lower, VENDOR_HINTS):
        steps.append(("a service token", _vendor_tokens))
    named = has_any(lower, NAME_HINTS)
    named = named or (not text.isascii() and has_any(lower, FOREIGN_HINTS))
    if "bearer" in lower or "basic" in lower or "authorization" in lower:
        steps.append(("an authorization header", _bearers))
    if named:
        steps += (("a string that contains a secret", assigned), ("a string that contains a secret", shapes.named))
    if patterns := command_patterns(lower):
        steps.append(("a string that contains a secret", partial(masked_by, patterns)))
    if has_any(text, OPTION_HINTS):
        steps.append(("a string that contains a secret", arguments))
    if has_any(text, SENT_HINTS):
        steps.append(("a string that contains a secret", transcripts))
    if run == forms.RUN:
        steps.append(("a random string", _random_runs))
    if colored and has_any(lower, _COLOR_HINTS):
        steps.append(("a string that contains a secret", _without_colors))
    return steps


def _without_colors(text: str) -> str:
    """If its colors hide a secret, return the text masked and without colors, else unchanged."""
    plain = _COLORS().sub("", text)
    masked = plain
    for _form, step in _steps(plain, colored=False):
        masked = step(masked)
    return text if masked == plain else masked


# ---- forms


def _private_keys(text: str) -> str:
    return forms.private_keys().sub(MASK, text)


def _bare_keys(text: str) -> str:
    return forms.without_bare_keys(text, MASK)


def _webhooks(text: str) -> str:
    return forms.webhooks().sub(lambda match: f"{match.group(1) or match.group(2)}{MASK}", text)


def _jwts(text: str) -> str:
    return forms.jwts().sub(MASK, text)


def _vendor_tokens(text: str) -> str:
    for pattern in vendor_tokens(text):
        text = pattern.sub(MASK, text)
    return text


def _user_infos(text: str) -> str:
    if "://" in text:
        text = forms.user_infos().sub(f"://{MASK}@", text)
    for pattern in _bare_logins():
        text = pattern.sub(rf"\1{MASK}\2", text)
    return text


@cache
def _bare_logins() -> tuple[re.Pattern[str], ...]:
    user = r"(?<![\w./:@-])([A-Za-z_][\w.-]{0,60}:)"
    value = r"(?![/$<{%•])[^\s@/:\"'•]{1,200}"
    patterns = (
        # `user:pw@tcp(host:3306)/db` of Go; the password may contain an `@`. `user:pw@host:5432`.
        rf"{user}{value}(?:@[^\s@/:\"'•(]{{1,200}}){{0,3}}(@(?:tcp|udp|unix)\()",
        rf"{user}{value}(@[\w.-]{{1,100}}:\d{{2,5}}(?![\w.]))",
        # `user:pw1@host`; with a dot in the host it could be an address.
        rf"{_NO_SCHEME}{user}(?!v?\d+[.@])(?=[^\s@]{{0,60}}\d){_LONG}{value}(@(?!latest|next|beta|sha\d)[\w-]{{1,60}})(?=[\s,;)\"'/]|\Z)",
        # Oracle: `user/pw@host:1521/service`.
        r"(?<![\w./:@-])([A-Za-z_]\w{0,30}/)(?=\w{0,60}\d)\w{5,60}(@[\w.-]{1,100}:\d{2,5}(?:/\w|(?![\w.])))",
        # A URL that lacks a slash or a colon: `postgres:/user:pw@host`.
        rf"(?<!\w)([a-z][a-z0-9+]{{2,20}}(?::/|//)[\w.-]{{0,60}}:){value}(@[\w.\[-])",
    )
    return tuple(re.compile(f"(?a:{pattern})") for pattern in patterns)


_NO_SCHEME = (
    r"(?<![\w./:@-])(?!(?i:npm|mailto|from|to|cc|bcc|git|ssh|acct|xmpp|sip|sips|file|link|patch|workspace|by|user"
    r"|email):)"
)
_LONG = r"(?=[^\s@]{6})"


def _random_runs(text: str) -> str:
    def hide(match: re.Match[str]) -> str:
        if "/" in match.group() and _is_in_url(text, match):
            # The parts of a path are judged one by one: several IDs together are as long as a secret.
            return match.group() if forms.is_document(match.group()) else _PART().sub(hide_part, match.group())
        # A run can begin with a name: `cursor=eyJ…`.
        name, value = _named_run(match.group())
        if len(value) < forms.RUN or not forms.looks_random(value) or _ADDRESS().fullmatch(value):
            return match.group()
        start = match.start() + len(name)
        return match.group() if forms.is_public_run(text, start) or _is_readable(value) else name + MASK

    def hide_part(match: re.Match[str]) -> str:
        # `Title-of-a-page-5d2f…`
        part = _TITLE().sub("", match.group())
        secret = len(part) >= forms.RUN and forms.looks_random(part) and not _is_readable(part)
        return MASK if secret else match.group()

    if "-----BEGIN" not in text:
        return forms.RUNS().sub(hide, text)
    pieces: list[str] = []
    whole, done = text, 0
    for block in forms.public_blocks().finditer(whole):
        text = whole[done : block.start()]
        pieces += (forms.RUNS().sub(hide, text), block.group())
        done = block.end()
    text = whole[done:]
    return "".join([*pieces, forms.RUNS().sub(hide, text)])


_IN_URL = lazy(r"[a-z0-9]://[^\s\"'<>?#]*\Z")
_LONGEST_URL = 300
_PART = lazy(f"[A-Za-z0-9+_=-]{{{forms.RUN},}}")
_TITLE = lazy("^(?:[A-Za-z]{1,30}-)+")
_ADDRESS = lazy("0x[0-9a-fA-F]{40}")
"""The address of a wallet, which is public; private keys are longer."""


def _is_in_url(text: str, match: re.Match[str]) -> bool:
    stop = match.start() + (2 if match.group().startswith("//") else 0)
    return _IN_URL().search(text, max(0, match.start() - _LONGEST_URL), stop) is not None


def _named_run(run: str) -> tuple[str, str]:
    value = run.rstrip("=")
    start = value.rfind("=") + 1
    return run[:start], run[start:]


def _is_readable(run: str) -> bool:
    """Return whether a run is base64 of a text without a secret, such as a page cursor, a script, or a file."""
    text = forms.decoded(run)
    if text is None:
        return False
    if not any(char.isspace() or char in '{["<' for char in text):
        return is_plain(text) or not (":" in text or looks_like_credential(text))
    return value_form(text) is None


@cache
def _bearer() -> re.Pattern[str]:
    # Only a header that is named can continue on the next line.
    return re.compile(
        r"(?ai:(?<![a-z])((authorization[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?)?(bearer|basic|(?(2)token|(?!)))"
        r"(?:[ \t]{1,4}|(?(2)\r?\n[ \t]{1,8}|(?!))))([A-Za-z0-9._~+/-]{8,}=*))"
    )


_PARAMETER = lazy("[a-z]+(?:_[a-z]+)*=")


def _bearers(text: str) -> str:
    def hide(match: re.Match[str]) -> str:
        before, header, scheme, value = match.groups()
        after = text[match.end() : match.end() + 1]
        if value.endswith("=") and (_PARAMETER().fullmatch(value) or after.isalnum()):
            # `type=Bearer expires_in=3600`
            return match.group()
        if after == ":" and not looks_like_credential(value):
            # `type: basic secretRef: x`
            return match.group()
        # "basic authentication", "basic end-to-end test", and "Bearer token" are words.
        worded = value.isalpha() and (value.islower() or value.istitle())
        worded = worded or (not header and scheme.lower() == "basic" and is_name(value))
        return match.group() if worded or is_plain(value) else f"{before}{MASK}"

    return _bearer().sub(hide, text)
