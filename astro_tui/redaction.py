"""What must not be seen: pure functions that say which texts are secrets (contract spec-shapes §3).

The platform blanks only variables that are marked as secret. Everything else (environment maps, literal `env`
values, a variable whose author forgot the mark) arrives in clear, so a value is hidden here when its key says
that it is a secret or when it has the form of one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

MASK = "••••••••"
"""What stands for a hidden value; the same eight bullets that the platform itself uses."""

_SHORT = "(?<![a-z])(?:(?:db|pg|my|user|root|admin|smtp|mail)?pass|pwd)(?![a-z])|passphrase"
_KEYS = "(?:api|access|account|signing|encryption)_?key"
_COOKIE = "cookie(?!s?_(?:domain|path|name|max|same|http|secure|policy))"
_WORDS = f"password|passwd|{_SHORT}|secret|token|{_KEYS}|private|credential|dsn|connection|{_COOKIE}|auth(?!or(?!iz))"
_WRITTEN_WORDS = _WORDS.replace("_?", "[-_ .]?")
_SECRET_KEY = re.compile(_WORDS)
_SECRET_CAMEL = re.compile("[a-z0-9](?:Pass|Pwd)(?![a-z])")
# Names that hide every text below them. `auth`, `private` and `connection` also name plain structure
# (`interfaces.auth.web.type` of deployment/v1), so they hide only the text that stands directly at them.
_SECRET_CONTAINER = re.compile(f"password|passwd|{_SHORT}|secret|token|{_KEYS}|credential|dsn|private_?key")
_SECRET_NUMBER = re.compile(
    f"password|passwd|passphrase|(?<![a-z])pwd(?![a-z])|(?:db|pg|user|root|admin|smtp|mail)_?pass(?![a-z])|secret"
    f"|credential|private_?key|{_KEYS}|(?:auth|access|api|bot|refresh|session)_?token$"
)
_FLAG = re.compile(r"--?(?!no-)[A-Za-z][A-Za-z0-9_.-]{0,99}(?<![-_]file)(?<![-_]path)")
_REFERENCE = re.compile("(?:^|[a-z_])(?:ref|refs|secret_?name|secret_?names|key_?ref|value_?from)$")
_PLAIN_BELOW = frozenset({"name", "ref", "targets"})
VALUE_KEYS = frozenset({"value", "default"})
"""Keys, in small letters, of what a `name`, a `key` or a `secret: true` beside them speaks of."""
_VARIABLE_KEYS = frozenset({"placeholder", "options", "fields"})

# Letters are ASCII's here as in the scan for suspects: what one of them hid and the other did not see would be copied.
# Every pattern here takes time in proportion to the text, whatever the text: logs and specs are foreign.
# The name and password of an address; a password may hold what would end it, where no port is meant. A long name
# without a password is a token.
_USERINFO = re.compile(
    r"://(?:[^\s/?#@:]{0,200}:[^\s/?#]{1,400}@|[^\s/?#@:\"'\[]{16,400}:?@"
    r"|[^\s/?#@:\[]{0,200}:(?![0-9]{0,5}[/?#,])[^\s@\"'<>]{1,400}@(?:[^\s/?#@\"'<>]{0,200}@){0,3})"
)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,60}-----(?:.*?-----END [A-Z0-9 ]{1,60}-----|.*)", re.DOTALL)
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9_-]{12,}|sk_[A-Za-z0-9_]{12,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}"
    r"|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{8,}|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|npm_[A-Za-z0-9]{30,}"
    r"|hf_[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|rk_(?:live|test)_[A-Za-z0-9]{12,}"
    r"|whsec_[A-Za-z0-9+/]{16,}=*|AccountKey=[A-Za-z0-9+/]{16,}=*)"
)
_BEARER = re.compile(r"(?ai:(?<![a-z])(bearer|basic))\s+([A-Za-z0-9._~+/-]{8,}=*)")
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_CHANGES = re.compile("[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[a-zA-Z])")
_JOINT = re.compile("[/_-]")
_HEX = re.compile("[0-9a-fA-F]+")
_ASSIGNED = re.compile(
    rf"(?i)((?:{_WRITTEN_WORDS})[a-z0-9_.-]{{0,64}}[\"']?\s{{0,4}}[=:]\s{{0,4}}[\"']?)([^\s\"',;&]{{3,}})"
)

# A secret told inside of a longer text: `host=db password=x`, `{"api_key": "x"}`, `?token=x`. A variable in its
# place (`$PASSWORD`, `<token>`) is none.
_TOLD = re.compile(
    rf"(?ai:(?:password|passwd|{_SHORT}|secret|token|{_KEYS.replace('_?', '[-_ .]?')}|credential|private[-_ .]?key"
    r"|(?<![a-z])dsn|connection[-_ .]?string)[a-z0-9_.-]{0,64})"
    r"[\"']?\s{0,4}[=:]\s{0,4}[\"']?(?![$<{])([^\s\"',;&]{3,})"
)
_TOLD_DIGITS = re.compile(
    rf"(?ai:password|passwd|{_SHORT}|secret)[\"']?\s{{0,4}}[=:]\s{{0,4}}[\"']?[0-9]{{4,}}(?![0-9A-Za-z])"
)
_NO_SECRET = frozenset({"true", "false", "null", "none", "bearer", "basic"})

SUSPICIOUS = re.compile(
    rb"(?i:"
    rb"pass|pwd|secret|token"
    rb"|(?:api|access|account|signing|encryption)[-_ .]?key|private|credential|dsn|connection|cookie|auth"
    rb"|://|-----begin|bearer|basic|eyj[a-z0-9_-]{6}|sk[-_]|gh[pousr]_|github_pat|glpat-|xox"
    rb"|akia|aiza|npm_|hf_|sg\.|rk_|whsec_|accountkey|[a-z0-9+/_=-]{32})"
)
"""Finds, at C speed, every line of a JSON text that could hold or name a secret (and many that do not)."""

# One of these stands in everything that SUSPICIOUS finds, but for the long runs.
_SUSPECTS = (
    b"pass pwd secret token key private credential dsn connection cookie auth :// -----begin bearer basic eyj sk- sk_"
    b" ghp_ gho_ ghu_ ghs_ ghr_ github_pat glpat- xox akia aiza npm_ hf_ sg. rk_ whsec_"
).split()
_RUN = b"." * 32
_SERVICES = frozenset(_SUSPECTS[_SUSPECTS.index(b"sk-") :]) | {b"key"}
_TELLING = frozenset(b"pass pwd secret token key credential private dsn connection".split())
_RUNS = bytes(0x2E if chr(byte) in string.ascii_letters + string.digits + "+/_=-" else 0x20 for byte in range(256))


def suspicious(text: bytes) -> bool:
    """Tell whether `SUSPICIOUS` finds something in a text; quicker than itself where it does not."""
    return hinted(text) and SUSPICIOUS.search(text) is not None


def hinted(text: bytes) -> bool:
    """Tell whether `SUSPICIOUS` could find something in a text, in a tenth of its time: False is certain."""
    lower = text.lower()
    return any(word in lower for word in _SUSPECTS) or _RUN in text.translate(_RUNS)


# ASCII letters only, as in the scan for suspects: both must agree on what a telling name is.
_FOLD = str.maketrans(string.ascii_uppercase + "- .", string.ascii_lowercase + "___")


def _normal(key: str) -> str:
    return key.translate(_FOLD)


def is_secret_name(key: str) -> bool:
    """Tell whether a value under this key is hidden because of the key: `DB_PASSWORD` yes, `author` no."""
    normal = _normal(key)
    telling = _SECRET_KEY.search(normal) is not None or _SECRET_CAMEL.search(key) is not None
    return telling and _REFERENCE.search(normal) is None


def hides_below(path: Sequence[str | int]) -> bool:
    """Tell whether every text below the container at `path` is hidden, as below `credentials: {…}`.

    Not below a reference (`secretKeyRef`), not below `targets`, and not below a variable of deployment/v1,
    whose own fields say which of its values is the secret.
    """
    hidden = False
    for position, key in enumerate(path):
        if isinstance(key, int):
            continue
        normal = _normal(key)
        if normal in _PLAIN_BELOW or _REFERENCE.search(normal):
            hidden = False
        elif position and path[position - 1] == "variables":
            continue
        elif _SECRET_CONTAINER.search(normal):
            hidden = True
    return hidden


def value_form(value: str) -> str | None:
    """Name the kind of secret that a text has the form of (`a JWT`, `a URL with a password`), or None."""
    if len(value) < 8:
        return None
    raw = value.encode("utf-8", "surrogatepass")
    lower = raw.lower()
    # Of megabytes each pattern takes a tenth of a second: it is tried where a word of it stands in the text.
    words = {word for word in _SUSPECTS if word in lower}
    if words:
        form = _told_form(value, words)
        if form is not None:
            return form
    if _RUN in raw.translate(_RUNS) and any(looks_random(token) for token in _LONG.findall(value)):
        return "a random text"
    return None


def _told_form(value: str, words: set[bytes]) -> str | None:
    """Name the kind of secret that a text with some of the suspicious words in it has the form of."""
    if b"://" in words and _USERINFO.search(value):
        return "a URL with a password"
    if "-----BEGIN" in value and _PEM.search(value):
        return "a PEM block"
    if "eyJ" in value and _JWT.search(value):
        return "a JWT"
    if not words.isdisjoint(_SERVICES) and _PREFIXED.search(value):
        return "a service token"
    if (b"bearer" in words or b"basic" in words) and _BEARER.search(value):
        return "an authorization header"
    if words.isdisjoint(_TELLING):
        return None
    told = any(not word.isdigit() and word.lower() not in _NO_SECRET for word in _TOLD.findall(value))
    return "a text with a secret in it" if told or _TOLD_DIGITS.search(value) else None


def looks_random(token: str) -> bool:
    """Tell whether a long token looks drawn at random; digests, UUIDs, paths, images and names do not."""
    token = token[:4096]
    upper = any(char.isupper() for char in token)
    lower = any(char.islower() for char in token)
    digit = any(char.isdigit() for char in token)
    # Words, even CamelCase ones, change between capitals, small letters and digits less often than chance does.
    changes = len(_CHANGES.findall(token)) / len(token)
    if upper and lower:
        return changes >= (0.34 if digit else 0.42)
    if not (digit and (upper or lower)) or _JOINT.search(token):
        return False
    return changes >= 0.25 and _HEX.fullmatch(token) is None


def secret_reason(
    path: Sequence[str | int],
    value: str | None,
    *,
    name: str = "",
    declared: bool = False,
    below: bool | None = None,
) -> str | None:
    """Say why the text `value` at `path` (its own key or index last) must be hidden, or return None.

    `value` is None for what is no text: booleans, null and containers are never hidden, and neither is empty
    text. `name` is the text of a `name` beside it (an `env` item) and `declared` says that a `secret: true`
    stands beside it. `below` is `hides_below(path[:-1])` where the caller knows it already.
    """
    if not value or value == MASK:
        return None
    key = path[-1] if path else ""
    keys = [step for step in path if isinstance(step, str)]
    if below is None:
        below = hides_below(path[:-1])
    nearest = keys[-1] if keys else ""
    plain = _normal(nearest) in _PLAIN_BELOW or _REFERENCE.search(_normal(nearest)) is not None
    if below and not plain:
        return "it stands below a secret"
    if isinstance(key, str):
        beside = reason_beside(keys, name=name, declared=declared)
        if beside:
            return beside
        if key.lower() not in VALUE_KEYS and is_secret_name(key):
            return "its key says so"
    elif nearest and not plain and is_secret_name(nearest):
        return "its key says so"
    form = value_form(value)
    return f"it looks like {form}" if form else None


def reason_beside(path: Sequence[str], *, name: str, declared: bool, number: bool = False) -> str | None:
    """Say why what stands beside a value, or the variable that it is of, makes it a secret, or return None.

    `path` holds the keys alone, the value's own last. The value of `MAX_TOKENS` is none when it is a `number`.
    """
    key = path[-1].lower() if path else ""
    owner = path[-2] if len(path) > 2 and path[-3] == "variables" else ""
    if key not in VALUE_KEYS and not (owner and key in _VARIABLE_KEYS):
        return None
    if declared:
        return "it is marked as secret"
    telling = number_is_secret if number else is_secret_name
    return "its name says so" if telling(name) or telling(owner) else None


def is_secret_flag(text: str) -> bool:
    """Tell whether the argument behind this one is hidden: behind `--password` yes, behind `--no-auth` no."""
    return _FLAG.fullmatch(text) is not None and is_secret_name(text.lstrip("-"))


def number_is_secret(key: str) -> bool:
    """Tell whether a number under this key is hidden: a numeric password is, `max_tokens` is not."""
    return _SECRET_NUMBER.search(_normal(key)) is not None


def redact_text(text: str) -> str:
    """Return free text (a log line, an error) with everything in it that looks like a secret masked."""
    text = _PEM.sub(MASK, text)
    text = _USERINFO.sub(f"://{MASK}@", text)
    text = _JWT.sub(MASK, text)
    text = _PREFIXED.sub(MASK, text)
    text = _BEARER.sub(lambda match: f"{match.group(1)} {MASK}", text)
    text = _ASSIGNED.sub(_assigned, text)
    return _LONG.sub(lambda match: MASK if looks_random(match.group()) else match.group(), text)


def _assigned(match: re.Match[str]) -> str:
    plain = match.group(2).lower() in _NO_SECRET
    return match.group() if plain or MASK in match.group(2) else match.group(1) + MASK
