"""Which accounts a list is about, and how their lists are read."""

from __future__ import annotations

from contextlib import closing
from functools import partial

import pytest
from support.demo_caller import calling

from astro_tui.demo import DemoServer
from astro_tui.demo.faults import Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.session.scope import ListTurns, accounts_in, read_lists


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


def test_many_accounts_are_read_again_when_something_changed_and_in_turn() -> None:
    with DemoServer(accounts=4) as demo, closing(Platform(demo.url, demo.token)) as platform:
        turns, names = ListTurns(), [f"team-{number:03}" for number in range(4)]
        read = partial(turns.read, platform, names, Call())
        assert set(read()) == set(names)
        # Without a change, one list is read in each round.
        assert sorted(name for _round in names for name in read()) == names
        rows = platform.deployments(names[2]).rows
        stopped = next(row for row in rows if row.status == "Running")
        with calling(demo) as caller:
            assert caller.raw(f"/deployments/{stopped.id}/stop", "POST")[0] == 202
        assert names[2] in read()
        # If states cannot be read, the lists still are, in turn.
        demo.faults.set("/deployments/summary", Fault.response(500))
        assert sorted(name for _round in names for name in read()) == names
