"""Which accounts a list is about, and how their lists are read."""

from __future__ import annotations

from contextlib import closing

import pytest

from astro_tui.demo import DemoServer
from astro_tui.demo.faults import Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.session.scope import accounts_in, read_lists


@pytest.mark.parametrize(
    ("words", "text", "several"),
    [
        ((), "", False),
        (("acme",), "acme", False),
        (("beta acme",), "acme+beta", True),
        (("acme+beta", "acme", "gamma,"), "acme+beta+gamma", True),
        (("*",), "*", True),
        (("acme", "*"), "*", True),
    ],
)
def test_words_name_a_scope_whose_text_names_it_again(words: tuple[str, ...], text: str, several: bool) -> None:
    scope = scope_of(*words)
    assert (str(scope), scope.several) == (text, several)
    assert scope_of(text) == scope


def test_each_account_has_its_list_or_the_reason_why_not(demo: DemoServer) -> None:
    demo.faults.set(r"^/deployments\?account=quiet-harbor", Fault.response(403, '{"error":"not a member"}'))
    with closing(Platform(demo.url, demo.token)) as platform:
        names = accounts_in(Scope(everything=True), platform, Call())
        lists = dict(read_lists(platform, names, Call()))
    assert set(lists) == set(names) >= {"meridian-labs", "harborline", "quiet-harbor"}
    refused = lists.pop("quiet-harbor")
    assert isinstance(refused, PlatformError)
    assert refused.kind is ErrorKind.FORBIDDEN
    for account, found in lists.items():
        assert not isinstance(found, PlatformError)
        assert {row.account_name for row in found.rows} <= {account}
