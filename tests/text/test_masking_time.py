"""The masker takes time in proportion to the length of a text, whatever the text repeats: texts are untrusted."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from astro_tui.text.redaction import argument_reason, redact_text, secret_reason, value_form
from astro_tui.text.redaction.columns import columns
from astro_tui.text.redaction.commands import commands, phrases
from astro_tui.text.redaction.named import announced, named
from astro_tui.text.redaction.tokens import logins, private_keys, random_runs, tokens
from astro_tui.text.redaction.values import Notation, is_drawn, is_ordinary, is_random, is_secret
from astro_tui.text.redaction.views import decoded, views
from astro_tui.text.redaction.words import NameKind, kind_of

pytestmark = pytest.mark.nightly

CHARACTERS = "aA0 \"'\\=:-_./@%$<>{}()[]|,;&\n"
TOKENS = """
    password·is·clover· password:·a·b·a: a:\\n·password:·a·b\\n x\x1b[0m= \x1b[ "AUTH"·"a"· ]·"auth"·" "requirepass"·"
    a= x- xx a1 aB3 \\" password= password=\\" password:· password='· "password"," token. sk- eyJ. eyJa.
    ://a: a:b@ AKIA <a> <a><b> <password> <env·name=" <name>a</name> name:·a· value="x"·name=" --token·
    dsn=dsn= dsn=" dsn=a; ://a/reset/aB1 /a-reset-a
    --a· -p· curl·-u·mysql· redis-cli·-a· docker·login· htpasswd·-b· sudo·-S· echo·a|
    machine·x·login· PASS·x AUTH·a· USER·a· a1·LOGIN·a· a:*:b:c: a:5432: auth("a",·" login("a","
    setx·a· ENV·a· password·is·password·a·a· password·for·a: variable·"password"{ ${a:- ${{a
    cookie:·a= Bearer· Authorization:·a·Digest·a=" response=" -----BEGIN·A-----
    -----BEGIN·PRIVATE·KEY----- -----END·A----- /hooks/a /p:a net·use·x_y your-my- xxxx-xx <%=a||" a.b/
    "name":"password", "value":"a" kind:·Secret· "data":{ data:\\n·a:·b\\n password%22%3A%22 password%3D
    &quot;password&quot;: &lt;password&gt; s:8:"password"; =>·string(8)·" password:·Some(" password:·String·=·
    |·password·|· user,password\\n1, password:·|\\n·a pw·a\\n
    contraseña·es· пароль:·a· WIFI:a;P: pg:/a:b@ a:b1@c a/b1@c: user·default·on·>· openssl·-k· mc·admin·user·add·
    <<<·a echo·a1|gpg· enable·secret· stats·auth·a: [a]:25·a: password·changed·from·a1·to· license·A1B2- mot·de·passe·
    a·new·value:· a\n·[type=a,·input_value='x'· a.... password....x adminPassword·a1 auth·token·a1 PASSPHRASE=a·b·
    a·-u·a·-p· -p·a1·-u·a secrets·set·a= secret·create·--value· variable·set·--secret·--value· env·set·A·--value·
    password·from·'a'·to·' password·is·'a· token·1a \\x22password\\x22:\\x22 DB_PASSWORD,a1\\n password·=·a·
    A=a\\n·password=a· connectionString:·'A=a;a=b; dsn="a=b· a://a/aB3 //a/aB3- st.a. 1/1 0.a npg_ app-A1
    one-time·password·is· password=[a1] password=(a password={a)
    changed·password·from·'a'·to·' stringData:\\n·a:·b\\n a·-p·a1·
    ["--password",·"a",· ["-a",·"redis-cli",·' [[" A_PASSWORD·|·a·|\\n PASSWORD·a·=·a\\n passwort·ist· password·a·è·
    LoginModule·user_a="a BOS·token·=·1· a/secret:·a· secret·1a1A1a token·1a
    {"token":"Hi","logprob":1} "token":"Hi", token='a'·logprob=1 {"kty":"RSA","n":"
    password·is·A-b, pw·to·A-b· set·a·password·for·a·to· a·password:·b\n a·b·c·password:·a-b·
    password·for·a·a: pass·is·a-b log·in·with·a·/·a1 credentials·(a·/·a1 creds·a:))) "path":"a"
    "field":"password","old":"a" {"field":"password", {"password_key":"password","old":1
    password·is·"a·b1· password·"a·a1c"· code·for·a:· OTP·for·a·b·is·A reset·set·reset·my· a-a-a_ user·a·/·pw·a
    --password·"a·b --password·'a·b --password·\\\\" --auth·"a:a·b curl·-u·"a:a·b -e·"password=a·b
    Authorization:·Bearer\\n· basic·a_a: --secret·A=a· --secret·"A=a·b --secret=A= sent·AUTH·a· a·key= erlang_cookie=a
    password,a\na1,b1\n a··password\n |password|a|\n (a,·password)·values·( "a"·+· a""b &quot; &#97; %41 \\x41 \\u0041
    \u200b ａ pаs \\e[31m
    ../ ~/ 1.2. ^1· $6$ {SSHA} sha256: Qm bafy MIIEvQIBADAN 0:AA nsec1 process.env. {{ }} [a] a-here
"""
"""Texts to repeat; a dot in the middle is a space, and `\\n` a line break."""
PAIRS = ["".join(pair) for pair in itertools.product('aA0 "\\=:-/@<{', repeat=2)]
FRAGMENTS = [*CHARACTERS, *PAIRS, *(token.replace("·", " ").replace("\\n", "\n") for token in TOKENS.split())]
FINDERS = (named, announced, columns, commands, phrases, tokens, private_keys, logins, random_runs)
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "redact_text": redact_text,
    "value_form": value_form,
    "a value below a key": lambda text: secret_reason(("password",), text),
    "a key": kind_of.__wrapped__,
    "arguments": lambda text: argument_reason("value1!", ["mysql", text, "-p"]) or argument_reason(text, ["run", "-p"]),
    "views": lambda text: list(views(text)),
    "values": lambda text: [is_secret(kind, text, context) for kind in NameKind for context in Notation],
    "ordinary values": lambda text: is_ordinary.__wrapped__(text[:400]),
    "random texts": lambda text: (is_drawn(text), is_random(text), decoded(text)),
    **{finder.__name__: lambda text, finder=finder: list(finder(text)) for finder in FINDERS},  # type: ignore[misc]
}
SIZE = 750


def taken(function: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    function(text)
    return time.process_time() - start


@pytest.mark.timed
@pytest.mark.parametrize("name", FUNCTIONS)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    function = FUNCTIONS[name]
    function("password=x")
    slow = []
    for place, (fragment, end) in enumerate(itertools.product(FRAGMENTS, ("", "!\n"))):
        # Each comes with one of the two ends.
        if place % 4 not in (0, 3):
            continue
        small, large = ((fragment * (size // len(fragment))) + end for size in (SIZE, 4 * SIZE))
        # In quadratic time, it would take 16 times as long. The fastest of some runs is free of noise.
        for _attempt in range(4):
            after = taken(function, large)
            if after < 0.002 or after < 9 * (before := taken(function, small)):
                break
        else:
            slow.append((fragment, end, round(1000 * before, 2), round(1000 * after, 2)))
    assert not slow


@pytest.mark.timed
@pytest.mark.parametrize("fragment", ["password=", "a ", '{"key":', "-----BEGIN A-----"])
def test_no_megabyte_takes_more_than_a_second(fragment: str) -> None:
    text = fragment * ((1 << 20) // len(fragment))
    # One run may be slow because other programs share the processor's cache.
    assert any(taken(redact_text, text) < 1 for _attempt in range(3))
