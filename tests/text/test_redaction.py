"""What is masked and what is not; and that no view of a document shows a secret of the corpus."""

from __future__ import annotations

import base64
import json
import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outputs import every_output, every_text
from support.secret_values import CORPUS, NAMED, documents, is_due

from astro_tui.document import ALL, ROOT, Document, Outline
from astro_tui.text import redaction
from astro_tui.text.redaction import MASK, hides_below, redact_text, secret_reason, value_form


@pytest.mark.parametrize("part", range(2))
def test_no_secret_of_the_corpus_comes_out_of_any_view(part: int) -> None:
    for number, (secret, formed) in list(enumerate(CORPUS))[part::2]:
        for place, (document, named) in enumerate(documents(secret, number)):
            if not (named or formed) or not is_due(number, place):
                continue
            needle = secret.split("\n")[1] if secret.startswith("-----") else secret
            output = every_output(json.dumps(document).encode(), needle)
            for shown in (needle, json.dumps(needle)[1:-1]):
                assert shown not in output, document


@pytest.mark.parametrize("part", range(2))
def test_no_secret_of_the_corpus_comes_out_as_text(part: int) -> None:
    for number, (secret, formed) in list(enumerate(CORPUS))[part::2]:
        inside = json.dumps({NAMED[number % len(NAMED)]: secret})
        places = [*documents(secret, number), ({"held": inside}, True), ({"b64": packed(inside)}, True)]
        for place, (document, named) in enumerate(places):
            # Half of them: this is slow, and what is hidden is the same as in the views.
            if not (named or formed) or not is_due(number, place) or (number + place) % 2:
                continue
            needle = secret.split("\n")[1] if secret.startswith("-----") else secret
            output = every_text(json.dumps(document).encode())
            for shown in (needle, json.dumps(needle)[1:-1]):
                assert shown not in output, document


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(("secret", "formed"), CORPUS)
def test_no_secret_with_a_form_survives_in_free_text(secret: str, formed: bool) -> None:
    assert len(CORPUS) > 100
    if formed:
        needle = secret.split("\n")[1] if secret.startswith("-----") else secret
        assert needle not in redact_text(f"failed to connect with {secret} (attempt 3)")
    assert secret not in redact_text(f"password={secret} and more") or "\n" in secret


PLAIN_VALUES = [
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "registry.astropods.ai/meridian-labs/claims-desk-ingest-policies:c1f00a92",
    "registry.acme.astropods.ai/Team/Support-Router@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "5d2f0c9b7a61e0d4c3b2a19f8e7d6c5b4a392817",
    "123e4567-e89b-12d3-a456-426614174000",
    "/var/lib/postgresql/data/pgdata/base/16384/PG_VERSION",
    "https://claims.meridian.example:8443/path/to/something?page=2#Top",
    "postgres://db.internal:5432/claims",
    "mailto:someone@example.com",
    "build-20240612-1530",
    "arn:astro:knowledge:meridian-labs:faq",
    "ghcr.io/huggingface/text-embeddings-inference:1.8",
    "org.springframework.boot.autoconfigure.web.servlet.DispatcherServletAutoConfiguration",
    "HorizontalPodAutoscalerConditionAbleToScaleReadyForNewScale",
    "task-runner-with-a-very-long-name-indeed-2024-06-12",
    "disk-0123456789abcdef",
    "2026-07-02T06:41:12.482913Z",
    "a@b.c, d@e.f: see http://example.com/a:b",
    "MinimumReplicasAvailable",
    "",
    "basic",
    "The quick brown fox jumps over the lazy dog and then some more.",
]


@pytest.mark.parametrize("value", PLAIN_VALUES)
def test_plain_values_stay_readable(value: str) -> None:
    assert value_form(value) is None
    assert redact_text(value) == value
    assert secret_reason(("agent", "image"), value) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("env", 0, "valueFrom", "secretKeyRef", "name"), "radar"),
        (("env", 0, "valueFrom", "secretKeyRef", "key"), "token"),
        (("variables", "SLACK_BOT_TOKEN", "ref"), "HARBOR_SLACK_BOT"),
        (("variables", "SLACK_BOT_TOKEN", "targets", 0), "interface.slack"),
        (("variables", "SLACK_BOT_TOKEN", "description"), "the bot"),
        (("interfaces", "auth", "web", "type"), "oidc"),
        (("interfaces", "auth", "web", "grants", 0, "org"), "harborline"),
        (("author",), "maria"),
        (("password",), ""),
        (("password",), MASK),
        (("password",), None),
        (("spec", "imagePullSecrets", 0, "name"), "regcred"),
        (("spec", "volumes", 0, "secret", "secretName"), "tls-cert"),
    ],
)
def test_names_references_and_empty_texts_are_not_masked(path: tuple[str | int, ...], value: str | None) -> None:
    assert secret_reason(path, value) is None


@pytest.mark.parametrize("key", NAMED)
def test_a_key_that_names_a_secret_masks_its_text(key: str) -> None:
    assert secret_reason((key,), "hunter2!") == "its key suggests a secret"
    assert secret_reason(("env", 3, "value"), "hunter2!", name=key) == "its name suggests a secret"
    assert secret_reason(("variables", key, "value"), "hunter2!") == "its name suggests a secret"


def test_which_keys_hide_everything_below() -> None:
    assert hides_below(("a", "credentials", 0))
    assert hides_below(("tokens",))
    assert not hides_below(("env", 0, "valueFrom", "secretKeyRef"))
    assert not hides_below(("variables", "MY_TOKEN"))
    assert not hides_below(("interfaces", "auth", "web"))


def test_booleans_null_and_ordinary_numbers_are_shown() -> None:
    raw = b'{"secret": true, "token": null, "max_tokens": 4096, "password": 1234, "credentials": {}, "passwords": []}'
    outline = Outline(Document.parse(raw))
    assert [outline.row(row).text for row in range(6)] == ["true", "null", "4096", MASK, "{}", "[]"]


def test_free_text_keeps_what_is_around_a_secret() -> None:
    text = "GET https://user:hunter2@host/x failed: Authorization: Bearer abcdef123456.x, api_key=abc123 retry 3"
    shown = redact_text(text)
    assert shown == (f"GET https://{MASK}@host/x failed: Authorization: Bearer {MASK}, api_key={MASK} retry 3")
    assert redact_text('{"password": "hunter2", "user": "x"}') == f'{{"password": "{MASK}", "user": "x"}}'


WORDS = st.sampled_from(
    [
        *NAMED,
        "name",
        "value",
        "default",
        "secret",
        "is_secret",
        "ref",
        "targets",
        "variables",
        "tokens",
        "credentials",
        "x",
        "secretKeyRef",
        "key",
        "Name",
        "Value",
        "placeholder",
        "options",
        "fields",
        "true",
        "--password",
        "DB_PASS",
        "api.key",
        "TO\u212aEN",
        "author",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 99)
    | WORDS
    | st.sampled_from([secret for secret, _formed in CORPUS[:26]])
    | st.sampled_from(["pa\u017f\u017fword=hunter22x", "to\u212aen: abcdefgh", "pr\u0131vate_key=abcdefgh"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_the_quick_scan_finds_every_hidden_value(value: object) -> None:
    outline = Outline(Document.parse(json.dumps(value).encode()), ALL)
    rows = [outline.row(row) for row in range(outline.row_count)]
    hidden = [row.node for row in rows if row.masked]
    for size in (1, 64, 16384):
        with patch("astro_tui.document.masking._PIECE", size):
            assert [line.start for line in outline.masking.hidden(ROOT)] == hidden
    for number, row in enumerate(rows):
        inside = [node for node in hidden if node == row.node or row.node in outline.document.ancestors(node)]
        assert [line.start for line in outline.masking.hidden(row.node)] == inside
        assert outline.as_json(number).decode().count(MASK) == len(inside)


PIECES = """
    sk-abcdefghijkl SG. abcdefghijklmnop AKIA AKIAABCDEFGHIJKLMNOP rk_live_ ghs_ AccountKey= Bearer BASIC ://u:p@ :// @
    eyJabcdef.abcdef. xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3 token PassWord = : api key
    Private.Key 12345 true ü " pwd
"""
FRAGMENTS = st.sampled_from([*PIECES.split(), " ", "\n", "\ud800", "-----BEGIN A-----"])


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=7).map("".join))
def test_a_value_is_hidden_exactly_if_its_text_is_masked(value: str) -> None:
    if len(value) < 6:
        return
    assert (value_form(value) is not None) is (redact_text(value) != value)
    if value_form(value) is not None:
        assert redaction.hinted(value.encode("utf-8", "surrogatepass"))


@given(st.text(max_size=200))
def test_redacting_never_fails_and_is_stable(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once
    value_form(text)


@pytest.mark.parametrize(
    "value",
    [
        '{"user": "maria", "password": "hunter2"}',
        "host=db.internal user=claims password=hunter2 dbname=claims",
        "https://hooks.example/run?token=abc123def",
        "api-key: f00ba4",
        "line one\nclient_secret = 'x9!k'",
    ],
)
def test_a_secret_inside_a_text_hides_the_text(value: str) -> None:
    assert secret_reason(("agent", "environment", "SETTINGS"), value) == "it looks like a string that contains a secret"


@pytest.mark.parametrize(
    "value",
    [
        "--max_tokens=4096",
        "password=$DB_PASSWORD",
        "token: <token>",
        "secret=true",
        "the password is asked for",
        "tokens: 12",
    ],
)
def test_texts_that_only_mention_secrets_stay(value: str) -> None:
    assert secret_reason(("agent", "environment", "SETTINGS"), value) is None


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("postgres://u:SEKRET2/x@h", "SEKRET2"),
        ("postgres://u:SEKRET2#x@y@h/db", "SEKRET2"),
        ("amqp://u:a?SEKRET2@h", "SEKRET2"),
        ("https://SEKRET2abcdef0123@github.com/x", "SEKRET2"),
        ("https://SEKRET2abcdef0123:@github.com/x", "SEKRET2"),
        ("hf_SEKRETabcdefghijklmnop", "SEKRET"),
        ("SG.SEKRETabcdefghijklmn.abcdefghijklmnopqrst", "SEKRET"),
        ("rk_live_SEKRETabcdef", "SEKRET"),
        ("whsec_SEKRETabcdefghij", "SEKRET"),
        ("AccountName=a;AccountKey=SEKRETabcdefghijk==;x=y", "SEKRET"),
        ("https://h.example/?a=1&password=12345678", "12345678"),
        ("secret: 12345678", "12345678"),
        ("DB_PASS=hunter2", "hunter2"),
        ('{"a": 1,\n "password":\n   "hunter2"}', "hunter2"),
        ('{"a": 1,\r\n "password":\r\n\t"hunter2"}', "hunter2"),
        (r"body: {\"password\":\n  \"hunter2\"}", "hunter2"),
        ("signing-key: f00ba4", "f00ba4"),
        ("SMTP_PASS=qzra bwkd mnop xyzk", "bwkd"),
        ("pass: qzra bwkd mnop xyzk\nport: 587", "xyzk"),
        ("couldn't find key API_TOKEN in secret a8f3k2l9d0s8f7g6h5", "a8f3k2l9"),
        ("couldn't find key DSN in Secret shop-1/app-credentials: password=a8f3k2l9", "a8f3k2l9"),
    ],
)
def test_more_forms_of_secrets(value: str, hidden: str) -> None:
    assert value_form(value) is not None
    assert hidden not in redact_text(value)
    outline = Outline(Document.parse(json.dumps({"a": [value]}).encode()), ALL)
    assert hidden not in outline.as_json().decode()


@pytest.mark.parametrize(
    "value",
    [
        "https://host.example:8443/path/@user?mail=a@b.c",
        "oci://registry.example:5000/image@sha256:0123",
        "kafka://one:9092,two:9092/topic@x",
        "http://[::1]:80/a@b",
        "https://maria@github.com/x",
        "compass: north",
        "bypass=yes, passenger: maria",
        '"password":\n"user": "maria7"',
        'the field "password":\n\n"Reset your password"',
        "password: must have this sign",
        "password: used only once here",
        "Error: couldn't find key API_TOKEN in Secret astro-ze5r2lm16-0/tide-notes-4be19c07",
    ],
)
def test_more_texts_that_are_not_secrets(value: str) -> None:
    assert value_form(value) is None
    assert redact_text(value) == value


MORE_NAMES = (
    *("DB_PASS", "PGPASS", "pwd", "MYSQL_PWD", "dbPass", "pass", "passphrase"),
    *("access_key", "accessKey", "signing-key", "ENCRYPTION_KEY", "session_cookie"),
)


@pytest.mark.parametrize("key", MORE_NAMES)
def test_more_names_of_secrets(key: str) -> None:
    assert secret_reason((key,), "SEKRET-7x!") == "its key suggests a secret"
    outline = Outline(Document.parse(json.dumps({"a": {key: "SEKRET-7x!"}}).encode()), ALL)
    assert "SEKRET" not in outline.as_json().decode()


def test_an_app_password_is_hidden_under_the_name_that_also_counts_tests() -> None:
    assert secret_reason(("smtp", "pass"), "qzra bwkd mnop xyzk") is not None
    assert secret_reason(("result", "pass"), "all unit tests") is None


_CHANCE = random.Random(20260801)
PRIVATE_KEYS = {
    "PKCS #1": "308204a4 020100 02820101 00",
    "PKCS #8": "308204bd 020100 300d 06092a864886f70d010101 0500 048204a7 3082",
    "PKCS #8 of 1024 bits": "30820276 020100 300d 06092a864886f70d010101 0500 04820260 3082",
    "PKCS #8 of a short key": "3081bf 020100 300d 06092a864886f70d010101 0500 0481aa 3081",
    "encrypted PKCS #8": "3082052d 3057 06092a864886f70d01050d 304a 3029 06092a864886f70d01050c",
    "encrypted as of PKCS #12": "308204ea 301c 060a2a864886f70d010c0103 300e 0408",
    "EC": "3077 020101 0420",
    "EC in PKCS #8": "308187 020100 3013 06072a8648ce3d0201 06082a8648ce3d030107 046d 306b 020101 0420",
    "Ed25519": "302e 020100 3005 06032b6570 0422 0420",
    "PKCS #12": "308209cf 020103 30820985 06092a864886f70d010701 a0820976",
    "PKCS #12 of Java": "3080 020103 3080 06092a864886f70d010701 a080",
}
"""How private keys begin in DER, in hex."""
NO_PRIVATE_KEYS = {
    "certificate": "308202f9 308201e1 a003020102 020214",
    "certificate of version 1": "308202f9 308201e1 020900",
    "certificate request": "30820251 30820139 020100 300c 310a",
    "PKCS #7": "30820328 06092a864886f70d010702 a0820319 30820315",
    "public key": "30820122 300d 06092a864886f70d010101 0500 0382010f 00",
    "RSA public key": "3082010a 02820101 00",
}


def in_base64(start: str, altchars: bytes | None = None) -> str:
    return base64.b64encode(bytes.fromhex(start) + _CHANCE.randbytes(600), altchars).decode()


@pytest.mark.parametrize("start", PRIVATE_KEYS.values(), ids=PRIVATE_KEYS)
@pytest.mark.parametrize("altchars", [None, b"-_"], ids=["base64", "base64url"])
def test_a_private_key_without_its_markers_is_hidden_whatever_its_name(start: str, altchars: bytes | None) -> None:
    key = in_base64(start, altchars)
    for name in ("SNOWFLAKE_PK", "RSA_PEM", "SIGNER", "bot_id"):
        assert secret_reason((name,), key) is not None
    lines = "\n".join(key[place : place + 64] for place in range(0, len(key), 64))
    assert secret_reason(("APP_RSA",), lines) is not None
    for text in (f"SNOWFLAKE_PK={key}", f"CA_PEM: {key}", f'loaded "{key}" as signer', f"data:a/b;base64,{key}"):
        assert redact_text(text) == text.replace(key, MASK)


@pytest.mark.parametrize("start", NO_PRIVATE_KEYS.values(), ids=NO_PRIVATE_KEYS)
def test_certificates_and_public_keys_without_their_markers_stay(start: str) -> None:
    data = in_base64(start)
    assert secret_reason(("SIGNER",), data) is None
    assert redact_text(f"SIGNER={data}") == f"SIGNER={data}"


CERTIFICATE = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("key", ["cert", "TLS_CERT", "client_certificate", "publicKey"])
def test_certificates_and_public_keys_stay(key: str) -> None:
    data = in_base64(NO_PRIVATE_KEYS["certificate"])
    block = CERTIFICATE.format("\n".join(data[place : place + 64] for place in range(0, len(data), 64)))
    assert redact_text(block) == block
    assert secret_reason((key,), block) is None
    assert secret_reason(("credentials", key), block) is None
    private = block.replace("CERTIFICATE", "PRIVATE KEY")
    assert secret_reason((key,), block + private) is not None


@pytest.mark.parametrize("key", ["bypass", "compass", "passenger", "key", "keyboard", "passed", "cookie_domain", "cwd"])
def test_names_that_only_sound_like_secrets(key: str) -> None:
    assert secret_reason((key,), "x") is None


@pytest.mark.parametrize(
    "document",
    [
        {"env": [{"name": "DB_PASSWORD", "value": 998877665544}]},
        {"variables": {"DB_PASSWORD": {"value": 998877665544}}},
        {"variables": {"API_TOKEN": {"default": {"a": ["998877665544"]}}}},
        {"env": [{"key": "API_TOKEN", "value": "x998877665544"}]},
        {"env": [{"Name": "API_TOKEN", "Value": "x998877665544"}]},
        {"env": [{"name": "PLAIN", "secret": "true", "value": "x998877665544"}]},
        {"env": [{"value": {"a": [1, {"b": "x998877665544", "name": 998877665544}]}, "is_secret": True}]},
        {"env": [{"value": 998877665544, "isSecret": True}]},
        {"env": [{"value": ["x998877665544"], "name": "DB_PASSWORD"}]},
        {"variables": {"A_TOKEN": {"placeholder": "x998877665544"}}},
        {"variables": {"PLAIN": {"secret": True, "options": ["x998877665544"]}}},
        {"variables": {"PLAIN": {"fields": {"a": {"label": "x998877665544"}}, "secret": True}}},
        {"command": ["run", "--password", "x998877665544"]},
        {"command": ["--db-password", 998877665544]},
        {"env": [{"value": "x998877665544", "filler": ["y" * 80] * 200, "name": "DB_PASSWORD"}]},
    ],
)
def test_a_neighboring_value_can_mark_a_secret(document: dict[str, Any]) -> None:
    assert "998877665544" not in every_output(json.dumps(document).encode(), "998877665544")


@pytest.mark.parametrize(
    "document",
    [
        {"env": [{"name": "MAX_TOKENS", "value": 4096}]},
        {"env": [{"key": "region", "value": "4096"}]},
        {"command": ["--no-password", "4096", "--token", "--port", "4096"]},
        {"command": ["--password-file", "/run/4096"]},
        {"env": [{"name": "PLAIN", "secret": False, "value": {"a": 4096}}]},
        {"variables": {"PLAIN": {"placeholder": "4096", "options": ["4096"]}}},
        {"placeholder": "4096", "secret": True},
    ],
)
def test_harmless_neighbors_hide_nothing(document: dict[str, Any]) -> None:
    assert MASK not in Outline(Document.parse(json.dumps(document).encode()), ALL).as_json().decode()
