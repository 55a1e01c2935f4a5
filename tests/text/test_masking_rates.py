"""The masker hides what it must and shows what it can: measured, and reported in docs/masking.md."""

from __future__ import annotations

import time

import pytest
from support.masking.families import ordinary_families, secret_families
from support.masking.measure import is_masked, rates
from support.masking.ordinary_corpus import ordinary
from support.masking.report import ORDINARY_MASKED, REPORT, SECRETS_MASKED, report, reported, share
from support.masking.secrets_corpus import secrets

from astro_tui.text.redaction import MASK, redact_text, value_form


def test_the_corpus_is_large_and_split_in_two() -> None:
    for items in (secrets(), ordinary()):
        half = sum(item.reported for item in items)
        assert len(items) >= 400
        assert 0.4 < half / len(items) < 0.6


@pytest.mark.parametrize("half", [True, False])
def test_the_bars_are_met_on_both_halves(half: bool) -> None:
    hidden = rates((item for item in secrets() if item.reported is half), secret=True)
    plain = rates((item for item in ordinary() if item.reported is half), secret=False)
    assert share(hidden) >= SECRETS_MASKED, [item.place for rate in hidden for item in rate.wrong]
    assert share(plain) <= ORDINARY_MASKED, [item.place for rate in plain for item in rate.wrong]


def test_every_family_is_judged_right() -> None:
    assert len(secret_families()) >= 800
    assert len(ordinary_families()) >= 700
    assert not [item.place for item in secret_families() if not is_masked(item)]
    assert not [item.place for item in ordinary_families() if is_masked(item)]


def test_masking_what_is_masked_changes_nothing() -> None:
    once = [redact_text(item.content) for item in secret_families() if isinstance(item.content, str)]
    assert [redact_text(text) for text in once] == once


def test_the_report_is_current_and_shows_no_secret() -> None:
    page = report()
    assert REPORT.read_text(encoding="utf-8") == page, "run tests/support/masking/report.py"
    for rate in reported(secret=True):
        assert not any(item.secret in page for item in rate.wrong)


@pytest.mark.parametrize(
    "piece",
    [
        "a=",
        "password=",
        "password: ",
        '"',
        'password="',
        "password='",
        "password=\\",
        '\\"',
        "\\",
        "curl -u ",
        "mysql ",
        "machine x login ",
        "<password>",
        "://a:",
        "a:b@",
        "eyJ.",
        "-----BEGIN A-----",
        "-----BEGIN CERTIFICATE-----",
        "sk-",
        "name: a ",
        '"a",',
        '"password", ',
        "password is ",
        "${a:",
        "cookie: a=",
        "--token ",
        "aB3",
    ],
)
def test_a_hostile_text_takes_time_in_proportion(piece: str) -> None:
    def taken(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        redact_text(text)
        value_form(text)
        return time.process_time() - start

    taken(1_000)
    small, large = taken(8_000), taken(64_000)
    # Eight times the text takes eight times as long. In quadratic time, it would take 64 times as long.
    assert large < 0.02 or large < 24 * small


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password = 'correct horse'", f"password = '{MASK}'"),
        ("password=ab,cd;ef user=x", f"password={MASK} user=x"),
        ("a=1&token=x7x7x7x7&b=2", f"a=1&token={MASK}&b=2"),
        ("password=x, host=db", f"password={MASK}, host=db"),
        (r"{\"password\": \"a b\"}", rf"{{\"password\": \"{MASK}\"}}"),
        ("curl -u ci:pw7 https://h", f"curl -u ci:{MASK} https://h"),
        ("Set-Cookie: sid=abc; Path=/", f"Set-Cookie: sid={MASK}; Path=/"),
        ("DB_PASSWORD=xyzzy make deploy", f"DB_PASSWORD={MASK} make deploy"),
        ("secrets set A=hunter9 && export REGION=eu", f"secrets set A={MASK} && export REGION=eu"),
        ("basic auth: admin/user1", f"basic auth: admin/{MASK}"),
        ("<password>x</password>", f"<password>{MASK}</password>"),
        ("SENTRY_DSN=https://a1:b1@o1.sentry.io/4504", f"SENTRY_DSN=https://{MASK}@o1.sentry.io/4504"),
        ("DSN: app:pw7@tcp(db-0.db:3306)/a?parseTime=true", f"DSN: app:{MASK}@tcp(db-0.db:3306)/a?parseTime=true"),
        ('CONN_STR="Server=db-1;Pwd=pw7;Timeout=30"', f'CONN_STR="Server=db-1;Pwd={MASK};Timeout=30"'),
    ],
)
def test_what_is_around_a_secret_stays(text: str, shown: str) -> None:
    assert redact_text(text) == shown
    assert redact_text(shown) == shown
