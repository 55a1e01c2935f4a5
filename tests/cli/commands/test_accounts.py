"""The `accounts` command."""

from __future__ import annotations

import json

from support.in_shell import Shell


def test_the_accounts_of_the_login(shell: Shell) -> None:
    heading, first, *_others = shell("accounts").lines
    assert heading.split() == ["ACCOUNT", "NAME", "TYPE"]
    assert first.split() == ["meridian-labs", "Meridian", "Labs", "organization"]
    assert shell("accounts", "-o", "name").lines == [
        "meridian-labs",
        "harborline",
        "quiet-harbor",
        "ferncliff-rail",
        "copper-lantern",
        "drydock-nine",
    ]
    assert [each["account"] for each in json.loads(shell("accounts", "--json").out)][1] == "harborline"
