"""Values that say where a secret is instead of being one: `${DB_PASSWORD}`, `vault:kv/db`, `$__file{/run/pw}`."""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.forms import looks_random
from astro_tui.text.redaction.words import lazy, word_set


@cache
def _template() -> re.Pattern[str]:
    # What a shell, a template, a compiler of configuration, or a deployment fills in.
    braces = (
        r"\$\{{1,2}[^{}]*\}{1,2}|\$(?-i:[A-Z_][A-Z0-9_]*|[a-z_]+(?:-[a-z]+)*)|\$\([^()]*\)|\{\{.*\}\}|\{%.*%\}|<[^<>]*>"
        r"|(?:bearer|basic|token)\s+(?:\$\{{1,2}[^{}]*\}{1,2}|\{{1,2}[\w. -]*\}{1,2})|%\w{1,60}%"
        r"|%[sdvq]|%\(\w+\)[\d.+ -]{0,6}[a-z]|\w{2,20}<.*>|\*\*.*\*\*|\#\{[^}]*\}\#?|@@?[\w.-]+@@?|__(?-i:[A-Z0-9_]+)__"
        # Puppet, Symfony, Caddy, OpenTelemetry, Grafana, PowerShell, Perl.
        r"|%\{[^{}]*\}|%env\([^()]*\)%|\{\$\w+\}|\{(?:env|file|vault|secret|ssm)[:.][^{}]*\}"
        r"|\$__\w{2,12}\{[^{}]*\}|\$env[:.{]\w+\}?"
    )
    call = (
        r"@(?:microsoft\.)?key_?vault\(.*|(?:os\.)?(?:get)?env(?:iron)?(?:\(.*|\[[\w\"'.]*\])|enc[\[(].*|\{cipher\}.*"
        r"|!(?:ref|sub|vault|secret|getatt|env|env_var|include|importvalue|reference)\b.*|\([a-z0-9 ]+\)"
    )
    return re.compile(f"(?ais:{braces}|{call})")


@cache
def _variable() -> re.Pattern[str]:
    # A variable of a program, or a name in brackets.
    return re.compile(
        r"(?ais:\{[\w.\s-]*\}|\[[\w.\s-]*\]"
        r"|import\.meta\.env\.\w+|(?:process\.env|os\.environ|secrets|vars?|env|data|local|module|config|cfg|settings|self"
        r"|this|args|opts|options|ctx|req|request|params|props|values|random_password|random_string|each|inputs?|outputs?"
        r"|steps|needs|github|context|state|session_state|st)\.[\w.\[\]\"']+"
        # A Terraform resource.
        r"|(?:aws|google|azurerm|vault|kubernetes|tls|random|digitalocean|github|cloudflare)_[a-z_]+\.[\w.\[\]\"']+)"
    )


_GENERATED = lazy(
    "(?<![A-Za-z0-9])(?=[A-Za-z0-9]{16}|(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{8})[A-Za-z]*[0-9]+[A-Za-z]+[0-9]"
)
_LONG_PART = lazy("[A-Za-z0-9]{16,}")
_TANGLED = lazy("(?=[A-Za-z]*[0-9])[A-Za-z0-9]*?(?!Id|By|Is|Of|To|In|On|Db|My|Go|No|Up|Or|As|At|Io|Ip)[A-Z][a-z][A-Z]")
"""A digit, and a capital with a single small letter after it that are no word: `k8KOHuPGF`."""


def _has_generated_part(text: str) -> bool:
    """Return whether part of a name looks generated: `st.9fJ2kLm8QwErTy3z` is a token, `st.secrets` a variable."""
    if text.startswith(("self.", "this.", "steps.")):
        return False
    parts = _LONG_PART().findall(text)
    return _GENERATED().search(text) is not None or any(looks_random(part) or _TANGLED().match(part) for part in parts)


@cache
def _address() -> re.Pattern[str]:
    # The address of a secret in a store.
    stores = (
        r"vault|hashivault|secretref|secrets?|ssm|(?:aws|gcp|g)[_-]?(?:sm|ssm|secrets?|kms)|sm|key-?vault|az(?:ure)?-?kv|akv|kv"
        r"|doppler|infisical|bws?|bitwarden|(?:1|one)password|lastpass|keepass|conjur|gopass|env|env-?var|environ(?:ment)?"
        r"|getenv|file|sops|keyring|keychain|k8s|kube|kubernetes|hiera|param(?:eter)?s?|profiles?|config(?:map)?|ref"
    )
    return re.compile(
        rf"(?ais:(?:{stores}):[^\s]*|op://.*|ref\+.*|arn:aws[\w-]*:.*|projects/[\w-]+/(?:secrets|locations)/.*|@secret/.*"
        r"|(?:aws|gcp|azure|gcloud|hcp):[a-z-]+:.*|pass:[a-z]+(?:/[a-z-]+)+|alias/[\w/-]+"
        r"|(?:/var)?/run/secrets/.*|/etc/secrets/.*|(?:secret|kv)/[\w/-]+|os\.environ/\w+)"
    )


@cache
def _said() -> re.Pattern[str]:
    return re.compile(
        r"(?ai:see|ask|check|from|via|in|use|using|stored|kept|managed|injected|provided|read|loaded|set|taken|comes|lives"
        r"|fetched|pulled|generated|resolved|defined|inherited|mounted|supplied)[-_ ]"
    )


# `session:{user}:{thread}`
_PATTERN = lazy(r"(?:[a-z]{1,12}|v\d|[-_:./#]|\$?\{[\w.]{1,40}\})+")
_FILLED = lazy(r"\{[a-z_.]+\}")
_STORES = word_set(
    "vault 1password onepassword bitwarden lastpass keepass env environment variable envvar secret secrets manager"
    " secretmanager secretsmanager keychain keyring keyvault wiki runbook docs ci ops team admin terraform pulumi"
    " ansible file runtime config configmap kms ssm aws gcp azure kubernetes k8s doppler infisical store"
    " deployment deploy"
    " build startup install console dashboard settings operator helm sops"
)


def refers(text: str) -> bool:
    """Return whether a text refers to a secret that is elsewhere. Takes time in proportion to the text."""
    if _template().fullmatch(text) or _address().fullmatch(text):
        return True
    if _variable().fullmatch(text):
        return not _has_generated_part(text)
    if "{" in text and _PATTERN().fullmatch(text) and _FILLED().search(text):
        return True
    return _said().match(text) is not None and len(text) <= 60 and not _STORES.isdisjoint(_parts(text))


def is_address(text: str) -> bool:
    """Return whether a text only says where a secret is, so that nothing in it can be one: `secret:db/password`."""
    # A token after such a word is still a token.
    if "@" in text or "=" in text or any(map(str.isdigit, text)):
        return False
    return _address().fullmatch(text) is not None


def _parts(text: str) -> list[str]:
    return re.split(r"[-_ ./:]+", text.lower())
