"""What errors advise: with keys on a screen, with commands in a shell."""

from __future__ import annotations

import pickle
import re
from typing import get_args

import pytest

from astro_tui.auth.grants import IdentityRefused
from astro_tui.auth.login import LoginProblem
from astro_tui.errors import (
    AstroError,
    Check,
    Do,
    ErrorKind,
    OpenPage,
    PlatformError,
    RefreshList,
    Remedies,
    Remedy,
    Retry,
    RunCommand,
    SignIn,
    StartOver,
)
from astro_tui.platform.client import FixedToken, Timeouts
from astro_tui.platform.client.certificate import UNREADABLE
from astro_tui.platform.client.failures import ErrorMaker
from astro_tui.platform.servers import Origin
from astro_tui.presentation.remedies import Keys, explained, in_shell, on_screen

ALL = Keys(retry="r", sign_in="L")
KEY = re.compile(r"\bpress (\w+)", re.IGNORECASE)
FIX = RunCommand("chmod 600 ~/login.json")


@pytest.mark.parametrize(
    ("remedies", "screen", "shell"),
    [
        ((), "", ""),
        ((Check("the network"),), "Check the network.", "Check the network."),
        ((Do("wait"),), "Wait.", "Wait."),
        ((FIX,), "Run chmod 600 ~/login.json", "Run chmod 600 ~/login.json"),
        (
            (Do("complete the open payment"), OpenPage("https://pay.example/1")),
            "Complete the open payment, or open https://pay.example/1",
            "Complete the open payment, or open https://pay.example/1",
        ),
        ((Retry(),), "Press r to try again.", "Try again."),
        ((Retry(after=40.0),), "Wait 40 s, then press r to try again.", "Wait 40 s, then try again."),
        (
            (Retry(support=True),),
            "Press r to try again; if it keeps failing, contact platform support.",
            "Try again; if it keeps failing, contact platform support.",
        ),
        (
            (Retry(first=FIX), SignIn()),
            "Run chmod 600 ~/login.json, then press r to try again, or press L to sign in again.",
            "Run chmod 600 ~/login.json, then try again, or sign in again: astro-tui auth login",
        ),
        ((SignIn(again=False),), "Press L to sign in.", "Sign in: astro-tui auth login"),
        ((StartOver(),), "Press r to start over.", "Start over: astro-tui auth login"),
        ((RefreshList(),), "Go back to the list and refresh it.", "Run astro-tui list to see what exists."),
    ],
)
def test_every_remedy_reads_well(remedies: Remedies, screen: str, shell: str) -> None:
    assert on_screen(remedies, ALL) == screen
    assert in_shell(remedies) == shell


def test_a_screen_without_keys_names_none() -> None:
    every: Remedies = (Retry(), StartOver(), SignIn(), RefreshList())
    assert "press" not in on_screen(every, Keys()).lower()
    assert on_screen((SignIn(),), Keys(retry="r")) == "Sign in again: astro-tui auth login"


def refusals() -> list[AstroError]:
    """Return an error of every kind the client makes, and those of a sign-in."""
    origin = Origin.of("https://x.example")
    errors = ErrorMaker("GET /x", origin, FixedToken("a-private-token"), with_token=True)
    bodies = [
        b"",
        b'{"error":"deployment not found"}',
        b'{"error":"no active deployment"}',
        b'{"error":"account not found"}',
        b'{"error":"not scoped to this organization"}',
        b'{"error":"store not configured"}',
        b'{"error":"x","code":"BILLING_SUSPENDED","pay_link":"https://pay.example/1"}',
    ]
    statuses = [*range(400, 430), 500, 502, 503, 504, 304]
    return [
        *(errors.refusal(status, body, wait) for status in statuses for body in bodies for wait in (None, 40.0)),
        *(
            errors.unreachable(kind, "x")
            for kind in (ErrorKind.DNS, ErrorKind.REFUSED, ErrorKind.RESET, ErrorKind.CUT_BODY, ErrorKind.NOT_JSON)
        ),
        *(errors.timed_out(limit, Timeouts(), "x") for limit in ("connect", "read", "total")),
        errors.insecure(None, "x"),
        errors.canceled(),
        errors.too_large(1 << 20),
        errors.odd_encoding("br"),
        errors.bad_proxy("x"),
        errors.redirected("It redirects."),
        LoginProblem("Others can access it.", fix=FIX),
        *(
            IdentityRefused(code, "x", refreshing=refreshing)
            for code in ("access_denied", "expired_token", "invalid_grant", "invalid_client", "other")
            for refreshing in (False, True)
        ),
    ]


def test_errors_of_all_kinds_name_only_what_works_where_they_are_shown() -> None:
    errors = refusals()
    seen: set[type[Remedy]] = set()
    for error in errors:
        assert error.remedies, error
        seen |= {type(remedy) for remedy in error.remedies}
        assert not KEY.search(explained(error)), explained(error)
        assert "\n" not in explained(error)
        for keys in (Keys(), Keys(retry="r"), Keys(sign_in="l"), ALL):
            screen = on_screen(error.remedies, keys)
            assert set(KEY.findall(screen)) <= set(keys), screen
            assert screen[:1].isupper()
        assert not KEY.search(str(error)), "an error's own sentence names a key"
    assert seen >= set(get_args(Remedy)) - {RunCommand}, "not every remedy is covered"
    assert UNREADABLE.remedies
    kinds = {error.kind for error in errors if isinstance(error, PlatformError)}
    # The other two come from decode.py and are covered by test_errors over HTTP.
    assert kinds == set(ErrorKind) - {ErrorKind.ODD_SHAPE, ErrorKind.TOO_DEEP}


def test_a_platform_error_survives_another_process() -> None:
    errors = [error for error in refusals() if isinstance(error, PlatformError)]
    for error in errors:
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.remedies, vars(copy)) == (str(error), error.remedies, vars(error))
