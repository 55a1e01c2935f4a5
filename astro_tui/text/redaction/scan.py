"""Finds quickly where a secret could be. Anything else cannot be a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from astro_tui.text.redaction.commands import COMMAND_HINTS
from astro_tui.text.redaction.forms import SHORT_RUN
from astro_tui.text.redaction.vendors import VENDOR_HINTS
from astro_tui.text.redaction.words import word_set

NAME_HINTS = (
    *word_set(
        "pass pwd pw secret token key cred auth private dsn conn cookie sess jwt pin otp mnemonic phrase seed salt"
        " pepper hook sig bearer nonce kennwort senha contrase psk hmac cvv cvc _pat -pat identified assertion"
        " code hash words headers login basic _pk walletpk _api stringdata"
        # Other languages.
        " clave chave chiave cle_ cle- cleapi schl mdp parola haslo wachtwoord senord heslo lozinka jelsz ifre salasana"
        " adgangskode segret segred geheim zugangsdaten jeton"
        # Parameters of queries.
        " appid app_id pdo mysqli ticket access licence license product serial wifi: csrf xsrf community pasword psswd"
        # Honeycomb's header with the API key.
        " honeycomb"
    ),
    # `log in with admin / x`
    "log in",
    "logged in",
)
"""In lower case. Every name of a secret contains one of these, or one of `FOREIGN_HINTS`."""
FOREIGN_HINTS = tuple(
    word_set(
        "парол секрет токен ключ 密码 密碼 口令 パスワード 暗証番号 비밀번호 密钥 密鑰 金鑰 秘密鍵 令牌 トークン 토큰"
        " hasło clé"
    )
)
"""In lower case. Searched only in texts that are not ASCII."""
MARK_HINTS = ('"kty"', "sensitive", "writeonly", "masked", "securestring", "stringdata", "secure_string")
FORM_HINTS = ["@", "://", "-----begin", "eyj", "basic"]
SENT_HINTS = (
    "PASS ",
    "AUTH ",
    'AUTH" ',
    "AUTHENTICATE ",
    "IDENTIFY ",
    " LOGIN ",
    ":*:",
    ":5432:",
    ":5433:",
    ":6432:",
    ":3306:",
)
"""Case-sensitive. Whatever sends a password, and every line of `.pgpass`, contains one of these."""

_ALL = (*NAME_HINTS, *MARK_HINTS, *FORM_HINTS, *COMMAND_HINTS, '"-', *map(str.lower, SENT_HINTS), *VENDOR_HINTS)
# `bytes.lower` converts only ASCII.
_FOREIGN = {form.encode().lower() for hint in FOREIGN_HINTS for form in (hint, hint.title(), hint.upper())}
HINTS = frozenset(hint.encode() for hint in _ALL) | _FOREIGN
"""All hints, as they appear in a text in lower case."""


def hinted(text: bytes) -> bool:
    """Return False if a text cannot contain or name a secret."""
    return _pattern().search(text.lower()) is not None


def suspects(text: bytes) -> Iterator[int]:
    """Yield the places in a text where a secret could be or be named, in order."""
    for match in _pattern().finditer(text.lower()):
        yield match.start()


@cache
def _pattern() -> re.Pattern[bytes]:
    return re.compile(b"%s|[a-z0-9+/_=-]{%d}" % (_any_of(HINTS), SHORT_RUN))


def _any_of(words: Iterable[bytes]) -> bytes:
    """Return a regular expression for any of the words: one branch for each beginning, so that few are tried.

    This takes a fifth of the time of a plain alternation, and a third of the time of searching for each word.
    """
    branches: dict[int, list[bytes]] = {}
    for word in words:
        if not word:
            # This word ends here, and matches wherever a longer one would, so the longer ones need no branch.
            return b""
        branches.setdefault(word[0], []).append(word[1:])
    found = [_escaped(byte) + _any_of(rests) for byte, rests in sorted(branches.items())]
    return found[0] if len(found) == 1 else b"(?:%s)" % b"|".join(found)


@cache
def _escaped(byte: int) -> bytes:
    return re.escape(bytes([byte]))
