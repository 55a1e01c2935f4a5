"""Tokens that start or end like those of a known vendor. One row per family of services.

Every pattern takes time in proportion to the text, and is compiled when a text contains a start from its row.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from astro_tui.text.redaction.words import lazy

_A, _W, _H = "[A-Za-z0-9]", "[A-Za-z0-9_-]", "[a-f0-9]"
_MIXED = "(?=[a-z0-9]*[A-Z])(?=[A-Za-z]*[0-9]+[A-Za-z])"
_UUID = "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}"


class _Family(NamedTuple):
    """Tokens of similar services."""

    starts: str
    """What a match may start with: at least two letters or digits each, separated by spaces."""
    inside: str
    """What a match may contain instead, separated by spaces."""
    pattern: str
    short: str = ""
    """What a match without `forms.SHORT_RUN` characters in a row contains: in lower case, separated by spaces."""


_REPOSITORIES = (
    _Family("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", "", rf"gh[pousr]_{_A}{{20,}}|github_pat_[A-Za-z0-9_]{{16,}}"),
    _Family(
        "glpat- glcbt- gldt- glffct- glft- glimt- glagent- gloas- glptt- glrt- glsoat- glrtr- glwt- GR1348941",
        "",
        rf"gl(?:pat|cbt|dt|ffct|ft|imt|agent|oas|ptt|rt|soat|rtr|wt)-{_W}{{19,}}(?:\.[0-9a-z.]{{2,20}})?"
        rf"|GR1348941{_W}{{16,}}",
    ),
    # Bitbucket, Atlassian, Trello, Sourcegraph, Sonar, Adobe, Chromatic, Socket.
    _Family(
        "ATBB ATATT3 ATCTT3 ATSTT3 ATTA sgp_ squ_ sqp_ sqa_",
        "",
        rf"ATBB{_A}{{24,}}|AT[ACS]TT3[\w=-]{{40,}}|ATTA{_H}{{60,}}|sgp_\w{{40,}}|sq[upa]_{_H}{{40}}",
    ),
    _Family("p8e- chpt_ sktsec_", "", rf"p8e-[a-z0-9]{{32}}|chpt_{_A}{{30,}}|sktsec_{_W}{{30,}}"),
    # Package registries.
    _Family("pypi- dckr_", "", rf"pypi-{_W}{{19,}}|dckr_(?:pat|oat)_{_W}{{20,}}"),
    _Family(
        "npm_ rubygems_ oy2 cio CLOJARS_",
        "",
        rf"npm_{_A}{{30,}}|rubygems_{_H}{{32,}}|oy2[a-z0-9]{{43}}|cio{_A}{{32}}(?!{_A})|CLOJARS_{_A}{{40,}}",
    ),
    _Family("AKCp cmVmd packagist_", "", rf"AKCp{_A}{{40,}}|cmVmd{_A}{{40,}}|packagist_\w{{3}}_{_H}{{60,}}"),
    # Builds: CircleCI, Buildkite, Pulumi, ReadMe, Scalingo, Octopus, Infracost, Prefect, Trigger.dev.
    _Family(
        "CCIP bkua_ pul- rdme_ tk-us-",
        "",
        rf"CCIP(?:AT|RJ)_{_W}{{20,}}|bkua_{_H}{{40}}|pul-{_H}{{40}}|rdme_[a-z0-9]{{40,}}|tk-us-{_W}{{32,}}",
    ),
    _Family(
        "API- ico- pnu_ pnb_ tr_",
        "",
        rf"API-[A-Z0-9]{{26}}|ico-{_A}{{32}}|pn[ub]_{_A}{{30,}}|tr_(?:dev|prod|stg|preview)_{_A}{{20,}}",
    ),
)
_CLOUDS = (
    _Family(
        "AKIA ASIA ABIA ACCA A3T LTAI",
        "",
        "(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}|LTAI[A-Za-z0-9]{16,24}",
        short="akia asia abia acca a3t ltai",
    ),
    _Family(
        "ABSK bedrock- AKID",
        "",
        r"ABSK[A-Za-z0-9+/]{40,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,}|AKID[A-Za-z0-9]{32}",
    ),
    _Family("ya29. GOCSPX-", "", rf"ya29\.{_W}{{24,}}|GOCSPX-{_W}{{20,}}"),
    _Family(
        "AIza amzn",
        "1//0",
        rf"AIza{_W}{{30,}}|1//0{_W}{{24,}}|amzn\.mws\.[a-f0-9-]{{30,}}|amzn1\.oa2-cs\.v1\.{_H}{{40,}}",
    ),
    _Family(
        "AccountKey= SharedAccess",
        "",
        "(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/%]{16,}=*",
        short="accountkey= sharedaccess",
    ),
    _Family("", "Q~", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", short="q~"),
    # Yandex, DigitalOcean, Cloudflare, ClickHouse, Fly, Vercel, Netlify, Render.
    _Family(
        "t1. y0_ YC AQVN dop_ doo_ dor_",
        "",
        rf"t1\.[\w-]+=*\.[\w-]{{80,}}=*|y0_{_W}{{30,}}|YC{_W}{{38}}(?![\w+/=-])|AQVN{_W}{{35,}}|do[opr]_v1_{_H}{{32,}}",
    ),
    _Family("v1.0- cfut_ cfat_ 4b1d", "", rf"v1\.0-{_H}{{24}}-{_H}{{100,}}|cf[ua]t_{_W}{{40,}}|4b1d{_A}{{38}}(?!{_A})"),
    _Family(
        "fo1_ fm1 fm2 FlyV1",
        "",
        rf"fo1_{_W}{{30,}}|fm[12][ar]?_[A-Za-z0-9+/]{{40,}}=*|FlyV1[ ][\w+/=,]{{20,}}",
        short="flyv1",
    ),
    _Family(
        "vercel_ vca_ vcc_ vci_ vcp_ vck_ nfb_ nfc_ nfo_ nfp_ nfu_ rnd_ HRKU-",
        "",
        rf"vercel_{_W}{{20,}}|vc[acipk]_{_A}{{24,}}|nf[bcopu]_{_A}{{30,}}|rnd_{_A}{{20,}}|HRKU-{_W}{{36,}}",
    ),
    # Databases.
    _Family(
        "pscale_ sbp_ sb_secret_",
        "",
        rf"pscale_(?:tkn|oauth|pw)_[\w=.-]{{30,}}|sbp_[a-z0-9]{{32,}}|sb_secret_{_W}{{16,}}",
        short="pscale_",
    ),
    _Family(
        "dapi dose CCDB1_ mdb_sa_sk_ napi_",
        "",
        rf"(?:dapi|dose){_H}{{32}}(?:-\d)?|CCDB1_{_A}{{16,}}_{_A}{{30,}}|mdb_sa_sk_{_W}{{30,}}|napi_[a-z0-9]{{40,}}",
    ),
    # Neon, Daytona, Convex.
    _Family(
        "npg_ dtn_ prod: dev: preview:",
        "",
        rf"npg_(?=[A-Za-z]{{0,60}}[0-9]){_A}{{12,}}|dtn_{_H}{{60,}}|(?:prod|dev|preview):[a-z0-9-]{{1,60}}\|[A-Za-z0-9+/=_-]{{40,}}",
        short="npg_",
    ),
    # Vault, Terraform, Docker Swarm, k3s, OpenShift, Rancher, networks, Harness, 1Password, age.
    _Family("", "s.", rf"s\.(?=[A-Za-z]{{0,23}}\d){_A}{{24}}(?![\w.-])"),
    _Family(
        "hvs. hvb. hvr. SWMTKN-1-",
        ".atlasv1.",
        rf"hv[sbr]\.{_W}{{24,}}|{_A}{{14}}\.atlasv1\.[\w=-]{{40,}}|SWMTKN-1-[a-z0-9]{{20,}}-[a-z0-9]{{20,}}",
    ),
    _Family(
        "K10 sha256~ token-",
        "",
        rf"K10{_H}{{32,}}::[\w:]{{1,40}}:{_H}{{16,}}|sha256~{_W}{{40,}}|token-[a-z0-9]{{5}}:[a-z0-9]{{50,}}",
    ),
    _Family(
        "dp. tskey- nbp_",
        "",
        rf"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{{20,}}|tskey-[a-z]+-{_W}{{16,}}|nbp_{_A}{{30,}}",
        short="dp.",
    ),
    _Family(
        "dnkey-",
        "_",
        rf"dnkey-[\w=-]{{26}}-[\w=-]{{52}}|[1-3]{_A}{{26}}_{_A}{{20,22}}(?!{_W})|{_A}{{6}}_{_A}{{29}}_mmk",
    ),
    _Family(
        "pat. sat. A3- ops_eyJ",
        "",
        rf"(?:pat|sat)\.{_W}{{22}}\.{_A}{{24}}\.{_A}{{16,}}|A3-[A-Z0-9]{{6}}-[A-Z0-9-]{{20,}}|ops_eyJ[A-Za-z0-9+/]{{40,}}=*",
    ),
    # Infisical and GitHub Apps, Bitwarden and Asana.
    _Family("st. v1.", "", rf"st\.{_H}{{24}}\.{_H}{{32}}\.{_H}{{32}}|(?<![:/@])v1\.{_H}{{40}}(?!{_A})"),
    _Family(
        "",
        "0. 1/ 2/",
        rf"0\.{_UUID}\.{_A}{{20,}}:[A-Za-z0-9+/]{{20,}}={{0,2}}|[12]/\d{{10,}}(?:/\d{{10,}})?:{_H}{{32}}(?!{_A})",
    ),
    _Family("AGE-", "", rf"AGE-(?:SECRET-KEY|PLUGIN-{_A}{{1,20}})-1{_A}{{30,}}"),
)
_MODELS = (
    _Family(
        "sk- sk_ rk_",
        "",
        rf"sk-(?:ant|proj|svcacct|admin|or|lf)?-?{_W}{{12,}}"
        r"|[sr]k_(?:live|test|prod|org|sbox)?_?[A-Za-z0-9_]{12,}",
        short="sk- sk_ rk_",
    ),
    # Hugging Face, Fireworks, Firecrawl, E2B, Jina.
    _Family(
        "hf_ api_org_ fw_ fc- e2b_ jina_",
        "",
        rf"hf_{_A}{{21,}}|api_org_{_A}{{20,}}|fw_{_A}{{16,}}|fc-{_H}{{32}}|e2b_{_H}{{30,}}|jina_{_W}{{30,}}",
        short="fw_",
    ),
    # Pinecone, Tavily, NVIDIA, Together, Apify, LangSmith, Voyage, Mem0, Browserbase.
    _Family(
        "pcsk_ tvly- nvapi- tgp_v1_ apify_",
        "",
        rf"pcsk_\w{{30,}}|tvly-{_W}{{19,}}|nvapi-{_W}{{30,}}|tgp_v1_{_W}{{30,}}|apify_(?:api|proxy)_{_A}{{20,}}",
    ),
    _Family(
        "lsv2_ pa- m0- bb_",
        "",
        rf"lsv2_(?:pt|sk)_[a-f0-9_]{{30,}}|pa-{_W}{{40,}}|m0-{_A}{{32,}}|bb_(?:live|test)_{_W}{{20,}}",
    ),
    # Replicate, Groq, xAI, Cerebras, Perplexity, Weights & Biases, Brave.
    _Family(
        "r8_ gsk_ xai- csk- pplx- wandb_v1_",
        "",
        rf"r8_{_A}{{30,}}|gsk_{_A}{{30,}}|xai-{_A}{{40,}}|csk-{_A}{{30,}}|pplx-{_A}{{32,}}|wandb_v1_{_W}{{40,}}",
    ),
    # Modal, Dify, Unkey, Retell.
    _Family(
        "ak- as- app- dataset- unkey_ key_",
        "",
        rf"a[ks]-{_MIXED}{_A}{{22}}(?!{_W})|(?:app|dataset)-{_MIXED}{_A}{{24}}(?!{_W})|unkey_(?=[A-Za-z_-]{{0,60}}[0-9]){_W}{{20,}}"
        rf"|key_{_H}{{28}}(?!{_W})",
    ),
    _Family("BSA", "", rf"BSA{_W}{{28}}(?!{_W})"),
)
_MESSAGES = (
    _Family(
        "xox xapp- xwfp-",
        "",
        r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{7,}|x(?:app|wfp)-\d-[A-Za-z0-9-]{5,}",
        short="xox xapp- xwfp-",
    ),
    # SendGrid, Brevo, MailerSend, Resend, Mailgun, Mailchimp.
    _Family(
        "SG. xkeysib- xsmtpsib-",
        "",
        rf"SG\.[\w=.-]{{40,}}|SG\.{_W}{{16,}}\.{_W}{{16,}}|xkeysib-{_H}{{32,}}{_W}*|xsmtpsib-{_W}{{32,}}",
        short="sg.",
    ),
    _Family(
        "mlsn. re_ key-",
        "-us -",
        rf"mlsn\.{_H}{{40,}}|re_{_A}{{8}}_{_A}{{20,}}|key-(?=[a-z]*[0-9])[a-z0-9]{{32}}(?!{_W})|key-{_H}{{32}}|{_H}{{32}}-us\d{{1,2}}|{_H}{{32}}-{_H}{{8}}-{_H}{{8}}(?!{_W})",
    ),
    # Twilio, Twitch, Discord, Telegram.
    _Family("SK AC oauth:", "", rf"SK[0-9a-fA-F]{{32}}|AC{_H}{{32}}:{_H}{{32}}|oauth:[a-z0-9]{{30}}(?!{_A})"),
    _Family("", ". :", rf"[MNO]{_W}{{23,27}}\.{_W}{{6}}\.{_W}{{27,}}|(?:bot)?[0-9]{{8,10}}:{_W}{{35}}(?!{_W})"),
    # Facebook, Instagram, Pinterest.
    _Family(
        "EAA IGQV pina_",
        "| %7C",
        rf"EAA[A-Z]{_A}{{40,}}|\d{{15,16}}(?:\||%7C){_W}{{27,40}}(?!{_W})|IGQV{_W}{{40,}}|pina_{_A}{{32,}}",
    ),
)
_PAYMENTS = (
    _Family(
        "whsec_ access_token$",
        "",
        r"whsec_[A-Za-z0-9+/]{16,}=*|access_token\$(?:production|sandbox)\$[\w$]{20,}",
        short="whsec_ access_token$",
    ),
    _Family(
        "FLWSECK rzp_",
        "",
        rf"FLWSECK(?:_TEST-{_A}{{12,}}|-{_A}{{16,}})(?:-X)?|rzp_(?:live|test)_{_A}{{14,}}",
        short="rzp_",
    ),
    _Family(
        "sq0 EAAA pdl_ shpat_ shpca_ shppa_ shpss_ shpua_",
        "",
        rf"sq0[a-z]{{3}}-{_W}{{20,}}|EAAA{_W}{{22,}}|pdl_(?:live|sdbx)_apikey_\w{{20,}}|shp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{{32}}",
    ),
    _Family(
        "duffel_ shippo_ EZAK EZTK",
        "",
        rf"duffel_(?:test|live)_[\w=-]{{30,}}|shippo_(?:live|test)_{_H}{{30,}}|EZ[AT]K{_A}{{40,}}",
    ),
    _Family("live_ test_", "", rf"(?:live|test)_(?:{_H}{{35}}|(?=[A-Za-z]{{0,29}}\d){_A}{{30}}(?!{_W}))"),
    _Family(
        "APP_USR- access-",
        "",
        rf"APP_USR-\d{{10,}}-\d{{6}}-{_H}{{32}}-\d+|access-(?:sandbox|development|production)-[a-f0-9-]{{36}}",
    ),
)
_OTHERS = (
    # New Relic, Grafana, Dynatrace, Sentry, PostHog, Honeycomb, Axiom, LaunchDarkly.
    _Family("NRAK- NRII- NRJS- NRAL- NRRA-", "NRAL", rf"NR(?:AK|II|JS|AL|RA)-{_A}[A-Za-z0-9-]{{18,}}|{_H}{{36}}NRAL"),
    _Family(
        "glc_ glsa_ dt0",
        "",
        rf"glc_[A-Za-z0-9+/]{{32,}}=*|glsa_{_A}{{32}}_[A-Fa-f0-9]{{8}}|dt0[a-z]\d\d\.{_A}{{24,}}\.{_A}{{40,}}",
    ),
    _Family(
        "sntry phs_ phx_ hcaik_ hcbik_ hcxik_ xaat- xapt- sdk-",
        "",
        rf"sntry[su]_[A-Za-z0-9+/=_]{{32,}}|ph[sx]_{_A}{{30,}}|hc[abx]ik_{_A}{{26,}}|(?:xa[ap]t|sdk)-{_UUID}",
    ),
    # Postman, Notion, Airtable, HubSpot, Linear, Figma, Contentful, Cal.com, ClickUp, Typeform, SettleMint.
    _Family(
        "PMAK- ntn_ secret_ pat",
        "",
        rf"PMAK-[a-fA-F0-9]{{20,}}-[a-fA-F0-9]{{20,}}|ntn_{_A}{{40,}}|secret_{_A}{{40,}}|pat{_A}{{14}}\.{_H}{{60,}}",
    ),
    _Family(
        "pat- lin_ fig",
        "",
        rf"pat-(?:na|eu|ap)\d-[a-f0-9-]{{30,}}|lin_(?:api|oauth|wh)_{_A}{{30,}}|fig[duor]{{1,2}}_{_W}{{30,}}",
    ),
    # Mapbox; its `pk.` tokens are public.
    _Family("sk. tk.", "", rf"[st]k\.eyJ{_W}{{21,}}\.{_W}{{20,}}"),
    _Family("CFPAT- cal_ pk_", "", rf"CFPAT-{_W}{{30,}}|cal_(?:live|test)_{_H}{{32}}|pk_\d{{5,10}}_[A-Z0-9]{{32}}"),
    _Family(
        "tfp_ sm_aat_ sm_pat_ sm_sat_",
        "",
        rf"tfp_[\w.=-]{{40,}}|sm_[aps]at_{_A}{{16,}}",
        short="tfp_ sm_aat sm_pat sm_sat",
    ),
    # Authress, Frame.io, 42, Inngest, Dropbox.
    _Family(
        "",
        ".acc",
        r"(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}",
    ),
    _Family(
        "fio-u- signkey- sl.",
        "s-s4t2",
        rf"fio-u-[\w=-]{{40,}}|s-s4t2(?:ud|af)-{_H}{{64}}|signkey-[a-z]+-{_H}{{30,}}|sl\.[\w=-]{{60,}}",
    ),
    # Wallets, and a JSON web token that is base64-encoded once more.
    _Family("nsec1 xprv yprv zprv ZXlK", "", rf"nsec1[a-z0-9]{{58}}|[xyz]prv{_A}{{100,}}|ZXlK[A-Za-z0-9+/]{{30,}}=*"),
    # Password hashes: attackers can test guesses against them offline.
    _Family(
        "pbkdf2 bcrypt_ argon2$",
        "",
        r"(?:pbkdf2_sha\d{1,3}|bcrypt_sha256|argon2)\$[\w$=,./+-]{20,}=*",
        short="pbkdf2 bcrypt_ argon2$",
    ),
    _Family(
        "scrypt: pbkdf2:", "", r"(?:scrypt|pbkdf2):[\w:]{1,40}\$[\w./+-]{4,}\$[a-f0-9]{32,}", short="scrypt: pbkdf2"
    ),
    _Family("SCRAM-", "", r"SCRAM-SHA-256\$\d+:[\w+/=$:]{40,}", short="scram-"),
)
_SIGNED_HASHES = (
    _Family(
        "", "$", r"\$(?:1|2[abxy]|5|6|7|y|gy|apr1|argon2i?d?|scrypt|pbkdf2[\w-]{0,10})\$[\w./$=,+-]{16,}", short="$"
    ),
    _Family("", "{S {M", r"\{S{0,2}(?:SHA|MD5|SHA512)\}[A-Za-z0-9+/]{20,}=*", short="{s {m"),
)
"""These may follow a letter or a digit."""

_FAMILIES = (*_REPOSITORIES, *_CLOUDS, *_MODELS, *_MESSAGES, *_PAYMENTS, *_OTHERS)
VENDOR_HINTS = tuple(hint for family in (*_FAMILIES, *_SIGNED_HASHES) for hint in family.short.split())
"""In lower case, what every vendor's token has in it unless it has `forms.SHORT_RUN` characters in a row."""


def vendor_tokens(text: str) -> list[re.Pattern[str]]:
    """Return the patterns of the tokens that could be in a text, by the prefixes of known vendors."""
    starts, inside = _places()
    found = {place for hint, place in inside if hint in text}
    for lead in starts.keys() & set(_LEADS().findall(text)):
        found.update(place for start, place in starts[lead] if start in text)
    return [_pattern(place) for place in sorted(found)]


_LEADS = lazy("(?<![A-Za-z0-9])[A-Za-z0-9]{2}")


@cache
def _pattern(place: int) -> re.Pattern[str]:
    if place < len(_FAMILIES):
        return re.compile(f"(?a:(?<![A-Za-z0-9])(?:{_FAMILIES[place].pattern}))")
    return re.compile(f"(?a:{_SIGNED_HASHES[place - len(_FAMILIES)].pattern})")


@cache
def _places() -> tuple[dict[str, list[tuple[str, int]]], list[tuple[str, int]]]:
    """Return `starts` by their first two characters, and `inside` hints, each with the index of its family."""
    starts: dict[str, list[tuple[str, int]]] = {}
    inside: list[tuple[str, int]] = []
    for place, family in enumerate((*_FAMILIES, *_SIGNED_HASHES)):
        for start in family.starts.split():
            starts.setdefault(start[:2], []).append((start, place))
        inside += ((hint, place) for hint in family.inside.split())
    return starts, inside
