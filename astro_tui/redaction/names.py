"""What a key says about its value, read word by word: `DB_PASSWORD` names a secret, `passwordPolicy` does not.

The head noun of an English compound comes last, so the last word that carries meaning decides: `token` is a secret,
`token_limit` is a limit. A key whose secret word is followed by an unknown word (`TOKEN_GITHUB`) is only `LIKELY`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache, lru_cache

from astro_tui.redaction.words import lazy, word_set


class Kind(IntEnum):
    """How much a key says about its value; `values.is_secret_value` decides with the value at hand."""

    ORDINARY = 0
    """Nothing: only the form of the value can make it a secret."""
    PUBLIC = 1
    """A digest or a public key: even a random text is not a secret."""
    LIKELY = 2
    """A secret if the value looks like a credential: `REDIS_KEY`, `signature`, `session`."""
    PIN = 3
    """A secret if the value is a code of four digits or more."""
    PHRASE = 4
    """A secret if the value has several words or looks like a credential: `mnemonic`."""
    WEBHOOK = 5
    """A secret if the value is a URL that grants access by itself."""
    LOCATOR = 6
    """A connection string: a secret unless it is a URL without credentials."""
    KEY = 7
    """A cryptographic or API key: a secret unless it is a path or a name."""
    TOKEN = 8
    """A secret unless the value is a plain number or word that cannot be a token."""
    PASSWORD = 9
    """A secret whatever the value, placeholders excepted."""


SECRET = Kind.KEY
"""From this kind on the key alone marks everything below it as secret."""

_WORD = lazy("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 200

_PASSWORDS = word_set(
    "password passwords passwd passwds pwd pwds pw pws passphrase passphrases passcode passwort kennwort senha"
    " contrasena secret secrets credential credentials cred creds authorization psk cvv cvc storepass keypass"
)
_TOKENS = word_set("token tokens jwt jwts bearer csrftoken cookie authtoken")
_LIKELY = word_set(
    "auth hmac private session sessions sessid signature sig sign salt pepper nonce otp totp seed cookies"
    " assertion pass authentication"
)
_PHRASES = word_set("mnemonic mnemonics")
_JOINED = lazy(
    "(?:password|passwd|passphrase|secret|credential|passwort|(?<!over)pwd"
    "|(?:db|pg|my|mysql|user|root|admin|smtp|mail|ftp|redis|ldap|rabbit|mongo|require|key|store)pass)s?$"
)
_JOINED_TOKEN = lazy("[a-z]{2}tokens?$")
_JOINED_KEY = lazy(
    "^(?:x?api|access|account|signing|encryption|decryption|private|priv|secret|master|shared|ssh)keys?$"
)

_KEYS = word_set(
    # what a secret key is for
    "api access account signing sign encryption encrypt decryption decrypt private priv secret master app"
    " application ssh deploy license licence service shared storage auth session hmac cipher crypto aes rsa ecdsa"
    " ed25519 pgp gpg tls ssl webhook admin root write ingest ingestion integration subscription function client"
    " consumer oauth jwt cookie vault wallet server activation recovery backup org"
    # who issues it
    " openai ai anthropic claude gemini cohere mistral groq huggingface hf replicate pinecone weaviate qdrant"
    " supabase firebase stripe github gitlab bitbucket aws azure gcp google maps sendgrid twilio mailgun datadog dd"
    " sentry relic newrelic algolia cloudflare heroku linear slack discord telegram notion airtable segment"
    " mixpanel amplitude posthog launchdarkly okta auth0 pagerduty opsgenie splunk elastic grafana honeycomb"
    " rollbar bugsnag mapbox weather openweather serp tavily serper exa brave bing deepl elevenlabs langsmith"
    " langfuse langchain wandb voyage together fireworks perplexity deepseek openrouter xai fal stability"
    " assemblyai deepgram plaid square braintree paypal adyen shopify hubspot salesforce zendesk intercom mailchimp"
    " postmark sparkpost resend digitalocean linode vultr fastly netlify vercel npm pypi nuget snyk sonar codecov"
    " dropbox box asana jira atlassian figma zoom twitch twitter facebook linkedin dynatrace logdna loggly"
    " sumologic infura alchemy etherscan coinbase binance kraken rails django laravel flask jenkins argocd consul"
    " nomad databricks snowflake fernet"
)
_PLAIN_KEYS = word_set(
    "sort primary foreign partition public pub publishable cache object route routing row column index group label"
    " topology hot shortcut lookup unique natural composite surrogate candidate map dict json field config setting"
    " env metadata meta tag param query message translation i18n locale project issue idempotency dedupe"
    " deduplication event metric order data restore range record host hosts known item node annotation selector"
    " authorized path name form menu arrow answer registry join merge s3 bucket file state lock queue topic property attribute"
    " header default parent child left right up down enter escape return function_name feature flag limit rate"
    " dictionary distribution dist shard time date version resource cookie_name user tenant context trace output"
    " input redis_prefix"
)
_PUBLIC = word_set(
    "integrity checksum checksums digest digests sha sha1 sha256 sha512 md5 fingerprint fingerprints thumbprint"
    " etag commit rev revision hash hashes uid uuid guid certificate certificates cert certs ca cabundle csr pubkey"
    " sri image tag fp"
)
_TAILS = word_set(
    # kinds, limits, sizes
    "type types kind kinds limit limits limiter quota max maximum min minimum count counts counter size sizes"
    " length len width number num amount total usage used budget budgets window cost price per rate ratio percent"
    " percentage weight"
    # time
    " ttl expiry expires expire expired expiration expiring timeout timeouts interval intervals age at date time"
    " timestamp days hours minutes mins seconds secs sec ms lifetime duration validity valid period rotation rotate"
    " schedule lifespan leeway skew delay retry retries retention created updated until since"
    # places and references
    " url urls uri uris endpoint endpoints host hosts hostname port ports path paths file files filename filepath"
    " dir directory folder location region arn address domain origin name names id ids identifier ref refs"
    " reference references alias selector index from source store stores storage mount mounts mountpath volume"
    " volumes bucket"
    # description
    " label labels title description desc hint hints help text message messages placeholder example examples note"
    " notes field fields header headers prefix suffix column param params parameter parameters property attribute"
    " claim claims scope scopes format formats encoding charset pattern regex rule rules schema template templates"
    " view page screen form input button icon color colour prompt question questions"
    # behaviour
    " enabled enable disabled disable required require optional allowed allow supported policy policies strength"
    " complexity validator validators validation algorithm algorithms alg algo method methods mode provider"
    " providers issuer issuers audience aud status state states version versions strategy class classes role roles"
    " backend engine plugin plugins config configuration settings options option schema driver namespace annotation"
    " annotations manager management service generator handler middleware module package helper util utils parser"
    " factory resolver client controller guard interceptor hook hooks cache bucket buckets grant grants flow"
    " exchange introspection revocation renewal reset change changed update updates history action actions event"
    " events error errors code codes output sha fingerprint thumbprint checksum digest pub public user username"
    " users email owner owners group groups subject accountname serviceaccount lock locked tries attempts attempt"
    " usages trigger stdin env var variable check checks exists present found visible hidden length entropy"
    " tokenizer tokenization agent link links binding bindings controllers request requests reader readers writer"
    " writers rounds cost iterations iteration list listing"
)
_TRANSPARENT = word_set(
    "prod production dev development staging stage test testing qa live sandbox old new current previous next prev"
    " value values val data b64 base64 str string raw plain cleartext clear text encrypted decoded encoded primary"
    " secondary backup main v default confirm confirmation again repeat a b c x y fallback local remote"
)
_HEADS = word_set(
    "max min num no use using is has have enable enabled disable disabled allow allowed require required requires"
    " show hide skip validate verify check forgot count total existing public without supports support should can"
    " must automount persist generate create rotate update ignore include exclude mask redact per"
)
_MODEL_TOKENS = word_set(
    "max min prompt completion input output total context reasoning thinking generated cached stop special num n"
    " budget pad eos bos unk sep mask cls end start begin image audio candidates response next page continuation"
    " continue cancellation sync separator delimiter design theme word sub stopping used remaining new"
)
_FOLD = {0xF1: "n"}


def words(key: str) -> list[str]:
    """Return the words of a key in lower case: `dbPassword`, `DB_PASSWORD` and `db-password` have the same two."""
    return [word.lower() for word in _WORD().findall(key[-_LONGEST:].translate(_FOLD))]


@lru_cache(8192)
def kind_of(key: str) -> Kind:
    """Return what a key says about the text under it."""
    # `/api/keys` and `./dist/auth/token` are paths; of `example.com/api-key` only the last part names something.
    if key[:1] in ("/", "."):
        return Kind.ORDINARY
    if key == "secretKey":
        # Operators name a key of a secret with it as often as the secret itself.
        return Kind.LIKELY
    if "/" in key:
        # An annotation names what is elsewhere as often as the secret itself.
        kind = kind_of(key.rpartition("/")[2])
        return Kind.LIKELY if kind >= SECRET else kind
    found = words(key)
    if not found:
        return Kind.ORDINARY
    if key[-4:].lower() in ("_pat", "-pat"):
        return Kind.TOKEN
    while (head := _head(found)) is None and len(found) > 1 and (found[-1].isdigit() or found[-1] in _TRANSPARENT):
        found.pop()
    last = found[-1]
    if head is not None:
        return _quiet(found, head)
    if last in _PUBLIC:
        return Kind.LIKELY if last in ("hash", "hashes") and _strong(found[:-1]) else Kind.PUBLIC
    if last in _TAILS:
        return Kind.ORDINARY
    # An unknown word follows: `TOKEN_GITHUB` may hold one, `password_widget` does not.
    if _strong(found[:-1]) and found[0] not in _HEADS:
        return Kind.LIKELY
    return Kind.ORDINARY


def _strong(found: list[str]) -> bool:
    return any(word in _PASSWORDS or word in _TOKENS or _JOINED().search(word) for word in found) or (
        "key" in found and any(word in _KEYS for word in found)
    )


def _quiet(found: list[str], kind: Kind) -> Kind:
    """Return `kind`, or ORDINARY where the words before the head take its meaning away: `existing_secret`."""
    if found[0] in _HEADS and kind is not Kind.PUBLIC:
        return Kind.ORDINARY
    if found[-1] in ("secret", "secrets") and (found[-2:-1] in (["pull"], ["password"], ["credentials"], ["tls"])):
        return Kind.ORDINARY
    if found[-1] in ("token", "tokens") and len(found) > 1 and found[-2] in _MODEL_TOKENS:
        return Kind.ORDINARY
    return kind


def _head(found: list[str]) -> Kind | None:
    """Return the kind of a key by its last words, None where the last one says nothing."""
    last, before = found[-1], found[-2] if len(found) > 1 else ""
    if last in ("key", "keys"):
        return _key(found[:-1])
    if last in _PASSWORDS or _JOINED().search(last):
        return Kind.PASSWORD
    if last in _TOKENS or _JOINED_TOKEN().search(last):
        return Kind.TOKEN
    if _JOINED_KEY().match(last) or (last in ("apikey", "apikeys")):
        return Kind.KEY
    if last in _PHRASES or (last == "phrase" and before in ("seed", "recovery", "pass", "backup", "secret")):
        return Kind.PHRASE
    if last == "words" and before in ("seed", "recovery"):
        return Kind.PHRASE
    if last in ("pin", "pincode", "otp") or (last == "code" and before in ("pin", "mfa", "otp", "access", "security")):
        return Kind.PIN
    if last in ("code", "codes") and before in ("recovery", "backup", "pass"):
        return Kind.PASSWORD
    if last == "auth" and before == "basic":
        return Kind.PASSWORD
    if last == "code" and before in ("device", "verification"):
        return Kind.LIKELY
    if last in ("webhook", "webhooks", "hookurl", "webhookurl") or (
        last in ("url", "uri", "endpoint") and before in ("webhook", "hook")
    ):
        return Kind.WEBHOOK
    if last == "dsn" or last in ("connectionstring", "connstr", "connstring", "connectionuri", "connectionurl"):
        return Kind.LOCATOR
    if last in ("string", "str", "uri", "url", "info") and before in ("conn", "connection", "connect"):
        return Kind.LOCATOR
    if last in ("conn", "connection", "connections") and len(found) > 1:
        return Kind.LOCATOR if before in ("db", "database", "sql", "redis", "default", "strings") else Kind.ORDINARY
    if last == "hash" and before in _PASSWORDS | {"pass"}:
        return Kind.PASSWORD
    if last == "pass":
        return Kind.PASSWORD if before not in ("", "by", "all", "single", "first", "second") else Kind.LIKELY
    if last in ("id", "ids") or last == "sessionid":
        return Kind.PUBLIC
    if last == "signature" or last in _LIKELY:
        return Kind.LIKELY
    return None


def _key(before: list[str]) -> Kind:
    """Return the kind of a key by the words before it: `cache key`, `service role key`."""
    last = before[-1] if before else ""
    if not last or last in _PLAIN_KEYS:
        return Kind.PUBLIC if last in ("public", "pub", "host", "known", "authorized") else Kind.ORDINARY
    return Kind.LIKELY if _KEYS.isdisjoint(before[-2:]) else Kind.KEY


def is_secret_name(key: str) -> bool:
    """Tell whether a key alone marks what is under it as secret: `DB_PASSWORD` does, `author` and `session` do not."""
    kind = kind_of(key)
    return kind >= SECRET or kind is Kind.LOCATOR


def is_reference(key: str) -> bool:
    """Tell whether a key points to a secret instead of holding one: `secretKeyRef`, `secretName`, `valueFrom`."""
    found = words(key)
    return bool(found) and (
        found[-1] in ("ref", "refs", "reference")
        or found[-2:] in (["secret", "name"], ["secret", "names"], ["value", "from"], ["env", "from"])
        or found[:2] in (["image", "pull"], ["existing", "secret"])
    )


def hides_inside(key: str) -> bool:
    """Tell whether everything in a container under this key is secret: `credentials`, but not `authorization`."""
    if key == "stringData":
        # Of a Secret of Kubernetes.
        return True
    if kind_of(key) < SECRET:
        return False
    return words(key)[-1] not in ("authorization", "bearer", "cookie", "jwt")


def is_plain_name(key: str) -> bool:
    """Tell whether a key below a secret one still names something ordinary: `type`, `expirationSeconds`, `path`."""
    found = words(key)
    if not found:
        return False
    last = found[-1]
    return last in _plain_below() or is_reference(key)


@cache
def _plain_below() -> frozenset[str]:
    return _TAILS - frozenset({"code", "codes", "text", "var", "variable", "env", "user", "users", "input", "output"})


def number_is_secret(key: str, digits: str = "") -> bool:
    """Tell whether a number under this key is hidden: a numeric password is, `max_tokens` is not."""
    kind = kind_of(key)
    if kind is Kind.TOKEN:
        found = words(key)
        return found[-1] in ("token", "jwt") and len(found) > 1
    if kind is Kind.PIN:
        return not digits or len(digits.strip("-")) >= 4
    return kind in (Kind.PASSWORD, Kind.KEY)
