"""Secrets in sentences: `the password is x`, `temporary password for root: x`, `API key "x" is invalid`."""

from __future__ import annotations

from collections.abc import Iterable

from astro_tui.text.redaction.shape import (
    Shape,
    always,
    announced,
    by_name,
    chosen,
    clause,
    credential,
    followed,
    generated,
    mentioned,
    mixed,
    numbered,
    passphrase,
    replaced,
    said,
    strongly,
)
from astro_tui.text.redaction.vocabulary import FOREIGN_PASSWORDS, FOREIGN_TAILS
from astro_tui.text.redaction.words import has_any


def _shortest(nouns: Iterable[str]) -> list[str]:
    """Return the nouns that no other noun is a part of; a text with any noun has one of these."""
    found: list[str] = []
    for noun in sorted(nouns, key=len):
        if not has_any(noun, found):
            found.append(noun)
    return found


_CHANGED = "changed|updated|rotated|reset"
_NOT_A_PAGE = (
    r"(?<!page[ _-])(?<!next[ _-])(?<!continuation[ _-])(?<!sync[ _-])(?<!cancellation[ _-])"
    r"(?<!resume[ _-])(?<!expected[ ])(?<!emitting[ ])"
)
"""Nothing before a token says that it is the address of a page or a word of a text."""
_COMPOUNDS = "passwort|kennwort|wachtwoord|lösenord|losenord|adgangskode|passord"
"""Nouns that another word can precede without a space: `Datenbankpasswort`."""
_FOREIGN = (
    rf"(?:{_COMPOUNDS})(?:ed?t|en|n)?|(?<!\w)(?:mot[ ]de[ ]passe|{'|'.join(sorted(FOREIGN_PASSWORDS, reverse=True))})"
    rf"(?![ ](?:{'|'.join(sorted(FOREIGN_TAILS))})(?!\w))"
)
_IS = "es|est|este|ist|lautet|war|é|è|is|är|er|on|to|jest|je"
_OF_WHAT = r"(?:[ ][^\W\d]{1,20}(?:['’][^\W\d]{1,20})?){0,5}?"
_FOREIGN_VALUE = r"([^\s\"'「」«».,:：]{5,200})"
_NOUNS = "password|passphrase|passcode|passwd|pwd?"
_CHOSEN = (
    r"(?=[\w-]{4,60})([a-z][a-z0-9]{0,29}(?:[_-][a-z0-9]{1,29}){0,4})"
    r"(?=[\"'`]?[ \t]*(?:\r?$|[,;!?)—–]|-{1,2}[ ]|\.(?:\s|\Z)|[ ]\())"
)
"""A word of the kind that people choose as a password, at the end of a clause."""
_CODE = (
    r"pin(?:[ ]code)?|otp|passcode|(?:verification|security|one-time|2fa|mfa|otp|login|sms|authentication|access|backup"
    r"|recovery)[ ](?:codes?|password|pin)"
)
_FOR_WHOM = r"[ ]for(?:[ ][\w@.'’-]{1,40}){1,4}?(?:[ ](?:is|was):?|:)[ ]{1,2}[\"'`]?"
_UNIT = r"[ ]?(?:[mun]?s|sec|min|hour|day|digit|char|byte|line|item|row)(?:\w{0,6})(?!\w)"
_NO_WORD = r"(?-i:[a-z]{0,30}[A-Z0-9_-])"
"""What a word has that is no verb: `to continue`."""
_FAILING = (
    r"(?:no|not|non|never|without|neither|nor|or|and|in|with|same|different|wrong|invalid|bad|incorrect|missing|unknown"
    r"|unexpected|illegal|duplicate|expired|lost|empty|weak|fail\w{0,4}|errors?|den(?:y|ied)|reject\w{0,4}"
    r"|mismatch\w{0,2}|reset|change|forgot\w{0,3}|confirm\w{0,3}|repeat|enter|type|requires?|cannot|could|unable"
    r"|(?!staging)\w{1,20}ing|\w{1,12}n['’]t)"
)
"""Words before a password that is not named after all."""


def _before(noun: str) -> str:
    """Return hints for what can follow each noun for a password."""
    return "|".join(f"{name}{noun}" for name in ("password", "phrase", "passcode", "passwd", "pwd", "pw"))


PROSE = (
    Shape(
        " is| was| to| set to",
        (
            r"(?ai:(?<![a-z])()(password|passphrase|passcode|secret|token|api[ _]?key|passwd|pwd?)"
            r"([ ](?:is|was|set[ ]to|to)[: ]{1,2}[\"'`]?)([^\s\"'`]{5,200}))"
        ),
        credential,
    ),
    # Words in quotes: `the password is 'basil thyme'`.
    Shape(
        " is '| is \"| is `| is: | was '| was \"| was `| was: | to '| to \"| to `| to: | now '| now \"| now `| now: ",
        (
            r"(?ai:(?<![a-z])()(password|passphrase|passcode|secret|pwd)((?:[ ](?:is|was)(?:[ ]now)?"
            r"|(?:[ ](?:for|of)[ ][\w@.-]{1,40}){0,2}(?:[ ]was)?[ ](?:changed|reset|set)[ ]to)"
            r"[: ]{1,2}[\"'`])([^\s\"'`]{1,30}(?:[ ][^\s\"'`]{1,30}){1,7})(?=[\"'`](?:[\s.,;:!?)]|\Z)))"
        ),
        passphrase,
    ),
    # `with password "Winter is 1ong"`, which reads like a sentence.
    Shape(
        "|".join(f"{end} {mark}" for end in ("word", "phrase", " is", " was") for mark in "\"'`"),
        (
            r"(?ai:(?<![a-z])()(password|passphrase)((?:[ ](?:is|was))?[ ][\"'`])"
            r"([^\s\"'`]{1,30}(?:[ ][^\s\"'`]{1,30}){1,3})(?=[\"'`](?:[\s.,;:!?)]|\Z)))"
        ),
        numbered,
    ),
    # A single word, of the kind that people choose as a password: `the password is thistle`.
    Shape(
        " is| was",
        (
            r"(?a:(?<![A-Za-z])()([Pp]ass(?:word|phrase|code)|[Pp]wd)([ ](?:is|was)(?:[ ]now|[ ]still)?[: ]{1,2}"
            r"[\"'`]?)([a-z]{4,30})(?![\w(/@=-]|[.:][\w/]))"
        ),
        chosen,
    ),
    # The same in any case and with hyphens, if it ends the clause: `the password is Blue-Sky, do not share it`.
    Shape(
        "|".join((_before(" is"), _before(" was"))),
        rf"(?aim:(?<![a-z])()({_NOUNS})([ ](?:is|was)(?:[ ](?:now|still))?[: ]{{1,2}}[\"'`]?){_CHOSEN})",
        clause,
    ),
    Shape(
        "pass is|pass was",
        (
            r"(?aim:(?<![a-z])((?:my|your|his|her|their|our|admin|root|login|wifi|user|db|database|guest|staging"
            r"|temp|temporary)[ ])(pass)([ ](?:is|was)(?:[ ](?:now|still))?[: ]{1,2}[\"'`]?)"
            rf"{_CHOSEN})"
        ),
        clause,
    ),
    # `set the admin password to Blue-Sky`
    Shape(
        "|".join((_before(" to"), _before(" for "), _before(" of "), "pass to")),
        (
            r"(?aim:(?<![a-z])((?:re)?(?:set|changed?|updated?|rotated?)[ ](?:[\w'’-]{1,20}[ ]){0,3}?)"
            rf"({_NOUNS}|pass)((?:[ ](?:for|of)(?:[ ][\w@.-]{{1,40}}){{1,3}}?)?[ ]to[: ]{{1,2}}[\"'`]?)"
            rf"(?={_NO_WORD}){_CHOSEN})"
        ),
        clause,
    ),
    # `The new wifi password: x` at the end of a line.
    Shape(
        _before(": "),
        (
            rf"(?aim:(?<![\w'’-])(?<![\w'’][ ])(?!(?:[\w'’-]{{1,30}}[ ]){{0,5}}{_FAILING}[ ])"
            rf"((?:[a-z][\w'’-]{{0,29}}[ ]){{1,6}})({_NOUNS})(:[ ]{{1,4}}){_CHOSEN}(?=[\"'`.]?[ ]*$))"
        ),
        clause,
    ),
    # `password for the panel: Blue-Sky`
    Shape(
        "|".join((_before(" for "), _before(" of "))),
        (
            r"(?aim:(?<![a-z])(?<!invalid[ ])(?<!wrong[ ])(?<!incorrect[ ])(?<!failed[ ])(?<!bad[ ])(?<!no[ ])"
            rf"()({_NOUNS})([ ](?:for|of)(?:[ ][\w@.'’-]{{1,40}}){{1,4}}:[ ]{{1,4}})"
            rf"(?=[a-z0-9]{{1,30}}[_-]){_CHOSEN}(?=[\"'`.]?[ ]*$))"
        ),
        clause,
    ),
    # `user admin, pw x`, `with username bot and password x`
    Shape(
        "user|login",
        (
            r"(?ai:((?<![a-z])(?:user(?:name)?|login)[ :]{1,2}[\"'`]?"
            r"(?!(?:failed|failure|and|or|names?|with|is|was|has|must|can|not|to|for|attempt|logins?|ids?)\b)"
            r"[\w.@-]{1,40}[\"'`]?"
            r"(?:[ ]?[,/|]|[ ]and|[ ]with|,[ ]and)[ ])(password|passwd|passphrase|pass|pwd?)([ :]{1,2}[\"'`]?)"
            r"([a-z0-9!@#$%^&*_+-]{4,60})(?![\w/(@=]|[.:][\w/]))"
        ),
        said,
    ),
    # `Admin password: x` at the end of a line.
    Shape(
        "password: |passphrase: ",
        (
            r"(?aim:(?<![a-z])((?:admin|root|initial|default|temporary|generated|master|database|db)[ ])"
            r"(password|passphrase)(:[ ]{1,4})([a-z]{4,30}(?:-[a-z]{2,30}){0,3})(?=[ ]*$))"
        ),
        said,
    ),
    Shape(
        " to '| to \"| to `",
        (
            r"(?ai:(?<![a-z])()(password|passphrase)((?:[ ](?:for|of)[ ][\w@.-]{1,40}){0,2}(?:[ ]was)?"
            r"[ ](?:changed|reset|set)[ ]to[ ][\"'`])([^\s\"'`]{3,200})(?=[\"'`]))"
        ),
        always,
    ),
    # What Argo CD prints under the command.
    Shape(
        "initial-password",
        r"(?a:()(initial-password)([^\n]{0,100}\n)((?=[^\s]*\d)[A-Za-z0-9-]{8,60})(?=[ ]*(?:\Z|\n[ ]*(?:\n|\Z))))",
        always,
    ),
    # What Elasticsearch prints: `PASSWORD elastic = x`.
    Shape(
        "password ",
        r"(?am:(^[ \t]{0,8})(PASSWORD)([ ][a-z]\w{0,40}[ ]=[ ])([^\s]{8,200})(?=[ \t\r]*$))",
        generated,
    ),
    Shape(
        " from ",
        (
            r"(?ai:(?<![a-z])()(password|token|secret|api[ _-]?key)([ ](?:was[ ])?changed[ ]from[ ][\"']?)"
            r"([^\s\"']{5,200}[\"']?[ ]to[ ][\"']?[^\s\"']{5,200}))"
        ),
        mixed,
    ),
    # `changed password from 'x' to 'y'`, with a digit or several words in one of them: the other may be a type.
    *(
        Shape(
            " from '| from \"| from `",
            (
                rf"(?ai:(?<![a-z])({before})(password|passphrase|passcode|token|secret|api[ _-]?key)"
                rf"((?:[ ](?:for|of)[ ][\w@.-]{{1,40}})?(?:[ ]was)?{after}[ ]from[ ][\"'`])"
                r"((?=[^\"'`\n]{0,200}(?:[\d ]|[\"'`][ ]to[ ][\"'`][^\"'`\n]{0,200}[\d ]))"
                r"[^\"'`\n]{1,200}[\"'`][ ]to[ ][\"'`][^\"'`\n]{1,200})(?=[\"'`]))"
            ),
            replaced,
        )
        for before, after in (
            (rf"(?:{_CHANGED}|replaced)[ ](?:the[ ]|his[ ]|her[ ]|its[ ])?(?:[\w-]{{1,20}}[ ])?", ""),
            ("", rf"[ ](?:{_CHANGED})"),
        )
    ),
    Shape(
        "mnemonic|phrase",
        (
            r"(?ai:()(mnemonic|(?:seed|recovery|secret|backup)[ _-]?phrase)([\"']?[ ]?[:=]?[ ]?[\"']?)"
            r"((?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8}))"
        ),
        always,
    ),
    # Other languages: `le mot de passe est x`, `пароль пользователя: x`.
    Shape(
        "|".join(("mot de passe", *_shortest(FOREIGN_PASSWORDS))),
        (
            rf"(?i:()({_FOREIGN})({_OF_WHAT}(?:(?:[ ](?:{_IS})(?!\w)|是|は|는|은)[:：]?|[ ]?[:：])[ ]?[「\"'«]?)"
            rf"{_FOREIGN_VALUE})"
        ),
        mixed,
    ),
    # Italian has the English word: `La password di root è x`.
    Shape(" è| é", rf"(?i:(?<!\w)()(password)({_OF_WHAT}[ ][èé](?!\w):?[ ]?[\"'«]?){_FOREIGN_VALUE})", mixed),
    # A code to type: `your PIN is 4829`, `2FA code 482913`.
    Shape(
        "pin |otp|code|one-time ",
        (
            rf"(?ai:(?<![a-z])()({_CODE})"
            r"((?:[ ](?:is|was)|:)?[: ]{1,2}[\"'`]?)"
            r"(\d{4,8}(?!\w|\.\w)|(?=[a-z0-9-]{0,40}\d)[a-z0-9]{4,10}(?:-[a-z0-9]{3,10}){0,4}(?![\w.])"
            r"(?:[ ,]{1,3}[a-z0-9]{4,10}-[a-z0-9]{3,10}(?![\w.])){0,20}))"
        ),
        always,
    ),
    # `OTP for login: 771204`, `your code for the portal is 771204`
    Shape(
        "code for |otp for |pin for |password for ",
        (
            rf"(?ai:(?<![a-z])()({_CODE})({_FOR_WHOM})"
            rf"([0-9]{{4,8}}(?!\w|[.-]\w)|(?-i:(?=[A-Z]{{0,9}}[0-9])[A-Z0-9]{{5,10}})(?![\w-]))(?!{_UNIT}))"
        ),
        always,
    ),
    Shape(
        "code for ",
        (
            r"(?ai:(?:(?<![\w-])(?<!\w[ ])|(?<=[ ]the[ ])|(?<=^the[ ])|(?<=your[ ])|(?<=[ ]my[ ]))()(code)"
            rf"(?![ ]for[^:\n]{{0,40}}(?:error|status|failure|exit|order|country|product))({_FOR_WHOM})"
            rf"([0-9]{{6}}(?!\w|[.-]\w))(?!{_UNIT}))"
        ),
        always,
    ),
    Shape(
        " for | of ",
        (
            r"(?ai:(?<![a-z])()(password|passphrase)([ ](?:for|of)(?:[ ][\"'`]?[\w@.-]{1,40}[\"'`]?){1,5}?"
            r"[ ](?:is|was)[: ]{1,2}[\"'`]?)"
            r"([^\s\"'`]{5,200}))"
        ),
        credential,
    ),
    Shape(
        "password |passphrase |passwd | pw | pwd ",
        (
            r"(?ai:(?<![a-z])()(password|passphrase|passwd|(?<=[ ])pwd?)([ ][\"']?)"
            r"(?!password[ ])((?-i:[A-Z][a-z]{2,20}(?:[.,;:/-][A-Z][a-z]{1,20}){1,3}[.-]?[0-9]{1,6})(?![\w/.(]\w)"
            r"|(?=[^\s]*[a-z])[a-z0-9!@#$%^&*_+-]{5,200}(?![\w/.(]\w)))"
        ),
        mixed,
    ),
    # `temporary password for root: x`, on one line or two. A sentence about a failure contains no password.
    Shape(
        "password |passphrase |pass phrase |token ",
        (
            r"(?ai:(?<![a-z])(?<!invalid[ ])(?<!wrong[ ])(?<!incorrect[ ])()(password|pass[ ]?phrase|token)"
            r"((?![^:\n]{0,100}(?:fail|invalid|wrong|denied|incorrect|expired"
            r"|\bnot\b|(?<!this[ ])run:|unknown|error|policy|ticket|\blink\b|\bby\b|set[ ]on))"
            r"(?:[ ][\w@.%'-]{1,40}){1,8}(?:[ ]\([^()\n]{1,100}\))?:(?:[ ][\w.-]{1,40}@[\w.%-]{1,60}:)?\s{1,4})"
            r"([^\s\"'`]{8,200})(?=\s*\Z|\n))"
        ),
        announced,
    ),
    Shape(
        "token |secret |key ",
        (
            # Kubernetes puts the namespace before a name: `couldn't find key x in Secret shop-1/app-credentials`.
            r"(?ai:(?<![a-z])(?<!unexpected[ ])"
            r"(?!(?-i:(?<=[ ]in[ ])Secret[ ][a-z0-9.-]{1,63}/[a-z0-9.-]{1,253}(?![\w/+=~-])))"
            r"()(token|secret|api[ _-]?key)([ ][\"']?)((?=[^\s]{0,60}\d)[a-z][\w.~+/=-]{15,200}))"
        ),
        generated,
    ),
    # The same for a secret that begins with a digit: a long hex number, or letters and digits that are mixed.
    Shape(
        "token |secret |key ",
        (
            rf"(?ai:(?<![a-z]){_NOT_A_PAGE}()(token|secret|api[ _-]?key)([ ][\"'`]?)"
            r"([0-9][0-9a-f]{31,200}(?![\w-])"
            r"|(?=[0-9]{1,8}[a-z]{1,40}[0-9])(?=[\w+/=-]{0,40}(?-i:[a-z]))(?=[\w+/=-]{0,40}(?-i:[A-Z]))"
            r"[\w.~+/=-]{16,200}))"
        ),
        generated,
    ),
    # `Invalid token 7d2f…`, where the token may begin with a digit.
    Shape(
        "token ",
        (
            rf"(?ai:(?<![a-z]){_NOT_A_PAGE}()(token)"
            r"([ ][\"']?)((?=[0-9]{0,60}[a-z])(?!0x|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9]{1,3}(?:st|nd|rd|th)-)"
            r"[0-9][\w.~+/=-]{19,200}))"
        ),
        generated,
    ),
    # `access token 7d2f…`, and the value after a name of several words, `adminPassword 7d2f…`.
    Shape(
        "token |secret |key ",
        (
            r"(?ai:(?<![a-z])((?:auth|access|refresh|bearer|bot|session|deploy|signing|client|api)[ _-])"
            r"(token|secret|key)([ ][\"']?)((?=[^\s]{0,60}\d)[a-z0-9][\w.~+/=-]{19,200}))"
        ),
        generated,
    ),
    Shape(
        "password |passwd |token |secret |key ",
        (
            r"(?a:(?<![\w.-])()([a-z]{2,20}[A-Z]\w{2,40}|[A-Za-z]{2,20}_\w{2,40})([ ][\"']?)"
            r"((?=[^\s]{0,60}\d)[\w.~+/=-]{16,200}))"
        ),
        followed,
    ),
    # `password......x`, as tables are printed.
    Shape(
        "....",
        r"(?a:(?<![\w.-])()([A-Za-z_][\w-]{1,60})(\.{4,80}[ ]?[\"']?)([^\s.\"']{4,400}))",
        strongly,
    ),
    Shape(
        "token '|token \"|key '|key \"",
        r"(?ai:(?<!unexpected[ ])()(token|api[ _-]?key)([ ][\"'])([\w.~+/=-]{8,200})(?=[\"']))",
        generated,
    ),
    # `Rotated DB_NOUNS. New value: x`
    Shape(
        "value",
        (
            r"(?ai:(?<!\S)()([^\n]{1,80}?)"
            r"([ ,;.(]{1,3}(?:new|old|current|previous)[ _]?value\"?(?:[ ]?[:=]|[ ]is)[ ]?[\"'`]?)"
            r"([^\s\"'`)]{5,200}))"
        ),
        mentioned,
    ),
    # What pydantic says about a field: its path, and the value on the next line.
    Shape(
        "input_value=",
        (
            r"(?am:^()([A-Za-z_][\w.-]{0,99})(\n[ ]{1,8}[^\n]{1,200}?[ ]\[type=\w{1,40},[ ]input_value=[\"'])"
            r"([^\"'\n]{1,400}))"
        ),
        by_name,
    ),
    Shape(
        "license|licence|product|serial",
        (
            r"(?ai:(?<![a-z])()(licen[sc]e|product|serial)"
            r"((?:[ _-]?(?:key|number|code))?\\*[\"']?[ ]?[:=]?[ ]?\\*[\"']?)"
            r"(?=[A-Z-]{0,40}\d)((?-i:[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,7}))(?![\w-]))"
        ),
        always,
    ),
    # A user and a password after a word for both: `credentials bot:x`, `login: admin / x`.
    Shape(
        "cred|login|account|basic auth",
        (
            r"(?ai:(?<![a-z])()(basic[ ]auth|credentials?|creds|logins?|accounts?|log(?:ged)?[ ]in|login[ ]attempt)"
            r"((?:[ ](?:with|as|using|is|are|for))?[: ]{1,2}\[?"
            r"(?!(?:aws|gcp|azure|profiles?|default|prod|dev|staging|vault|kv|secrets?)[/:])"
            r"[a-z][\w.@-]{1,40}(?::|[ ]?/[ ]?))"
            r"(?=[^\s]{0,60}[\d!#$%^&*+])([^\s\"'/:\]]{5,200})(?=\s|[\"'.,;)\]]|\Z))"
        ),
        credential,
    ),
    # The same in brackets or quotes, and after "log in with": `credentials (admin / x)`.
    Shape(
        "credential|creds|in with |in using ",
        (
            r"(?ai:(?<![a-z])()(credentials?|creds|(?:log(?:ged)?|sign(?:ed)?)[ ]in[ ](?:with|using))"
            r"((?:[ ](?:with|as|using|is|are|for))?[: ]{1,2}[(\[\"'`]{0,2}"
            r"(?!(?:aws|gcp|azure|profiles?|default|prod|dev|staging|vault|kv|db|secrets?|\w{0,20}id|expir\w{0,5}|roles?"
            r"|type|regions?|projects?|scopes?|https?)[/:])"
            r"(?-i:[a-z])[\w.@-]{1,40}[\"'`]?(?::|[ ]?/[ ]?)[\"'`]?)"
            r"(?=[^\s]{0,60}[\d!#$%^&*+])((?:[^\s\"'`/:\])]|\)(?![\s.,;:]|\Z)){5,200})(?=[\s\"'`.,;)\]]|\Z))"
        ),
        credential,
    ),
    # Routers: `username x password 0 y`.
    Shape("password |secret |key ", r"(?ai:(?<![a-z])()(password|secret|key)([ ]\d[ ])([^\s\"']{4,200}))", credential),
    # Parameters of an `Authorization` header.
    Shape(
        "response=|rspauth=|mac=",
        r"(?ai:(?<![\w-])()(response|rspauth|mac)(=\\*[\"'])([A-Za-z0-9+/=_-]{16,}))",
        always,
    ),
)
