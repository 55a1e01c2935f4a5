"""Secrets that their form gives away wherever they appear: JWTs, private keys, webhooks, random texts.

Every pattern takes time in proportion to the text, whatever the text: logs and specs come from outside.
"""

from __future__ import annotations

import re
import string
from binascii import a2b_base64
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.roles import is_public_in_text
from astro_tui.text.redaction.words import lazy


@cache
def jwts() -> re.Pattern[str]:
    """Match a JSON web token or encrypted token, and other strings that start like JSON in base64."""
    return re.compile(
        r"(?<![A-Za-z0-9_-])(?<!pk\.)eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]{0,}){2,4}|(?<![A-Za-z0-9_-])eyJrIjoi[A-Za-z0-9+/]{30,}=*"
    )


@cache
def private_keys() -> re.Pattern[str]:
    """Match a PEM block that is not known to be public, to its end or the end of the text."""
    return re.compile(
        r"-----BEGIN (?!CERTIFICATE|TRUSTED CERT|X509|PUBLIC KEY|RSA PUBLIC KEY|SSH2 PUBLIC|NEW CERTIFICATE"
        r"|DH PARAM|EC PARAM"
        r"|PGP PUBLIC|PGP MESSAGE|PGP SIGN|PKCS7|CMS)[A-Z0-9 ]{1,60}-----(?:.*?-----END [A-Z0-9 ]{1,60}-----|.*)",
        re.DOTALL,
    )


_BARE_KEY = lazy(r"M(?<![A-Za-z0-9+/_-].)[A-P][A-Za-z0-9+/_-]{30,}={0,2}")
_LENGTH = r"(?:[\x00-\x80]|\x81.|\x82..|\x83...)"
_PRIVATE_DER = lazy(
    # A private key starts with its version; a public key or a certificate does not. The alternatives are RSA, EC, and
    # PKCS #8 or PKCS #12, where an algorithm follows the version.
    rf"(?s:0{_LENGTH}(?:\x02\x01(?:[\x00\x01]\x02|\x01\x04|[\x00\x01\x03]0{_LENGTH}\x06)"
    # An encrypted one starts with how it is encrypted: an algorithm of PKCS #5 or PKCS #12.
    rf"|0{_LENGTH}\x06[\x09\x0a]\x2a\x86\x48\x86\xf7\x0d\x01[\x05\x0c]))"
)


def without_bare_keys(text: str, mask: str) -> str:
    """Return a text with a mask for each private key or key store in bare base64, without BEGIN and END lines."""

    def hide(match: re.Match[str]) -> str:
        key = match.group()
        start = a2b_base64(key[:32].replace("-", "+").replace("_", "/")).decode("latin-1")
        return mask if _PRIVATE_DER().match(start) else key

    return _BARE_KEY().sub(hide, text)


@cache
def user_infos() -> re.Pattern[str]:
    """Match the name and password of a URL.

    A password may contain `/`, `?`, or `#` unless it looks like a port; a long name without a password is a token.
    """
    return re.compile(
        r"://(?:[^\s/?#@:]{0,200}:(?![$<{%*•])[^\s/?#]{1,400}@|[^\s/?#@:\"'\[]{16,400}:?@"
        r"|[^\s/?#@:\[]{0,200}:(?![0-9]{0,5}[/?#,])(?![$<{%*•])[^\s@\"'<>]{1,400}@(?:[^\s/?#@\"'<>]{0,200}@){0,3})"
    )


@cache
def webhooks() -> re.Pattern[str]:
    """Match a URL whose path grants access by itself; the first or second group is what stays."""
    known = (
        r"hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks",
        r"webhook\.office\.com/webhookb2|outlook\.office\.com/webhook|hooks\.zapier\.com/hooks/catch",
        r"hook\.\w{2,4}\d?\.make\.com|maker\.ifttt\.com/trigger/[\w-]{1,60}/(?:json/)?with/key",
        r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook|events\.pagerduty\.com/(?:integration|x-ere)",
        r"alert\.victorops\.com/integrations/[\w/]{1,40}/alert|hc-ping\.com",
        r"endpoint\d?\.collection\.sumologic\.com/[\w/]{1,40}|[\w-]{1,40}\.infura\.io/(?:ws/)?v3",
        r"api\.render\.com/deploy/[\w-]{1,60}\?key=",
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=|oapi\.dingtalk\.com/robot/send\?access_token=",
        r"[\w-]{1,40}\.(?:g\.)?alchemy\.com/(?:ws/)?v2|(?<=://)[\w.-]{1,60}\.quiknode\.pro",
    )
    # In the URLs of other webhooks, the last part counts only if it looks random.
    mixed = r"(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])(?![a-f0-9]{8}-)[A-Za-z0-9_]{20,}(?![\w-])"
    # A link that signs in or resets a password: a token in its path can be short.
    link = (
        r"/(?:[a-z]{1,12}[-_]){0,2}(?:reset|invite|magic|token|login|private|secret|verify|confirm|unsubscribe)"
        r"(?:[-_][a-z]{1,12}){0,2}/(?:token/)?|/services/T[A-Z0-9]{5,14}/B[A-Z0-9]{5,14}/"
    )
    drawn = (
        r"(?=\w{0,60}(?:[A-Za-z]\d[A-Za-z]|[a-z][A-Z]{2}[a-z]))(?=\w{0,60}\d)(?=[a-z\d_]{0,60}[A-Z])"
        r"(?=[A-Z\d_]{0,60}[a-z])\w{16,}(?![\w-])"
    )
    return re.compile(
        rf"(?a:((?:{'|'.join(known)})(?:/|(?<==)))[\w%/@+=-]{{3,}}"
        rf"|(/(?:web)?hooks?/(?:[\w.-]{{1,40}}/){{0,3}}(?={mixed})|(?:{link})(?={drawn}))\w{{16,}})"
    )


RUN = 32
"""The fewest characters of a string that can count as random."""
SHORT_RUN = 24
"""The fewest characters of a string that can be a vendor's token without a hint."""
_CHANGES = lazy("[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[a-zA-Z])")
_JOINT = lazy("[/_-]")
_HEX = lazy("(?:0[xX])?[0-9a-fA-F]+")
_DOCUMENT = r"com/(?:document|spreadsheets|presentation|forms|file)/d/|com/drive/(?:u/\d/)?folders/"
"""Documents, which readers need permission to open."""
_PUBLIC_START = lazy(
    # Digests and public keys, ids of requests and objects, content ids (IPFS), recipients (age, Nostr), addresses.
    "sha(?:1|224|256|384|512)[-=:]|AAAA(?:B3Nza|C3Nza|E2Vj|Gm)|h1:|SHA256:"
    "|(?:chatcmpl|call|msg|run|thread|asst|req|request|toolu|resp|user|org|proj|file|evt|cus|sub|pi|pm|ch|in|inv|price"
    "|prod|acct|cs|txn|ord|order|job|batch|task|dpl|prj|team|trace|span|conv|item|obj|vs|ws|ft|img|doc|node|inst)[-_]"
    # Twilio's accounts and other objects.
    "|(?:AC|AP|CA|CN|IS|MG|MM|NO|PN|SM|US|VA)[a-f0-9]{32}(?![A-Za-z0-9])"
    rf"|{_DOCUMENT}"
    "|Qm[1-9A-HJ-NP-Za-km-z]{44}(?![A-Za-z0-9])|ba[fg][a-z2-7]{50,}|zb2[A-Za-z0-9]{40,}|z6Mk[A-Za-z0-9]{40,}|12D3Koo"
    "|age1[a-z0-9]{50,}|npub1|note1|bc1[a-z0-9]{30,}|xpub|(?:pk_(?:live|test)|phc|sb_publishable)_|pk-lf-|RW[QTR][A-Za-z0-9+/]{50,}"
)
_PUBLIC_BEFORE = lazy(
    r"(?:;base64,|sha(?:1|256|384|512)[:=-]|SHA256:|h1:|ssh-\w{2,10}[ ]|(?:peer|public[ ]key)[: ]{1,2}"
    r"|ca[\w-]{0,20}[\"': =]{1,4})$",
    re.IGNORECASE,
)
_NAME_BEFORE = lazy(r"([A-Za-z][\w.-]{0,50}+)\\*[\"'`]?[ ]?[:=][ ]?\\*[\"'`]?$")
_PUBLIC_DATA = lazy("MII[A-Za-z0-9+/]{20}|LS0tLS1CRUdJTiBD|iVBOR|R0lGOD|/9j/|UEsD|H4sI|d0x")
RUNS = lazy(f"[A-Za-z0-9+/_=-]{{{RUN},}}")
_BYTES = bytes(0x2E if chr(byte) in string.ascii_letters + string.digits + "+/_=-" else 0x20 for byte in range(256))
_RUN = b"." * RUN
_SHORT_RUN = b"." * SHORT_RUN


def longest_run(text: bytes) -> int:
    """Return `RUN` or `SHORT_RUN` if a text has that many characters in a row, else 0."""
    runs = text.translate(_BYTES)
    return 0 if _SHORT_RUN not in runs else RUN if _RUN in runs else SHORT_RUN


def looks_random(token: str) -> bool:
    """Return whether a long token looks drawn at random; digests, UUIDs, paths, images and names do not."""
    token = token[:4096]
    if _PUBLIC_START().match(token) or _PUBLIC_DATA().match(token):
        return False
    upper = any(char.isupper() for char in token)
    lower = any(char.islower() for char in token)
    digit = any(char.isdigit() for char in token)
    # Words, even in CamelCase, switch between uppercase, lowercase, and digits less often than random strings do.
    changes = len(_CHANGES().findall(token)) / len(token)
    if upper and lower:
        return changes >= (0.34 if digit else 0.42)
    if not (digit and (upper or lower)) or _JOINT().search(token):
        return False
    return changes >= 0.25 and _HEX().fullmatch(token) is None


def is_document(path: str) -> bool:
    """Return whether part of a URL is the address of a document, which readers need permission to open."""
    return re.match(_DOCUMENT, path) is not None


@cache
def public_blocks() -> re.Pattern[str]:
    """Match a PEM block that is not a private key."""
    return re.compile(r"-----BEGIN (?![A-Z0-9 ]*PRIVATE)[A-Z0-9 ]{1,60}-----[^-]*-----END [A-Z0-9 ]{1,60}-----")


def is_public_run(text: str, start: int) -> bool:
    """Return whether what comes before a long token says that it is public: a digest, a certificate, an SSH key."""
    near = max(0, start - 60)
    named = _NAME_BEFORE().search(text, near, start)
    if named is not None and (kind_of(named.group(1)) is Kind.PUBLIC or is_public_in_text(text, named.group(1), start)):
        return True
    return _PUBLIC_BEFORE().search(text, near, start) is not None


_BASE64 = lazy("[A-Za-z0-9+/_-]{16,}={0,2}")
_LARGEST = 1 << 15


def decoded(token: str) -> str | None:
    """Return the text that a token encodes in base64, or None: random bytes are never readable."""
    if len(token) > _LARGEST or not _BASE64().fullmatch(token):
        return None
    raw = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = a2b_base64(raw + "=" * (-len(raw) % 4)).decode()
    except ValueError:
        return None
    return text if all(char.isprintable() or char in "\n\r\t" for char in text) else None
