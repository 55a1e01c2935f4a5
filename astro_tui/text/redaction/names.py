"""What a key says about its value, read word by word: `DB_PASSWORD` names a secret, `passwordPolicy` does not.

The head noun of an English compound comes last, so the last word that carries meaning decides: `token` is a secret,
`token_limit` is a limit. A key whose secret word is followed by an unknown word (`TOKEN_GITHUB`) is only `LIKELY`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache, lru_cache

from astro_tui.text.redaction.vocabulary import (
    CREDENTIALS,
    FOREIGN_KEYS,
    FOREIGN_SECRETS,
    FOREIGN_TAILS,
    HEAD_FIRST,
    HEADS,
    JOINED,
    JOINED_KEY,
    JOINED_TOKEN,
    KEYS,
    LIKELY,
    MODEL_TOKENS,
    PAGE_TOKENS,
    PASSWORDS,
    PLAIN_KEYS,
    PUBLIC,
    SERVICES,
    TAILS,
    TOKENS,
    TRANSPARENT,
)
from astro_tui.text.redaction.words import lazy, word_set


class Kind(IntEnum):
    """How much a key says about its value; `values.is_secret_value` decides with the value at hand."""

    ORDINARY = 0
    """Nothing: only the form of the value can make it a secret."""
    PUBLIC = 1
    """A digest or a public key: even a random text is not a secret."""
    IDENTIFIER = 2
    """A secret if the value is a UUID: `secret_id`, whose other values only name a secret."""
    LIKELY = 3
    """A secret if the value looks like a credential: `REDIS_KEY`, `signature`, `session`."""
    ISSUED = 4
    """Like LIKELY, but a UUID is a secret, too: `HEROKU_API`, which the service issues."""
    MIXED = 5
    """A secret if letters are mixed with digits or symbols: `pass`, which can also be a number of passed tests."""
    BASIC = 6
    """Like LOGIN, but the value can also be a model or a tenant: `basic: openai:gpt-4o`, `login: sso:oidc2`."""
    LOGIN = 7
    """A secret if the value has a user and a password: `HTTP_BASIC`."""
    HEADERS = 8
    """A list of headers or parameters, `x-team=a1b2,x-env=prod`: a secret if one of its values looks generated."""
    PIN = 9
    """A secret if the value is a code of four digits or more."""
    PHRASE = 10
    """A secret if the value has several words or looks like a credential: `mnemonic`."""
    WEBHOOK = 11
    """A secret if the value is a URL that grants access by itself."""
    LOCATOR = 12
    """A connection string: a secret unless it is a URL without credentials."""
    KEY = 13
    """A cryptographic or API key: a secret unless it is a path or a name."""
    TOKEN = 14
    """A secret unless the value is a plain number or word that cannot be a token."""
    CREDENTIAL = 15
    """Like PASSWORD, but a value can also be the name of a profile: `credentials: aws/prod`, `authorization: rbac`."""
    PASSWORD = 16
    """A secret, unless the value is a placeholder."""


SECRET = Kind.KEY
"""From this kind on, the key alone marks everything below it as secret."""

_WORD = lazy("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ANY_WORD = lazy(r"[0-9]+|[^\W\d_](?:(?![a-z](?=[A-Z]))[^\W\d_])*+[a-z]?")
_LONGEST = 200


def words(key: str) -> list[str]:
    """Return the words of a key in lower case: `dbPassword`, `DB_PASSWORD` and `db-password` have the same two."""
    if key.isascii():
        return [found.lower() for found in _WORD().findall(key[-_LONGEST:])]
    # Do not read the Kelvin sign as a `K`, because the quick scan of bytes does not.
    return [found.lower() for found in _ANY_WORD().findall(key[-_LONGEST:].replace("\u212a", " "))]


@lru_cache(8192)
def kind_of(key: str) -> Kind:
    """Return what a key says about the text under it."""
    # `/api/keys` and `./dist/auth/token` are paths; of `example.com/api-key` only the last part names something.
    if key[:1] in ("/", "."):
        return Kind.ORDINARY
    if key == "secretKey":
        # Kubernetes operators use this for a key in a Secret as often as for the secret itself.
        return Kind.LIKELY
    if "/" in key:
        # An annotation names a secret elsewhere as often as it contains one.
        above, _, name = key.rpartition("/")
        if words(above)[-1:] and words(above)[-1] in PUBLIC:
            # `checksum/secret` is a checksum of a secret.
            return Kind.PUBLIC
        kind = kind_of(name)
        return Kind.LIKELY if kind >= SECRET else kind
    found = words(key)
    if not found:
        return Kind.ORDINARY
    if key[-4:].lower() in ("_pat", "-pat"):
        return Kind.TOKEN
    while (head := _head(found)) is None and len(found) > 1 and (found[-1].isdigit() or found[-1] in TRANSPARENT):
        found.pop()
    last = found[-1]
    if key.isupper() and last == "api" and found[-2:-1] and found[-2] in SERVICES:
        # `HEROKU_API`
        return Kind.ISSUED
    if head is not None:
        return _quiet(found, head)
    if last in PUBLIC:
        return Kind.LIKELY if last in ("hash", "hashes") and _strong(found[:-1]) else Kind.PUBLIC
    if last == "headers":
        return Kind.HEADERS
    if last in TAILS or last in FOREIGN_TAILS:
        return Kind.ORDINARY
    if len(found) > 1 and found[0] in HEAD_FIRST and (found[0] != "mot" or found[1:3] == ["de", "passe"]):
        return Kind.PASSWORD
    # An unknown word follows: `TOKEN_GITHUB` may hold a secret, `password_widget` does not.
    if _strong(found[:-1]) and found[0] not in HEADS:
        return Kind.LIKELY
    return Kind.ORDINARY


def _strong(found: list[str]) -> bool:
    return any(word in PASSWORDS or word in TOKENS or JOINED().search(word) for word in found) or (
        "key" in found and any(word in KEYS for word in found)
    )


def _quiet(found: list[str], kind: Kind) -> Kind:
    """Return `kind`, or ORDINARY where the words before the head take its meaning away: `existing_secret`."""
    if found[0] in HEADS and kind is not Kind.PUBLIC:
        return Kind.ORDINARY
    if found[-1] in ("secret", "secrets") and (
        found[-2:-1] in (["pull"], ["password"], ["credentials"], ["tls"], ["existing"], ["external"], ["sealed"])
    ):
        return Kind.ORDINARY
    if found[-1] in ("token", "tokens") and len(found) > 1 and found[-2] in MODEL_TOKENS:
        return Kind.PUBLIC if found[-2] in PAGE_TOKENS else Kind.ORDINARY
    return kind


def _by_last(*rows: tuple[str, str, Kind]) -> dict[str, list[tuple[list[str], Kind]]]:
    found: dict[str, list[tuple[list[str], Kind]]] = {}
    for lasts, before, kind in rows:
        for last in lasts.split():
            found.setdefault(last, []).append((["" if word == "-" else word for word in before.split()], kind))
    return found


_TWO_WORDS = _by_last(
    # Last words of a key, words that may come before them, and the kind of each pair; `-` stands for no word.
    ("word phrase", "pass", Kind.PASSWORD),
    ("phrase words", "seed recovery", Kind.PHRASE),
    ("phrase", "backup secret", Kind.PHRASE),
    ("phrase", "unlock glass", Kind.PASSWORD),
    ("code", "pin mfa otp access security", Kind.PIN),
    ("code codes", "recovery backup pass", Kind.PASSWORD),
    ("code", "device verification auth authorization", Kind.LIKELY),
    ("auth", "basic", Kind.PASSWORD),
    ("url uri endpoint", "webhook hook", Kind.WEBHOOK),
    ("string str uri url info", "conn connection connect", Kind.LOCATOR),
    ("conn connection connections", "db database sql redis default strings", Kind.LOCATOR),
    ("hash", f"pass {' '.join(PASSWORDS)}", Kind.PASSWORD),
    # `by pass`, `all pass`, `tests pass`: tests.
    ("pass", "- by all single first second tests checks cases specs suites", Kind.MIXED),
    ("id", "secret", Kind.IDENTIFIER),
    ("string", "community", Kind.PASSWORD),
    # Honeycomb's header with the API key.
    ("team", "honeycomb", Kind.KEY),
    ("login", "sonar", Kind.LIKELY),
    # Or the number of a record.
    ("pk", "wallet deployer signer eth evm solana", Kind.LIKELY),
)
_ONE_WORD = {
    word: kind
    for words_of, kind in (
        ("apikey apikeys", Kind.KEY),
        ("mnemonic mnemonics", Kind.PHRASE),
        ("pin pincode otp", Kind.PIN),
        ("authcode", Kind.LIKELY),
        ("basic login logins", Kind.BASIC),
        ("webhook webhooks hookurl webhookurl", Kind.WEBHOOK),
        ("dsn connectionstring connstr connstring connectionuri connectionurl", Kind.LOCATOR),
        ("pass", Kind.PASSWORD),
        ("id ids sessionid", Kind.PUBLIC),
    )
    for word in words_of.split()
}
"""What the last word of a key says if the word before it changes nothing."""


def _head(found: list[str]) -> Kind | None:
    """Return the kind of a key by its last words, None where the last one says nothing."""
    last, before = found[-1], found[-2] if len(found) > 1 else ""
    if last in ("key", "keys"):
        return _key(found[:-1])
    if not FOREIGN_KEYS.isdisjoint(found) and not FOREIGN_SECRETS.isdisjoint(found):
        return Kind.KEY
    if last == "clave" and not before:
        # In Spanish, any kind of key.
        return Kind.MIXED
    if last in CREDENTIALS:
        return Kind.CREDENTIAL
    if (last in PASSWORDS and before not in ("palabra", "palabras")) or JOINED().search(last):
        return Kind.PASSWORD
    if last == "passe" and found[-3:-1] == ["mot", "de"]:
        return Kind.PASSWORD
    if last in TOKENS or JOINED_TOKEN().search(last):
        return Kind.TOKEN
    if JOINED_KEY().match(last):
        return Kind.KEY
    for before_it, kind in _TWO_WORDS.get(last, ()):
        if before in before_it:
            return kind
    if last in ("basic", "login", "logins") and before:
        return Kind.LOGIN
    if last in ("conn", "connection", "connections") and before:
        return Kind.ORDINARY
    if last in _ONE_WORD:
        return _ONE_WORD[last]
    if last == "community":
        # In SNMP, the community is the password.
        return Kind.PASSWORD if "snmp" in found else Kind.LIKELY
    if last == "signature" or last in LIKELY:
        return Kind.LIKELY
    return None


_NO_SECRETS = word_set("public pub host known authorized idempotency")
"""Before `key`: even a random text under it is not a secret."""


def _key(before: list[str]) -> Kind:
    """Return the kind of a key by the words before it: `cache key`, `service role key`."""
    last = before[-1] if before else ""
    if not last or last in PLAIN_KEYS:
        return Kind.PUBLIC if last in _NO_SECRETS else Kind.ORDINARY
    return Kind.LIKELY if KEYS.isdisjoint(before[-2:]) else Kind.KEY


def kind_of_literal(name: str) -> Kind:
    """Return the kind of a name whose value is never the name of a secret: an option, or a parameter of a URL."""
    kind = kind_of(name)
    if kind is Kind.TOKEN:
        # `--chunk-tokens 512` is a number of them.
        return kind if words(name)[-1:] == ["tokens"] else Kind.PASSWORD
    return Kind.PASSWORD if kind is Kind.KEY and "api" in name.lower() else kind


def is_secret_name(key: str) -> bool:
    """Return whether a key alone marks its value as secret: `DB_PASSWORD` does, `author` and `session` do not."""
    kind = kind_of(key)
    return kind >= SECRET or kind is Kind.LOCATOR


def is_reference(key: str) -> bool:
    """Return whether a key points to a secret instead of holding one: `secretKeyRef`, `secretName`, `valueFrom`."""
    if key.startswith(("$", "Fn::")):
        return key[1:].lower() in _SIGNED or key.startswith("Fn::")
    found = words(key)
    return bool(found) and (
        found[-1] in ("ref", "refs", "reference")
        or tuple(found[-2:]) in _POINTERS
        or (found[0] == "from" and len(found) > 1)
        or found[:2] in (["image", "pull"], ["existing", "secret"])
    )


_SIGNED = word_set("ref env secret file vault ssm var")
_POINTERS = frozenset(
    (first, last)
    for first, lasts in (
        ("secret", "name names path arn"),
        ("value", "from"),
        ("env", "from var name"),
        ("keyvault", "secret"),
    )
    for last in lasts.split()
)


def hides_inside(key: str) -> bool:
    """Return whether everything in a container under this key is secret: `credentials`, but not `authorization`."""
    if key == "stringData":
        # In a Kubernetes Secret.
        return True
    found = words(key)
    if key == "sensitive" or (found[:1] == ["secret"] and found[-1] in ("env", "environment", "vars", "variables")):
        return True
    if kind_of(key) < SECRET or key == "random_password":
        return False
    return found[-1] not in ("authorization", "bearer", "cookie", "jwt")


def kind_inside(above: str, key: str) -> Kind:
    """Return what a key and the one above it say together: `openai: {key: …}` is like `openai_key`, but less sure."""
    if key.lower() in ("key", "keys") and not is_reference(above):
        joined = f"{above}_{key}"
    elif above.lower() in ("keys", "apikeys", "api_keys"):
        joined = f"{key}_key"
    elif key.lower() in ("basic", "login") and above.lower() in ("auth", "http"):
        return kind_of(f"{above}_{key}")
    elif key.lower() == "pass" and not _WITH_LOGIN.isdisjoint(words(above)):
        return Kind.PASSWORD
    else:
        return kind_of(key)
    issued = Kind.LIKELY if SERVICES.isdisjoint(words(above)) else Kind.ISSUED
    return max(kind_of(key), issued if kind_of(joined) is Kind.KEY else Kind.ORDINARY)


_WITH_LOGIN = word_set(
    "smtp imap pop pop3 mail mailer email auth login user account admin basic registry db database datasource mysql"
    " mariadb postgres postgresql pg mongo mongodb redis rabbit rabbitmq amqp mqtt kafka ftp sftp ldap broker elastic"
)
"""Beside these, `pass` is a password; elsewhere it may count tests."""


def is_plain_name(key: str) -> bool:
    """Return whether a key below a secret key still names something ordinary: `type`, `expirationSeconds`, `path`."""
    found = words(key)
    if not found:
        return False
    last = found[-1]
    if last == "key" and len(found) > 1 and found[-2] != "secret" and found[-2] in PASSWORDS:
        # `adminPasswordKey` names a key of a secret.
        return True
    return last in _plain_below() or is_reference(key)


@cache
def _plain_below() -> frozenset[str]:
    return TAILS - frozenset({"code", "codes", "text", "var", "variable", "env", "user", "users", "input", "output"})


def number_is_secret(key: str, digits: str = "") -> bool:
    """Return whether a number under this key is hidden: a numeric password is, `max_tokens` is not."""
    kind = kind_of(key)
    if kind is Kind.TOKEN:
        found = words(key)
        return found[-1] in ("token", "jwt") and len(found) > 1
    if kind is Kind.PIN:
        return not digits or len(digits.strip("-")) >= 4
    return kind in (Kind.PASSWORD, Kind.CREDENTIAL, Kind.KEY)
