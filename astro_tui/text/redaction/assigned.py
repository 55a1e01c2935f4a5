"""Values after a name and a separator: `password=x`, `"api_key": "x"`, `'password' => 'x'`, `Set-Cookie: sid=x`."""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.cookies import cookie, has_pairs, is_name_of_cookie
from astro_tui.text.redaction.locators import without_secrets
from astro_tui.text.redaction.names import Kind, kind_of, kind_of_literal, words
from astro_tui.text.redaction.ordinary import is_code, is_parse_error, is_second, is_task, is_value
from astro_tui.text.redaction.references import refers
from astro_tui.text.redaction.roles import is_piece_in_text
from astro_tui.text.redaction.sentences import chosen_words, has_connector, is_said_of_a_password
from astro_tui.text.redaction.values import (
    APP_PASSWORD,
    BUILD_SECRET,
    MASK,
    UUID,
    is_mnemonic,
    is_plain,
    is_secret_name_of,
    is_secret_value,
    looks_like_credential,
)
from astro_tui.text.redaction.vocabulary import MODEL_TOKENS, SERVICES, TOKENIZER_TOKENS
from astro_tui.text.redaction.words import lazy, word_set


@cache
def _name(*, ascii_only: bool) -> re.Pattern[str]:
    first, colon = ("[A-Za-z_]", ":") if ascii_only else (r"[^\W\d]", "[:：＝]")
    # `password: String = "x"`, `password As String = "x"`, `password[] = "x"`.
    text = r"(?:[\w.:]{0,20}[<\[(])?(?:[Ss]tring|[Ss]tr|[Tt]ext|[Aa]ny|[Bb]ytes|SecretStr)[>\])?]{0,2}"
    typed = rf"(?:[ ]?:[ ]?(?:&(?:'\w{{1,9}}[ ])?)?{text}(?=[ ]?=)|[ ]As[ ]\w{{2,20}}(?=[ ]=)|\[\d{{0,4}}\](?=[ ]?=))"
    return re.compile(
        rf"(?{'a' if ascii_only else 'u'}:(?<![\w.$@-])(-{{0,2}}[@$]?{first}[\w.-]{{0,99}}+)"
        rf"(\\*[\"'`]?(?:\]|>>)?)(?:{typed}|[ ][(\[][\w.@ -]{{1,30}}[)\]](?=:))?[ \t]{{0,40}}"
        rf"(:=|=>|->|→|={{1,3}}>?|<<<|\|\||\?\?|{colon}(?!//|:)|(?<=[\"'`]),)([ \t]{{0,4}}))"
    )


@cache
def _bare() -> re.Pattern[str]:
    # A separator ends a value only where another name or a gap follows.
    return re.compile(r"(?a:(?:[^\s\"'`,;&\\]|[,;&](?![\s\"']|\Z|[\w.-]{1,40}+[\"']?\s?[=:])|\\(?![nrt\"'\\]))+)")


@cache
def _scheme() -> re.Pattern[str]:
    return re.compile(r"(?ai:(?:bearer|basic|token|apikey|negotiate|digest)[ ]{1,4})")


@cache
def _changed() -> re.Pattern[str]:
    return re.compile(r"([\"']?[ ](?:->|=>|→)[ ][\"']?)(?![(<{$•])[^\s\"'•]{1,400}")


@cache
def _earlier() -> re.Pattern[str]:
    return re.compile(r"([^\W\d_]{2,20})(?:[ ]d[eo])?[ ]\Z")


@cache
def _wrapper() -> re.Pattern[str]:
    # What languages put in front of a quote: `b'x'`, `$'x'`, `Some("x")`, `string(8) "x"`, `<<"x">>`; a tag of YAML.
    called = "Some|Just|Ok|Optional|SecretStr|Secret|String|string|str|NSString|crypt|PASSWORD|bytes|SensitiveString"
    return re.compile(
        rf"!!\w{{1,12}}[ ]|&\w{{1,20}}[ ]|(?:[bBuUrRfFL]{{1,2}}|[$@]|<<|(?:new[ ])?(?:{called})\([ ]?"
        r"|\s{0,12}string\(\d{1,5}\)[ ])(?=\\*[\"'])"
    )


_NEXT_LINE = lazy(r"[ \t]{0,4}(?:\r?\n|(?:\\r)?\\n)(?:[ \t]|\\t){0,80}(?=\\*[\"'])")
"""What is between a colon in JSON and a value on the next line."""
_OF_KEYS = SERVICES | word_set(
    "api access secret signing sign encryption encrypt decryption decrypt private priv master ssh deploy license"
    " licence account consumer client app hmac cipher aes rsa ecdsa pgp gpg tls ssl subscription oauth jwt"
)
"""Before `key=`, these say that it is secret. Other words are what happened to it: `cache miss key=x`."""
_JOINING = word_set("api key keys string phrase code secret hash uri url pass")


def assigned(text: str) -> str:
    """Return the text with every secret after a telling name replaced."""
    pieces: list[str] = []
    done = 0
    for match in _name(ascii_only=text.isascii()).finditer(text):
        if match.start() < done or _is_inside(text, match):
            continue
        kind = _kind(text, match)
        if kind <= Kind.PUBLIC:
            continue
        found = _value(text, match, kind)
        if found is not None:
            start, stop = found
            pieces += (text[done:start], without_secrets(text[start:stop]) if kind is Kind.LOCATOR else MASK)
            done = stop
            changed = _changed().match(text, stop)
            if changed is not None:
                # `password = "old" -> "new"`
                pieces += (changed.group(1), MASK)
                done = changed.end()
    return "".join([*pieces, text[done:]]) if pieces else text


def _is_inside(text: str, match: re.Match[str]) -> bool:
    """Return whether a name is part of something else: a path, an ARN, or a variable without a default."""
    start, stop = match.start(), match.end()
    if match.group(3) != ":":
        return False
    before = text[max(0, start - 2) : start]
    if before == "${":
        return text[stop : stop + 1] not in ("-", "=")
    return before[-1:] in ("/", ":") and not match.group(4)


def _kind(text: str, match: re.Match[str]) -> Kind:
    name = match.group(1)
    if name.startswith("-D") and name[2:3].islower():
        # A Java system property.
        name = name[2:]
    if _is_parameter(text, match) and name.lower() in _IN_QUERIES:
        identifier = name.lower() not in _ADDRESSES and UUID().match(text, match.end()) is not None
        return Kind.IDENTIFIER if identifier else max(kind_of_literal(name), Kind.LIKELY)
    if _is_parameter(text, match) or text.endswith(_HEADERS, max(0, match.start() - 12), match.start()):
        return kind_of_literal(name)
    if name == "passe" and text.endswith("mot de ", max(0, match.start() - 7), match.start()):
        return Kind.PASSWORD
    if name == "pass" and _beside_user().search(text, max(0, match.start() - 80), match.start()):
        return Kind.PASSWORD
    if name.lower() in ("token", "tokens") and (
        _is_of_a_model(text, match) or is_piece_in_text(text, name, match.start(), match.end())
    ):
        return Kind.ORDINARY
    if text[match.start() - 1 : match.start()] == "/" and _is_checksum(text, match):
        return Kind.PUBLIC
    if name in _JOINING or name.lower() in _JOINING:
        earlier = _earlier().search(text, max(0, match.start() - 24), match.start())
        if earlier is not None and (match.group(3) != "=" or name != "key" or earlier.group(1).lower() in _OF_KEYS):
            return max(kind_of(f"{earlier.group(1)}_{name}"), kind_of(name))
    return kind_of(name)


def _is_of_a_model(text: str, match: re.Match[str]) -> bool:
    """Return whether a token is a number in the vocabulary of a language model: `EOS token = 128009`."""
    earlier = _earlier().search(text, max(0, match.start() - 24), match.start())
    word = earlier.group(1).lower() if earlier is not None else ""
    return word in TOKENIZER_TOKENS or (word in _NUMBERED and _NUMBER().match(text, match.end()) is not None)


# A service can issue a `new token: 482913`, too.
_NUMBERED = (MODEL_TOKENS | word_set("pre suf mid rep lf")) - word_set("new next response")


def _is_checksum(text: str, match: re.Match[str]) -> bool:
    """Return whether a key with a digest has a prefix that makes it public: `checksum/secret`."""
    if _DIGEST().match(text, match.end()) is None:
        return False
    prefix = _PREFIX().search(text, max(0, match.start() - 64), match.start())
    return prefix is not None and kind_of(f"{prefix.group()}{match.group(1)}") is Kind.PUBLIC


_DIGEST = lazy(r"\\*[\"']?(?:sha\d{1,3}[:-])?[0-9a-fA-F]{32,128}(?![\w-])")
_PREFIX = lazy(r"(?a:(?<![\w.$@/-])[A-Za-z][\w.-]{0,60}/\Z)")


def _is_parameter(text: str, match: re.Match[str]) -> bool:
    """Return whether a name is a parameter of a URL with a value that is not just a number."""
    before = text[match.start() - 1 : match.start()]
    return (
        before in ("?", "&") and match.group(3) == "=" and not match.group(4) and not _NUMBER().match(text, match.end())
    )


_NUMBER = lazy(r"\d{1,9}(?![\w/.~%+-])")
_HEADERS = ("-H '", '-H "', "--header '", '--header "')


@cache
def _beside_user() -> re.Pattern[str]:
    # `{ user: 'bot', pass: 'x' }`
    return re.compile(r"(?ai:(?<![a-z])user(?:name)?[\"']?\s?[:=][ ]?[\"']?[^\s\"',;{}]{1,60}[\"']?,\s{0,20}[\"']?\Z)")


def _is_app_password(value: str) -> bool:
    """Whether four groups of letters are a password, and not words about one."""
    return not is_plain(value) and not any(map(is_said_of_a_password, value.split()))


def _value(text: str, match: re.Match[str], kind: Kind) -> tuple[int, int] | None:
    """Return where the value after a telling name is, or None if it is not a secret."""
    start = match.end()
    separator = match.group(3)
    # After a name in quotes, the next line contains its value or another name.
    broken = _NEXT_LINE().match(text, start) if separator == ":" and match.group(2) else None
    wrapper = broken or _wrapper().match(text, start)
    start = start if wrapper is None else wrapper.end()
    quoted = _quoted(text, start)
    if broken is not None and quoted is not None and _key_ends().match(text, quoted[1]):
        return None
    if quoted is not None:
        if not match.group(2) and text[match.start() - 1 : match.start()] == text[start : start + 1]:
            # The quote ends a string, as in `input("password: ")`.
            return None
        return quoted if _is_secret_in_quotes(text, match, kind, quoted) else None
    if separator == ",":
        return None
    if kind >= Kind.TOKEN and match.group(1).lower().endswith("cookie") and has_pairs(text, match.group(1), start):
        return cookie(text, start, setting=match.group(1).lower().startswith("set"))
    if separator == "=" and (whole := _in_option(text, match, kind)) is not None:
        return whole
    scheme = _scheme_at(text, start, match.group(1)) if kind >= Kind.CREDENTIAL else None
    if scheme is not None:
        start = scheme.end()
        if _parameter().match(text, start):
            # `Digest username="app", response="…"`: only some of the parameters are secret.
            return None
    if kind is Kind.PASSWORD and separator in ("=", ":") and (line := _line_of_words(text, match)) is not None:
        return line
    if kind in (Kind.PASSWORD, Kind.MIXED) and (app_password := APP_PASSWORD().match(text, start)) is not None:
        return app_password.span() if _is_app_password(app_password.group()) else None
    return _word(text, match, kind, start, after_scheme=scheme is not None)


def _in_option(text: str, match: re.Match[str], kind: Kind) -> tuple[int, int] | None:
    """Return where the words are if they end with the quote before the name: `-e "DB_PASSWORD=two words"`."""
    start, stop = match.end(), match.start() - 1
    if stop < 0 or (quote := text[stop]) not in "\"'" or not _OPTION().search(text, max(0, stop - 60), stop):
        return None
    line = text.find("\n", start, start + _LONGEST_READ)
    line = min(len(text), start + _LONGEST_READ) if line < 0 else line
    end = text.find(quote, start, line)
    value = text[start : line if end < 0 else end].rstrip("\\")
    words_only = " " in value and not value.startswith(" ") and "=" not in value
    return (start, start + len(value)) if words_only and is_secret_value(kind, value) else None


_OPTION = lazy(r"(?a:(?:(?<![\w-])--?[A-Za-z][\w-]{0,40}[ =]?|(?<![\w.-])(?:export|env|set)[ ])\\{0,4}\Z)")


def _is_secret_in_quotes(text: str, match: re.Match[str], kind: Kind, place: tuple[int, int]) -> bool:
    start, stop = place
    value = text[start:stop]
    if text[start - 1] == "`" and " " in value:
        # The output of a command.
        return False
    if match.group(3) == ",":
        # A name and a value in a list: `["DB_PASSWORD", "x"]`. `["password", "token"]` has only names.
        return kind >= Kind.KEY and is_second(match.group(1), value) and not _key_ends().match(text, stop)
    if is_secret_name_of(match.group(1), value) and value.endswith(_OBJECTS):
        return False
    return is_secret_value(kind, value) and not is_parse_error(text, match)


_NUMBERS = lazy(r"\[-?\d[\d.,+-]*\][\]}),;]*")
"""Numbers of tokens of a text, as in `{"tokens":[15496,995]}`."""
_LONGEST_READ = 1_024
_LIMIT = lazy(r"(?i:(?:min|max)(?:imum)?[ ]\d{1,3}[ ](?:char|letter|digit|symbol))")


def _word(text: str, match: re.Match[str], kind: Kind, start: int, *, after_scheme: bool) -> tuple[int, int] | None:
    """Return where the unquoted secret at `start` is, or None if the value there is not a secret."""
    bare = _bare().match(text, start, start + _LONGEST_READ)
    if bare is None:
        return None
    if bare.end() >= start + _LONGEST_READ - 1:
        # A longer value is always hidden: if the next name read all of it again, the time would be quadratic.
        bare = _bare().match(text, start)
        return None if bare is None else bare.span()
    value = bare.group()
    if _NUMBERS().fullmatch(value) and words(match.group(1))[-1:] in _PLURALS:
        return None
    if _variable().match(value) or value[-1] in "([" or is_code(text, match, bare):
        return None
    if value[0] in "{[($<" and (value[0] != "$" or text.startswith("${{", start)) and not _closes(value):
        return None
    if _LIMIT().match(text, start) or is_plain(value) or value.endswith((f"/{MASK}", f":{MASK}")):
        return None
    value = value.rstrip(")]}>") if not value.startswith(("$", "<", "{", "[", "(")) else value
    stop = start + len(value)
    if after_scheme and value.isalpha() and _more().match(text, stop):
        # `Authorization: Digest realm required` is a sentence.
        return None
    if match.group(1) == "--secret" and (named := BUILD_SECRET().match(value)) is not None:
        # `--secret=DB=x`
        start += named.end()
        value = value[named.end() :].strip("\"'")
    if kind is Kind.PHRASE and not is_plain(value):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        words_after = text.count(" ", start, end) > 1 and is_mnemonic(text[start:end])
        return (start, end) if words_after or looks_like_credential(value) else None
    if not value or not is_secret_value(kind, value):
        return None
    if is_name_of_cookie(match.group(1), value):
        return None
    if value.isdecimal() and _is_count(match.group(1), value):
        return None
    if not after_scheme and (is_task(match, value, kind) or is_secret_name_of(match.group(1), value)):
        return None
    if not after_scheme and not is_value(text, match, value, stop):
        return None
    return start, stop


def _line_of_words(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Return where the words are if they are the whole value of a line: `password: basil thyme`."""
    found = _WORDS().match(text, match.end())
    if found is None:
        return None
    # A passphrase is one wherever it is assigned.
    phrase = match.group(3) == "=" and match.group(1).lower().endswith("passphrase")
    if not phrase and not _LINE_START().search(text, max(0, match.start() - 60), match.start()):
        return None
    value = found.group()
    chosen = chosen_words(value)
    digit = any(char.isdigit() for word in chosen for char in word)
    if is_plain(value) or not chosen or not all(map(_has_letter_or_digit, value.split())):
        return None
    among_fields = _is_among_fields(text, match.start(), found.end())
    if match.group(3) == "=":
        # `PGPASSWORD=x psql -h db` runs a command.
        spaced = match.group(4) and text[match.start(3) - 1].isspace()
        exported = not match.group(1).isupper() or text.endswith("export ", 0, match.start())
        fits = phrase or among_fields or spaced or (exported and all(map(str.isalpha, value.split())))
        return found.span() if fits and not _is_expression(value) else None
    if not match.group(4) or not value.isascii() or (value != value.lower() and not any(map(str.isdigit, value))):
        # `password: Neues Passwort` is a label.
        return None
    # A single line may be a message; it is a field for sure if the line above or below is one.
    alone = words(match.group(1))[-1:] in _SINGLE and not value.endswith((".", "!", "?"))
    numbered = len(value.split()) <= 3 and any(map(str.isdigit, value))
    enough = digit or numbered or (len(chosen) > 1 and not has_connector(value))
    return found.span() if among_fields or (alone and enough) else None


def _is_expression(text: str) -> bool:
    """Return whether words are code: `password = x if y else z`, `$pw = ConvertFrom-SecureString $secure`."""
    found = text.split()
    return refers(found[0]) or any(
        word in _CODE_WORDS or _variable().match(word) or _ATTRIBUTE().match(word) for word in found
    )


def _is_among_fields(text: str, start: int, stop: int) -> bool:
    line = text.rfind("\n", 0, start)
    before = text.rfind("\n", max(0, line - 200), max(0, line)) + 1
    above = line >= 0 and _FIELD_LINE().match(text, before) is not None
    return above or _FIELD_LINE().match(text, stop + 1) is not None


def _has_letter_or_digit(word: str) -> bool:
    return any(map(str.isalnum, word))


_WORDS = lazy(
    r"(?m:[^\s=:;\"'`(){}\[\]<>|/\\,•]{1,30}(?:[ ][^\s=:;\"'`(){}\[\]<>|/\\,•]{1,30}){1,7}"
    r"(?=[ \t]{0,8}(?:[ ][#;][^\n]{0,200})?\r?$))"
)
_LINE_START = lazy(
    r"(?:\A|\n)[ \t]{0,40}(?:- |export )?[\"']?"
    r"(?i:(?:pass|db|database|admin|root|master|user|smtp|initial|temporary|default|new|wifi|ssh|sudo)[ ])?\Z"
)
_FIELD_LINE = lazy(r"(?a:[ \t]{0,40}(?:- |export )?[A-Za-z_][\w.-]{0,60}(?::(?:[ \t\r\n]|\Z)|[ ]?=))")
_SINGLE = (["password"], ["passwd"], ["pwd"], ["passphrase"], ["phrase"], ["passcode"])
_CODE_WORDS = word_set("if else unless then or and not await new lambda yield is in")
_ATTRIBUTE = lazy(r"[A-Za-z]\w*[._][a-z]")


def _is_count(name: str, digits: str) -> bool:
    """Return whether a number says how many: `verified_secrets=3`, `tokens: 128000`."""
    last = words(name)[-1:]
    return len(digits) < (10 if last == ["tokens"] else 6) and last in _PLURALS


_OBJECTS = ("creds", "credentials", "tls", "cert", "auth", "config")
_PLURALS = (["passwords"], ["secrets"], ["credentials"], ["tokens"], ["keys"])

_IN_QUERIES = word_set("code key sig k appid app_id ticket apikey auth access sid")
_ADDRESSES = word_set("appid app_id sid")


@cache
def _any_scheme() -> re.Pattern[str]:
    return re.compile(r"(?a:[A-Za-z][\w-]{1,30}[ ]{1,4}(?=[^\s\"',;]{8,}))")


@cache
def _more() -> re.Pattern[str]:
    return re.compile("[ ][a-z]")


@cache
def _parameter() -> re.Pattern[str]:
    return re.compile(r"(?a:\w{1,40}=(?:<|\\*[\"']))")


def _scheme_at(text: str, start: int, name: str) -> re.Match[str] | None:
    """Return a known scheme of credentials, or any scheme in an `Authorization` header that a credential follows."""
    known = _scheme().match(text, start)
    if known is not None or not name.lower().endswith("authorization"):
        return known
    scheme = _any_scheme().match(text, start)
    bare = _bare().match(text, scheme.end()) if scheme is not None else None
    return scheme if bare is not None and looks_like_credential(bare.group()) else None


@cache
def _variable() -> re.Pattern[str]:
    # `$1` is a parameter of SQL, but `$1$…` is a hash.
    return re.compile(r"\$(?:[A-Za-z_]|\d{1,2}(?=[),;\s]|::|\Z)|\{(?![\w.]+:?[-=])|\()")


def _closes(value: str) -> bool:
    return value[-1] in "}])>"


def _quoted(text: str, start: int) -> tuple[int, int] | None:
    """Return where the text inside of the quotes at `start` is; without a closing quote, it ends with the line."""
    mark = _opening().match(text, start)
    if mark is None:
        return None
    opened, end = mark.group(), mark.end()
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    if len(opened) > 1:
        stop = text.find(opened, end, line)
        return end, line if stop < 0 else stop
    inside = _inside(opened).match(text, end, line)
    return end, inside.end() if inside else end


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(r"\\*[\"'`]")


@cache
def _inside(quote: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[^{quote}\\]|\\.)*+")


@cache
def _key_ends() -> re.Pattern[str]:
    return re.compile(r"\\*[\"'`]\s{0,4}[:=]")
