"""The commands about an account: `audit`, `variables`, and `accounts ACCOUNT`."""

from __future__ import annotations

import json

import pytest
from support.in_shell import Shell

CASES: list[tuple[tuple[str, ...], list[str], list[str]]] = [
    (("audit", "copper-lantern"), ["Priya Raman", "paused", "the platform", "platform staff"], []),
    (("audit", "copper-lantern", "--agent", "stock-counter", "--action", "paus"), ["Priya Raman"], ["deployed"]),
    (("audit", "copper-lantern", "--person", "priya"), ["renamed"], ["Sam Example"]),
    (("variables", "copper-lantern"), ["OPENAI_API_KEY", "secret", "2h"], ["catalog.lantern.example", "USED BY"]),
    (("variables", "copper-lantern", "--used-by"), ["Price Watch, Stock Counter"], []),
    (("variables", "quiet-harbor"), [], ["NAME"]),
    (("accounts", "copper-lantern"), ["$12.30 left", "3 of 4", "warning $60.00 reached"], []),
    (("accounts", "drydock-nine"), ["its credit is used up", "can add a card", "then starts the agents"], []),
    (("accounts", "ferncliff-rail"), ["only owners and admins may read this"], ["$"]),
    (("accounts", "quiet-harbor"), ["no billing on this server"], ["$"]),
]


@pytest.mark.parametrize(("arguments", "has", "lacks"), CASES)
def test_what_is_printed(shell: Shell, arguments: tuple[str, ...], has: list[str], lacks: list[str]) -> None:
    out = "\n".join(shell(*arguments).lines)
    assert [each for each in has if each not in out] == []
    assert [each for each in lacks if each in out] == []


def test_a_list_says_once_that_billing_has_stopped_the_account(shell: Shell) -> None:
    done = shell("list", "drydock-nine")
    assert done.err.count("its credit is used up") == 1
    assert "its credit is used up" not in done.out
    assert "billing" not in shell("list", "harborline").err.lower()


def test_why_says_once_that_billing_has_stopped_the_account(shell: Shell) -> None:
    out = shell("why", "drydock-nine").out
    assert out.startswith("drydock-nine: Billing has stopped the account: its credit is used up. An owner")
    assert out.count("Billing has stopped") == 1
    assert out.count("SUSPENDED") == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("drydock-nine/hull-survey", "Billing has stopped the account: its credit is used up."),
        ("copper-lantern/stock-counter", "Paused by Priya Raman."),
        ("copper-lantern/price-watch", "OPENAI_API_KEY was edited"),
    ],
)
def test_commands_say_the_same(shell: Shell, given: str, said: str) -> None:
    assert said in shell("why", given).out
    assert said.rstrip(".") in shell("report", given).out.replace("\\", "")


def test_the_timeline_names_who_did_it(shell: Shell) -> None:
    out = shell("events", "copper-lantern/gallery-guide").out
    assert "access granted" in out
    assert "by Sam Example" in out
    assert "by the platform" in out


def test_the_json_has_numbers_and_no_values(shell: Shell) -> None:
    rows = json.loads(shell("variables", "copper-lantern", "--json").out)
    assert [row["name"] for row in rows] == ["LAMP_CATALOG_URL", "OPENAI_API_KEY", "SHOP_TOKEN"]
    assert {"value"} & set().union(*rows) == set()
    [entry] = json.loads(shell("audit", "copper-lantern", "--agent", "stock-counter", "--action", "stop", "--json").out)
    assert (entry["who"], entry["action"]) == ("Priya Raman", "deployment.stop")
    money = json.loads(shell("accounts", "copper-lantern", "--json").out)
    assert (money["spend"]["credit_remaining"], money["spend"]["warning_reached"]) == (12.3, True)
    assert money["quotas"]["agent_deployments"] == {"usage": 3, "quota": 4}
    refused = json.loads(shell("accounts", "ferncliff-rail", "--json").out)
    assert (refused["billing"], refused["spend"]) == (None, None)
