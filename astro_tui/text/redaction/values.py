"""Whether a value can be a secret at all: placeholders, references, versions and sentences cannot.

Every pattern takes time in proportion to the value; a value longer than `LONGEST` is never plain.
"""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.references import refers
from astro_tui.text.redaction.sentences import PLAIN_WORDS, has_connector, is_phrase, is_sentence
from astro_tui.text.redaction.vocabulary import SERVICES
from astro_tui.text.redaction.words import lazy, word_set

MASK = "••••••••"
"""What replaces a hidden value; the same eight bullets that the platform itself uses."""

LONGEST = 400


@cache
def _plain() -> re.Pattern[str]:
    placeholder = (
        r"[*•.…_-]+|x{3,}+(?:[-_]x{2,}+)*+"
        r"|\(?(?:your|my|some|the)[-_ ][\w -]*?(?:here|key|token|secret|password|value|id|dsn)"
        r"|your[-_ ]?[\w -]*|insert_\w+"
        r"|(?:[\w-]{1,20}[-_ ])?(?:key|token|secret|password|pass|pw|value|id|dsn|url|goes|put|paste|it)[-_ ]here"
        r"|(?:put|paste|type|add|set)[-_ ][\w -]*[-_ ]here"
        r"|(?:replace|change|fill|insert|enter)[-_ ]?(?:me|this|in|with|your|it)(?:[-_ ][a-z_ -]*)?"
        r"|(?:fake|dummy)(?:[-_][a-z_-]+)?|no[-_](?:key|auth|token|password|secret)(?:[-_][a-z]+)*"
        r"|not[-_ ](?:needed|required|used|set|applicable|available)|\w{0,8}[-_]?(?:\.{3}|…|\*{3,}|x{4,})[-_\w]{0,4}"
        r"|(?:auto|self)?[-_]?generated?|prompt(?:ed)?|ask"
        r"|\(?(?:not set|unset|none|hidden|redacted|masked|sensitive(?: value)?|known after apply|write-only)\)?"
    )
    measure = (
        r"(?:[\^~<>=]{1,2}[ ]?v?\d[\w.*-]*[ ,|]{0,4}){1,6}|(?:workspace|catalog|npm|link|portal):.*"
        r"|[\^~<>=v ]{0,3}\d+(?:\.(?:\d+|x|\*)){1,3}(?:[-+][\w.]+)?|\*|latest"
        r"|(?=[^*\#]*[*\#])[a-z]\w{0,20}(?:\.(?:\w{1,20}|[*\#])){1,6}"
        r"|(?!0\d)\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w|y|ki|mi|gi|ti|k|b|kb|mb|gb|%)|\d+ (?:bytes|characters|chars)"
        r"|\d{4}-\d\d-\d\d(?:t[\d:.]+z?)?"
        r"|(?:(?:ctrl|control|cmd|command|alt|option|shift|meta|super|fn)[+-]){1,4}"
        r"(?:[a-z0-9]|f\d{1,2}|enter|return|tab|esc|escape|space|del|delete|backspace|up|down|left|right|home|end)"
        r"|v\d{1,3}(?:(?:alpha|beta|rc|p)\d{0,3})?|[&*]{1,2}[a-z]{1,10}"
        r"|(?:application|text|image|audio|video|multipart|font)/[\w.+*-]+(?:;.*)?"
        r"|(?:u?int|float|utf-?|base|md|sha|var ?char|char|oauth|http|ipv|v)(?:\d{1,3}|\(\d{1,5}\))"
    )
    return re.compile(f"(?ais:{placeholder}|{measure})")


@cache
def _defaulted() -> re.Pattern[str]:
    # `${DB_PASSWORD:-hunter2}` carries a secret after all; `${DB_PASSWORD:?message}` does not.
    # So does a default in a template or in code: `<%= ENV["X"] || "hunter2" %>`.
    return re.compile(r"\$\{\w+:?[-=](?!\$)[^}]+\}|<%=.{1,200}?(?:\|\||,|\{)\s{0,4}[\"'][^\"']+[\"'].{0,20}%>")


@cache
def _plain_url() -> re.Pattern[str]:
    return re.compile(r"(?ai:[a-z][a-z0-9+.-]{1,30}:(?://)?)[^\s@]*")


@cache
def _path() -> re.Pattern[str]:
    return re.compile(
        r"(?a:(?:~|\.{1,2}|\$\w+)/[\w@./ +-]*|/(?=[A-Za-z_-]*\Z|[^/.]*[/.])[\w@./ +-]*"
        r"|[A-Za-z]:[\\/].*|[\w.-]+(?:/[\w.-]+)+\.[a-z]{2,6}"
        r"|[\w.-]+\.(?:key|pem|crt|cert|p12|pfx|jks|json|ya?ml|txt|env|pub|asc|gpg|enc|conf|toml|ini|sh|py|js|ts))"
    )


def is_plain(value: str) -> bool:
    """Return whether a value cannot be a secret under any key: a placeholder, a reference, a version, a sentence."""
    text = value.strip()
    if not text or text == MASK:
        return True
    if _PUBLIC().match(text):
        return True
    if len(text) > LONGEST:
        return False
    if " " in text and (scheme := _SCHEME().match(text)) is not None:
        # `Bearer $TOKEN`
        text = text[scheme.end() :]
    if text.lower() in PLAIN_WORDS or _is_cut_reference(text):
        return True
    if _defaulted().fullmatch(text):
        return False
    if _plain().fullmatch(text) or refers(text):
        return True
    return " " in text and is_sentence(text)


_SCHEME = lazy(r"(?i:bearer|basic|token|apikey|digest|negotiate) {1,4}(?=\S+\Z|\$[({])")


def _is_cut_reference(text: str) -> bool:
    """Return whether a shell fills in a value: `$(cat "$FILE")`, cut at an inner quote or not, or with backticks."""
    if text.startswith(("$(", "<(", "`")) or (text.startswith("${") and "}" not in text):
        return True
    return _COMMAND().match(text) is not None


def names_a_secret(value: str) -> bool:
    """Return whether what follows `--secret` names one, as in `--secret db-creds` and `--secret id=npm`."""
    if (found := BUILD_SECRET().match(value)) is not None:
        given = value[found.end() :].strip("\"'")
        return is_plain(given) or is_file(given)
    if "=" in value.rstrip("=") or is_file(value):
        return True
    return not any(map(str.isdigit, value)) and not (value.isalnum() and len(value) >= 8)


BUILD_SECRET = lazy(
    r"(?a:(?!(?:id|src|source|target|dst|type|env|mode|uid|gid|required)=)[A-Za-z_][\w.-]{0,99}=(?![=\s]|\Z))"
)
"""The name of a secret before its value, unlike what says where it is: `--secret OPENAI=x`, `--secret id=npm`."""


def is_file(value: str) -> bool:
    """Return whether a value is a path or the name of a file: `tls.crt`, `/etc/ssl/server.key`."""
    return len(value) <= LONGEST and _path().fullmatch(value.strip()) is not None


def looks_like_credential(value: str) -> bool:
    """Return whether a value looks generated rather than named: letters and digits mixed, or odd characters."""
    text = value.strip()
    if len(text) < 6 or any(char.isspace() for char in text):
        return False
    if len(text) > LONGEST:
        return True
    if (_plain_url().fullmatch(text) and "://" in text) or _path().fullmatch(text):
        return False
    return not _is_identifier(text)


def _is_identifier(text: str) -> bool:
    parts = re.split(r"[-_.:/@ ]+", text)
    for part in parts:
        if not part:
            continue
        if not part.isalnum() or not part.isascii():
            return False
        stem = part.rstrip("0123456789")
        if stem and (len(part) - len(stem) > 3 or not stem.isalpha() or not _is_cased(stem)):
            return False
    return True


@cache
def _camel() -> re.Pattern[str]:
    return re.compile("(?:[A-Z]{2,}+|[A-Z]?[a-z]{2,}+|[A-Z](?=[A-Z][a-z]))+[A-Z]?")


def _is_cased(stem: str) -> bool:
    return len(stem) < 4 or _camel().fullmatch(stem) is not None


def is_secret_value(kind: Kind, value: str) -> bool:
    """Return whether `value` is a secret under a key of this kind; its form alone is judged elsewhere."""
    if kind <= Kind.PUBLIC or is_plain(value):
        return False
    text = value.strip()
    if text.isupper() and (kind_of(text.rstrip("])}>")) >= Kind.KEY or text.rstrip("])}>") in _PLACEHOLDERS):
        # The name of a variable, or a placeholder for a value: `[--token TOKEN]`.
        return False
    if kind >= Kind.KEY and _CHOSEN().match(text):
        return True
    match kind:
        case Kind.PASSWORD:
            return not (_is_url(text) or _is_named_path(text))
        case Kind.CREDENTIAL:
            profile = _PROFILE().fullmatch(text) or (is_name(text) and not _is_pair(text))
            return not (profile or _is_url(text) or _is_named_path(text))
        case Kind.TOKEN:
            number = _NUMBER().fullmatch(text) or _AMOUNTS().fullmatch(text)
            return not (number or _is_url(text) or _is_named_path(text) or is_name(text))
        case Kind.KEY:
            named = _path().fullmatch(text) or _PUBLIC_KEY().match(text) or _KEY_ID().fullmatch(text)
            return not (named or _is_url(text) or is_name(text))
        case Kind.IDENTIFIER:
            return UUID().fullmatch(text) is not None
        case Kind.MIXED:
            return len(text) >= 5 and _is_mixed(text) and not (_is_url(text) or is_file(text))
        case Kind.LOCATOR:
            return not _is_url(text) and _is_locator(text)
        case Kind.BASIC:
            return _LOGIN().fullmatch(text) is not None and _BASIC().search(text) is not None
        case Kind.LOGIN:
            return _LOGIN().fullmatch(text) is not None
        case Kind.WEBHOOK:
            return _is_url(text) and _has_random_path(text)
        case Kind.HEADERS:
            return any(_is_long_credential(part) for part in _HEADER().findall(text))
        case Kind.PHRASE:
            return is_mnemonic(text)
        case Kind.PIN:
            return (text.isdecimal() and 4 <= len(text) <= 12) or looks_like_credential(text)
    if is_phrase(text) or _BASE32().fullmatch(text):
        return True
    if (text.isalpha() and kind_of(text) >= Kind.KEY) or _FUNCTION().fullmatch(text):
        return False
    return (
        looks_like_credential(text)
        and not _PUBLIC_KEY().match(text)
        and (kind is Kind.ISSUED or not UUID().fullmatch(text))
    )


_SECRET_NAME = lazy(
    r"[a-z]+(?:-[a-z]+){0,3}-(?:creds|credentials|secrets?|auth|tls|cert|token|password|key|config)(?:-?v?\d{1,2})?"
)


def is_secret_name_of(name: str, value: str) -> bool:
    """Return whether a value after `secret` names an object with secrets in it: `secret: db-creds`."""
    return name.lower().lstrip("-") in ("secret", "secrets") and _SECRET_NAME().fullmatch(value) is not None


def _is_pair(text: str) -> bool:
    """Return whether two words are a user and a password: `bot:clover`, but not `github:acme` or `repo:write`."""
    return _PAIR().fullmatch(text) is not None and text.partition(":")[0] not in SERVICES


def is_name(text: str) -> bool:
    """Return whether a text is made of ordinary words in lower case, as the names of things are: `customer-managed`."""
    return len(text) <= 60 and _NAME().fullmatch(text) is not None


_NAME = lazy(
    r"[a-z]{2,10}|[a-z]{2,6}-20\d\d(?:-\d\d){0,2}|(?=[a-z]{0,12}[aeiouy]|[a-z]{2,3}(?![a-z]))[a-z]{2,12}"
    r"(?:[-_./:](?=[a-z]{0,12}[aeiouy]|[a-z]{2,3}(?![a-z]))[a-z]{2,13}){1,2}(?:(?<=[-_][a-z]{2})|(?<=[a-z]{3}))"
)
_PROFILE = lazy(
    r"(?:aws|gcp|azure|profiles?|default|prod|dev|staging)[/:-][a-z]+[a-z0-9-]{0,20}|[a-z]+(?:-[a-z]+){1,3}-?\d{1,2}|[a-z]{2,6}\d?|RBAC|ABAC|IAM"
)
_PLACEHOLDERS = word_set("KEY PASS PW VALUE NAME STRING TEXT FILE PATH ID")
_PAIR = lazy(
    r"(?!(?:authz?|basic|env|file|group|id|include|kind|mode|name|policy|roles?|scopes?|secrets?|service|type|users?|vault):)"
    r"[a-z][\w.@-]{1,40}:(?!(?:all|read|write|execute|default|prod|main|org)\Z)[a-z]{3,}"
)
_LOGIN = lazy(r"[A-Za-z][\w.@+-]{0,63}:(?!//|v\d)(?=\S*[A-Za-z])(?=\S*[\d!#$%^&*])[^\s/]{4,200}")
_BASIC = lazy(r"[!#$%^&*]|\d{3}\Z")
_BASE32 = lazy("[A-Z2-7]{26,}")
_FUNCTION = lazy(r"[A-Za-z_][\w.]{0,60}\([\w\s,.:*&<>\[\]]*\)(?:[ ]?(?:->|:)[ ]?[\w.\[\]]{1,60})?")
"""The signature of a function: `getToken(String)`."""
_CHOSEN = lazy(r"(?i:(?:super|very|ultra|extra|really|totally)[-_. ]?secret)")
_PUBLIC_KEY = lazy(
    "ssh-|ecdsa-|sk-ssh|AAAA[BCE]3N|-----BEGIN (?:PUBLIC|CERT|RSA PUBLIC|SSH2 PUBLIC)|pk[._]|sha(?:1|256|384|512)[-:]"
)
_PUBLIC = lazy(
    r"ssh-(?:rsa|dss|ed25519) AAAA|ecdsa-sha2-\S+ AAAA|-----BEGIN (?:RSA )?(?:PUBLIC KEY|CERTIFICATE)"
    # Keys that a page sends to every browser: Stripe, PostHog, Langfuse, Supabase, Mapbox.
    r"|(?:pk_(?:live|test)|phc|sb_publishable)_\w{16,}\Z|pk-lf-[\w-]{20,}\Z|pk\.eyJ[\w.-]{20,}\Z"
)
_COMMAND = lazy(r"\$\{?\w{1,60}+\}?\s")
_KEY_ID = lazy("[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40}")
_HEADER = lazy(r"[A-Za-z][\w.-]{0,60}[=:][ ]?([^\s,;\"']{16,})")
_DOMAIN_PATH = lazy(r"(?a:(?:[a-z][a-z0-9-]{0,60}\.){1,6}[a-z]{2,6}/[\w./-]+)")
_WORD_PATH = lazy("[a-z]{2,12}(?:/[a-z][a-z-]{1,20}){1,4}")
UUID = lazy("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
APP_PASSWORD = lazy(r"[a-z]{4}(?: [a-z]{4}){3}(?=\s*(?:\Z|[\n\"'#]))")
"""App passwords, as Google creates them for programs that send mail."""
_NUMBER = lazy(r"-?\d{1,5}(?:\.\d+)?(?:e[-+]?\d{1,3})?|\d{1,9}/\d{1,9}")
_AMOUNT = r"(?:[$€£¥₹]\d{1,9}(?:\.\d{1,12})?|\d{1,3}(?:[,_]\d{3}){1,4}(?:\.\d{1,12})?|\d{1,9}\.\d{1,12}|\d{1,5})"
_AMOUNTS = lazy(
    rf"[(~≈<>+-]{{0,2}}{_AMOUNT}(?:(?:[–/±]|-(?=[$€£¥₹])){_AMOUNT})?(?:%|[kKMBx]|USD|EUR|GBP|toks?|tokens)?"
    r"(?:/(?:s|sec|second|min|minute|h|hour|day|month|req|request|call|user))?[).,;]{0,2}"
)
"""What tokens cost, how many there are, or how fast they come: `$3.00`, `1,203`, `45.2/s`, `12.3±4.5`."""
FIELD = lazy(r"(?a:\s*(?P<key>[A-Za-z][\w .-]*)=(?P<value>\s*[^\s=].*))")
_SEGMENT = lazy("[/=]([^/?#&=]{6,})")


def _is_locator(text: str) -> bool:
    """Return whether a connection string has a secret in it: one without any only says where a database is."""
    parts = [part for part in (text.split(";") if ";" in text else text.split()) if part.strip()]
    fields = [FIELD().fullmatch(part) for part in parts]
    if "@" in text or not all(fields):
        return "=" in text or "@" in text or looks_like_credential(text)
    return any(is_secret_field(field["key"].strip(), field["value"].strip("\"' ")) for field in fields if field)


def is_secret_field(key: str, value: str) -> bool:
    """Return whether a field of a connection string is secret: `Pass=x`, `AccountKey=x`."""
    kind = kind_of(key)
    if kind is Kind.LOCATOR:
        return "=" in value
    if key.lower() in ("user", "uid", "u") and ":" in value:
        # `user=app:clover`
        return True
    secret = kind >= Kind.KEY or key.lower() in ("pass", "p", "key")
    return is_secret_value(Kind.PASSWORD if secret else kind, value)


def _is_mixed(text: str) -> bool:
    if APP_PASSWORD().fullmatch(text):
        return True
    letter = any(map(str.isalpha, text))
    return letter and " " not in text and any(char.isdigit() or char in "!@#$%^&*+?" for char in text)


def _is_named_path(text: str) -> bool:
    """Return whether a value is a path whose parts are words: a random text can start with a slash, too."""
    if _WORD_PATH().fullmatch(text):
        return True
    if _DOMAIN_PATH().fullmatch(text):
        return _is_identifier(text)
    return text[0] in "/.~" and "/" in text and _is_identifier(text.lstrip("~"))


def _is_long_credential(text: str) -> bool:
    digit = any(map(str.isdigit, text))
    return digit and looks_like_credential(text) and not is_plain(text) and not UUID().fullmatch(text)


def is_mnemonic(text: str) -> bool:
    """Return whether a value recovers a wallet: words that are no sentence (`rule of thumb`), or a credential."""
    if is_phrase(text) or looks_like_credential(text):
        return True
    return " " in text and (not has_connector(text) or (text.count(" ") >= 4 and not is_sentence(text)))


def _is_url(text: str) -> bool:
    return "://" in text and _plain_url().fullmatch(text) is not None


def _has_random_path(url: str) -> bool:
    path = url.partition("://")[2].partition("/")[2]
    return any(looks_like_credential(part) for part in _SEGMENT().findall("/" + path)) or "hooks.slack.com/" in url
