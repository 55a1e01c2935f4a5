"""Tells sentences about a secret, such as `must be at least 8 characters`, from words that are one: a passphrase."""

from __future__ import annotations

from astro_tui.text.redaction.words import word_set

PLAIN_WORDS = word_set(
    "true false yes no on off null none nil undefined n/a na enabled disabled required optional string str text"
    " boolean bool integer int number object array any unset empty auto inherit include same-origin omit read write"
    " basic bearer digest oauth oauth2 oidc jwt saml ldap kerberos mtls plain env vault file invalid missing"
    " expired"
    " valid unknown hidden redacted masked [redacted] [masked] [hidden] [filtered] <nil> {} [] never always keep-alive"
    " malformed denied failed rejected revoked forbidden unauthorized ok success error absent supplied provided"
    " set verified accepted refreshed updated changed closed open close todo tbd fixme placeholder"
    " scram-sha-256 default strict lax negotiate ntlm hmac (set) (unset) (none) (hidden) (redacted) (empty)"
    " argon2 argon2i argon2id bcrypt scrypt pbkdf2 sha256 sha-256 sha512 sha-512 md5 hs256 hs512 rs256 es256"
    " erforderlich ungültig falsch obligatoire requis invalide incorrect incorrecto incorrecta obligatorio obligatoria"
    " requerido requerida inválida неверный обязательно 必填 必須 無効 错误 无效"
    # Words of English and of programming languages that are not values: `--token is deprecated`, `token = await …`.
    " is are was were and or for to with must has have had the a an not in of by from if as"
    " secretstr secretbytes securestring via over through flag option when instead because"
    " await async new function lambda return const let this self"
)
"""Words that are no value: states, types, schemes, and placeholders."""

_VERBS = word_set(
    "must required require requires invalid is are was not cannot missing expired should failed unexpected does"
    " your rejected needs contains lacks expects allows accepts"
)
_CONNECTORS = word_set("the a an for to of and or with at in from by on be has have used this that if")
_TOPICS = word_set(
    "password passwords passphrase passcode token tokens secret secrets key keys credential credentials login account"
    " user users username email code codes pin session api auth authentication authorization access"
    " characters letters digits symbols numbers length minimum maximum"
    " please enter choose type confirm reset change changed forgot sign use used using stored encrypted generated"
    " default optional name value field variable env file path server client request header url link hash database"
    " service input"
)
"""What a sentence under the key of a secret is about."""


def is_phrase(text: str) -> bool:
    """Return whether a text has six or more plain words, as the phrase that recovers a wallet."""
    found = text.split()
    return len(found) >= 6 and all(word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in found)


_MNEMONIC_LENGTHS = (12, 15, 18, 21, 24)


def is_sentence(text: str) -> bool:
    """Return whether several words read like English about a secret: `must be at least 8 characters`."""
    found = text.lower().split()
    if len(found) < 2 or (len(found) in _MNEMONIC_LENGTHS and is_phrase(text.lower())):
        return False
    if not _VERBS.isdisjoint(found) or found[0] == "please":
        return True
    if len(found) >= 3 and any(map(str.isalpha, found)) and not _unsaid(text):
        # `min 12 characters`
        return True
    # `the cat sat on the router` is a passphrase.
    return len(found) >= 4 and not _CONNECTORS.isdisjoint(found) and not _TOPICS.isdisjoint(found)


_PREDICATES = word_set(
    # Function words.
    "about above according after again against all already also always among another anyone anything around"
    " because been before behind being below beneath between both case currently done each either else even ever"
    " every exactly first five found four from given going gone half here hers his how into just kept known last"
    " left less like likely made many meant mine more most much neither never next none nothing nowhere once only"
    " other ours over part plus probably quite rather really same seen sent shown simply since some something soon"
    " still such supposed taken that theirs them then there these they this those three through told too two under"
    " until upon using very what whatever when where whether which while whose why will with within without"
    " written yes yours beyond down eight fewer however maybe nine perhaps prone seven sixteen subject than therefore"
    " thus twelve whoever"
    # What is said about a password.
    " accurate active alphanumeric ascii asked available back bad base64 blank bound broken built case-sensitive"
    " characters chosen clear cleartext common complete complex compulsory confidential correct critical dead"
    " default different digits distinct due easy empty encoded enough equal essential exact expired external false"
    " field fields fine forgotten free fresh fully good great guessable hard hardcoded hash hashed held hidden"
    " high identical illegal important inactive incomplete incorrect insecure intact internal invalid invalidated"
    " irrelevant key large legal length letters live local long longer lost main malformed mandatory manual max"
    " maximum min minimum missing misspelt mixed necessary needed null numbers numeric obsolete okay optional"
    " outdated overdue overwritten passphrase password personal plain plaintext present pretty private public put"
    " read read-only ready real recent redundant rejected remote required reset right run safe secret secure"
    " sensitive separate set shared short shorter simple small split stale stolen strange strict string strong"
    " stuck sufficient temporary test text tight token true typed unavailable unclear undefined unique unknown"
    " unlikely unreadable unsafe unset unsuitable unusual unverified unwritten up used useless user usual vague"
    " valid value visible vulnerable weak wide wrong adequate appropriate dynamic ephemeral generic hexadecimal inline"
    " lowercase opaque person random static uppercase unicode universal legitimate accessible idle inherent weaker"
    " stronger older newer later earlier"
    # What follows "password" in a longer name, and what can become of one.
    " authentication auth management combination policy policies protection rotation change changes login field"
    " prompt manager hash hashes mismatch mismatches does timeout grant flow expiry encryption verification recovery"
    " check checks validation error errors failure support attempt attempts prompts rules"
)
_ENDINGS = ("ed", "ing", "able", "ible", "ly", "less", "ful", "ive", "ous", "where", "thing")


def is_said_of_a_password(word: str) -> bool:
    """Return whether a lowercase word continues a sentence after "the password is": `required`, `expired`, `very`."""
    return word in _PREDICATES or word in PLAIN_WORDS or word.endswith(_ENDINGS)


_TIMES = word_set("day days week weeks month months year years hour hours minute minutes ago yesterday today tomorrow")

_DETAILS = word_set(
    "char chars digit try tries time times blank keep below section http line column page step item only per match"
    " regex string json yaml flag var table see minlength maxlength leave one expires current night"
)
_SAID = _VERBS | _CONNECTORS | _TOPICS | _TIMES | _DETAILS
"""All words of sentences about secrets, besides those that can follow "the password is"."""


def chosen_words(text: str) -> list[str]:
    """Return the words of a text that could be part of a passphrase, because they say nothing about a password."""
    chosen = _unsaid(text)
    # `created by terraform`
    return chosen if len(chosen) > 1 or not has_connector(text) else []


def has_connector(text: str) -> bool:
    """Return whether one of the words of a text joins others, as `to` and `the` do."""
    return not _CONNECTORS.isdisjoint(text.lower().split())


def _unsaid(text: str) -> list[str]:
    found = (word.strip(".,:!?").lower() for word in text.split())
    return [word for word in found if not (word in _SAID or word.isdecimal() or is_said_of_a_password(word)) and word]


_MODIFIERS = word_set(
    # Parts of `single-use`, `locale-dependent`, and `in-memory`.
    "agnostic byte bit bits case centric char code compliant conformant cross dependent entropy factor file"
    " friendly generate half independent keychain keyring line list log low memory multi new no non of old once one opt"
    " order out oriented pass per phase platform pre proof protect proxy rate limit re role self semi side sign single"
    " specific sub super system threaded throw time to ui un upper use uses way world zero access connection manual"
    " environment variable secrets click conflict continue proceed login"
)


def modifies(word: str) -> bool:
    """Return whether a lowercase word is part of a compound that says something: `single-use`, `server-side`."""
    return word in _MODIFIERS or is_said_of_a_password(word)


_NUMBERED = word_set("2fa sha1 sha256 sha512 md5 base64 utf8 ipv4 ipv6 oauth2 http2 x509 k8s")


def is_numbered_phrase(text: str) -> bool:
    """Return whether two to four words are a passphrase with letters and digits in one of them: `Winter is 1ong`."""
    found = text.lower().split()
    if not 2 <= len(found) <= 4 or is_said_of_a_password(found[0]) or found[0] in _SAID:
        return False
    return any(_is_mixed(word.strip(".,:!?")) for word in found)


def _is_mixed(word: str) -> bool:
    letters = sum(map(str.isalpha, word))
    # `v2`, `3rd`, `10ms`
    return letters > 2 and any(map(str.isdigit, word)) and word not in _NUMBERED and not is_said_of_a_password(word)
