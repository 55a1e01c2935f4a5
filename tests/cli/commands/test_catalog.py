"""The `catalog` command."""

from __future__ import annotations

import json

from support.in_shell import Shell

from astro_tui.demo import Fault
from astro_tui.text.redaction import MASK


def test_the_account_and_the_name_are_masked(shell: Shell) -> None:
    token = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    blueprint = {"account": token, "name": token, "versions": []}
    body = json.dumps({"agents": [blueprint], "count": 1, "has_more": False})
    shell.demo.faults.set(r"^/agents\?", Fault.response(200, body))
    for arguments in ((), ("--json",)):
        done = shell("catalog", *arguments)
        assert MASK in done.out, done.err
        assert token not in done.out
