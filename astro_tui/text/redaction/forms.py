"""Secrets that their form gives away wherever they appear: vendor tokens, JWTs, private keys, random texts.

Every pattern takes time in proportion to the text, whatever the text: logs and specs come from outside.
"""

from __future__ import annotations

import re
import string
from binascii import a2b_base64
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.words import lazy, word_set

VENDOR_HINTS = tuple(
    word_set(
        "sk- sk_ rk_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat glpat glcbt gldt- glffct glft- glimt glagent gloas glptt"
        " glrt glsoat gr1348941 xox xapp- akia asia abia acca a3t ltai ya29. gocspx- pypi- sg. whsec_ accountkey="
        " sharedaccess nrak- nrii-"
        " nrjs- nral- nrra- sq0 eaaa dp. hvs. hvb. hvr. atlasv1 flwseck a3- sm_aat sm_pat sm_sat t1. api- tvly-"
        " nsec1 xprv yprv zprv"
        " $1$ $2 $5$ $6$ $y$ $apr1 $argon $scrypt $pbkdf2 pbkdf2 scrypt: {ssha {sha scram- argon2$ bcrypt_"
        " dckr_ tskey- vercel_ amzn.mws q~ hf_ sb_secret"
    )
)
"""In lower case, what every vendor's token has in it unless it has `RUN` characters in a row."""

_A, _W = "[A-Za-z0-9]", "[A-Za-z0-9_-]"


@cache
def vendor_tokens() -> re.Pattern[str]:
    """Match a token that starts with the prefix of a known vendor."""
    shapes = (
        f"sk-(?:ant|proj|svcacct|admin|or|lf)?-?{_W}{{12,}}|[sr]k_(?:live|test|prod|org)?_?[A-Za-z0-9_]{{12,}}",
        f"gh[pousr]_{_A}{{16,}}|github_pat_[A-Za-z0-9_]{{16,}}",
        f"gl(?:pat|cbt|dt|ffct|ft|imt|agent|oas|ptt|rt|soat|rtr)-{_W}{{16,}}(?:\\.[0-9a-z.]{{2,20}})?|GR1348941{_W}{{16,}}",
        r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}|xapp-\d-[A-Za-z0-9-]{10,}",
        "(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}|ABSK[A-Za-z0-9+/]{40,}={0,2}|LTAI[A-Za-z0-9]{16,24}",
        f"AIza{_W}{{30,}}|ya29\\.{_W}{{20,}}|GOCSPX-{_W}{{20,}}|1//0{_W}{{30,}}",
        f"npm_{_A}{{30,}}|hf_{_A}{{16,}}|api_org_{_A}{{20,}}|pypi-{_W}{{16,}}|rubygems_[a-f0-9]{{32,}}",
        f"SG\\.{_W}{{16,}}\\.{_W}{{16,}}|SK[0-9a-fA-F]{{32}}|key-[a-f0-9]{{32}}|xkeysib-[a-f0-9]{{32,}}{_W}*|xsmtpsib-{_W}{{32,}}",
        "whsec_[A-Za-z0-9+/]{16,}=*|(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/%]{16,}=*",
        r"do[opr]_v1_[a-f0-9]{32,}|shp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{32}|shippo_(?:live|test)_[a-f0-9]{30,}",
        "AGE-SECRET-KEY-1[A-Za-z0-9]{40,}|sbp_[a-z0-9]{32,}|sb_secret_[A-Za-z0-9_-]{16,}|lin_(?:api|oauth)_[A-Za-z0-9]{30,}",
        r"dapi[a-f0-9]{32}(?:-\d)?|NR(?:AK|II|JS|AL|RA)-[A-Za-z0-9-]{16,}|PMAK-[a-fA-F0-9]{20,}-[a-fA-F0-9]{20,}",
        f"sq0[a-z]{{3}}-{_W}{{20,}}|EAAA{_W}{{22,}}|EAA[BCM]{_A}{{40,}}",
        rf"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{{20,}}|dt0[a-z]\d\d\.{_A}{{20,}}\.{_A}{{40,}}|EZ[AT]K{_A}{{40,}}|duffel_(?:test|live)_{_W}{{30,}}",
        f"fo1_{_W}{{30,}}|fm[12][ar]?_[A-Za-z0-9+/]{{40,}}=*|fio-u-{_W}{{40,}}|FLWSECK(?:_TEST)?-{_A}{{12,}}(?:-X)?",
        f"glc_[A-Za-z0-9+/]{{32,}}=*|glsa_{_A}{{32}}_[A-Fa-f0-9]{{8}}|hv[sbr]\\.{_W}{{24,}}",
        rf"{_A}{{14}}\.atlasv1\.{_W}{{40,}}|ico-{_A}{{32}}|ntn_{_A}{{40,}}|secret_{_A}{{40,}}",
        rf"pat{_A}{{14}}\.[a-f0-9]{{60,}}|(?:pat|sat)\.{_W}{{20,}}\.{_A}{{20,}}\.{_A}{{16,}}|pat-(?:na|eu)1-[a-f0-9-]{{30,}}",
        r"A3-[A-Z0-9]{6}-[A-Z0-9-]{20,}|ops_eyJ[A-Za-z0-9+/]{40,}=*|p8e-[a-z0-9]{32}|AT[AC]TT3[\w=-]{40,}",
        f"AKCp{_A}{{40,}}|cmVmd{_A}{{40,}}|pplx-{_A}{{32,}}|pnu_{_A}{{30,}}|pul-[a-f0-9]{{40}}|rdme_[a-z0-9]{{40,}}|tk-us-{_W}{{32,}}",
        f"sntry[su]_[A-Za-z0-9+/=_]{{32,}}|sm_[aps]at_{_A}{{16,}}|sha256~{_W}{{40,}}|pscale_(?:tkn|oauth|pw)_[\\w=.-]{{32,}}",
        f"sgp_[\\w]{{40,}}|sq[upa]_[a-f0-9]{{40}}|tfp_[\\w.=-]{{40,}}|AQVN{_W}{{35,}}|t1\\.[\\w-]+=*\\.[\\w-]{{80,}}=*",
        f"r8_{_A}{{30,}}|gsk_{_A}{{30,}}|xai-{_A}{{40,}}|csk-{_A}{{30,}}|tvly-{_W}{{20,}}|lsv2_(?:pt|sk)_[a-f0-9_]{{30,}}|ph[cx]_{_A}{{30,}}",
        f"dckr_(?:pat|oat)_{_W}{{20,}}|cio{_A}{{32}}(?!{_A})|HRKU-{_W}{{36,}}|bkua_[a-f0-9]{{40}}|CLOJARS_[A-Za-z0-9]{{40,}}|API-[A-Z0-9]{{26}}",
        f"(?:live|test)_[a-f0-9]{{35}}|nvapi-{_W}{{30,}}|vercel_{_A}{{20,}}|tskey-[a-z]+-{_W}{{16,}}|amzn\\.mws\\.[a-f0-9-]{{30,}}",
        rf"v1\.0-[a-f0-9]{{24}}-[a-f0-9]{{100,}}|[\w~.]{{3}}\dQ~[\w~.-]{{31,34}}|4b1d{_A}{{38}}|{_A}{{6}}_{_A}{{29}}_mmk|[a-f0-9]{{32}}-us\d{{1,2}}",
        # A bot of Telegram, also in the path of a URL; wallets.
        f"(?:bot)?[0-9]{{8,10}}:{_W}{{35}}(?!{_W})|nsec1[a-z0-9]{{58}}|[xyz]prv[A-Za-z0-9]{{100,}}",
        # Hashes of passwords, which can be tried at any speed.
        r"(?:pbkdf2_sha\d{1,3}|bcrypt_sha256|argon2)\$[\w$=,./+-]{20,}=*|(?:scrypt|pbkdf2):[\w:]{1,40}\$[\w./+-]{4,}\$[a-f0-9]{32,}",
        r"SCRAM-SHA-256\$\d+:[\w+/=$:]{40,}",
        r"ZXlK[A-Za-z0-9+/]{30,}=*|AC[a-f0-9]{32}:[a-f0-9]{32}|access-(?:sandbox|development|production)-[a-f0-9-]{36}",
    )
    hashes = r"\$(?:1|2[abxy]|5|6|7|y|gy|apr1|argon2i?d?|scrypt|pbkdf2[\w-]{0,10})\$[\w./$=,+-]{16,}"
    hashes += r"|\{S{0,2}(?:SHA|MD5|SHA512)\}[A-Za-z0-9+/]{20,}=*"
    return re.compile(f"(?a:(?<![A-Za-z0-9])(?:{'|'.join(shapes)})|{hashes})")


@cache
def jwts() -> re.Pattern[str]:
    """Match a JSON web token or encrypted token, and other texts that start as JSON in base64."""
    return re.compile(
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]{0,}){2,4}|(?<![A-Za-z0-9_-])eyJrIjoi[A-Za-z0-9+/]{30,}=*"
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


@cache
def user_infos() -> re.Pattern[str]:
    """Match the name and password of a URL.

    A password may contain what would end it where no port is meant; a long name without a password is a token.
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
        r"[\w-]{1,40}\.(?:g\.)?alchemy\.com/(?:ws/)?v2|(?<=://)[\w.-]{1,60}\.quiknode\.pro",
    )
    # What follows a hook elsewhere counts if it looks drawn at random.
    mixed = r"(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])(?![a-f0-9]{8}-)[A-Za-z0-9_]{20,}(?![\w-])"
    return re.compile(
        rf"(?a:((?:{'|'.join(known)})/)[\w%/@+=-]{{3,}}|(/(?:web)?hooks?/(?:[\w.-]{{1,40}}/){{0,3}}){mixed})"
    )


RUN = 32
"""Characters from which a text can be random."""
_CHANGES = lazy("[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[a-zA-Z])")
_JOINT = lazy("[/_-]")
_HEX = lazy("[0-9a-fA-F]+")
_PUBLIC_START = lazy(
    # Digests and public keys, ids of requests and objects, content ids (IPFS), recipients (age, Nostr), addresses.
    "sha(?:1|224|256|384|512)[-=:]|AAAA(?:B3Nza|C3Nza|E2Vj|Gm)|h1:|SHA256:"
    "|(?:chatcmpl|call|msg|run|thread|asst|req|request|toolu|resp|user|org|proj|file|evt|cus|sub|pi|pm|ch|in|inv|price"
    "|prod|acct|cs|txn|ord|order|job|batch|task|dpl|prj|team|trace|span|conv|item|obj|vs|ws|ft|img|doc|node|inst)[-_]"
    "|Qm[1-9A-HJ-NP-Za-km-z]{44}(?![A-Za-z0-9])|ba[fg][a-z2-7]{50,}|zb2[A-Za-z0-9]{40,}|z6Mk[A-Za-z0-9]{40,}|12D3Koo"
    "|age1[a-z0-9]{50,}|npub1|note1|bc1[a-z0-9]{30,}|xpub|RW[QTR][A-Za-z0-9+/]{50,}"
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


def has_run(text: bytes) -> bool:
    """Tell whether a text has a run of characters that is long enough to be random."""
    return _RUN in text.translate(_BYTES)


def looks_random(token: str) -> bool:
    """Tell whether a long token looks drawn at random; digests, UUIDs, paths, images and names do not."""
    token = token[:4096]
    if _PUBLIC_START().match(token) or _PUBLIC_DATA().match(token):
        return False
    upper = any(char.isupper() for char in token)
    lower = any(char.islower() for char in token)
    digit = any(char.isdigit() for char in token)
    # Words, even CamelCase ones, change between capitals, small letters and digits less often than chance does.
    changes = len(_CHANGES().findall(token)) / len(token)
    if upper and lower:
        return changes >= (0.34 if digit else 0.42)
    if not (digit and (upper or lower)) or _JOINT().search(token):
        return False
    return changes >= 0.25 and _HEX().fullmatch(token) is None


@cache
def public_blocks() -> re.Pattern[str]:
    """Match a PEM block that is no private key."""
    return re.compile(r"-----BEGIN (?![A-Z0-9 ]*PRIVATE)[A-Z0-9 ]{1,60}-----[^-]*-----END [A-Z0-9 ]{1,60}-----")


def is_public_run(text: str, start: int) -> bool:
    """Tell whether what comes before a long token says that it is public: a digest, a certificate, an SSH key."""
    near = max(0, start - 60)
    named = _NAME_BEFORE().search(text, near, start)
    if named is not None and kind_of(named.group(1)) is Kind.PUBLIC:
        return True
    return _PUBLIC_BEFORE().search(text, near, start) is not None


_BASE64 = lazy("[A-Za-z0-9+/_-]{16,}={0,2}")
_LARGEST = 1 << 15


def decoded(token: str) -> str | None:
    """Return the text that a token is the base64 of, or None: bytes drawn at random are never readable."""
    if len(token) > _LARGEST or not _BASE64().fullmatch(token):
        return None
    raw = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = a2b_base64(raw + "=" * (-len(raw) % 4)).decode()
    except ValueError:
        return None
    return text if all(char.isprintable() or char in "\n\r\t" for char in text) else None
