"""Addresses on the command line: what they open, and what a wrong one suggests."""

from __future__ import annotations

import pytest

from astro_tui.cli.arguments import flags_of, opening
from astro_tui.cli.main import COMMANDS, _outcome
from astro_tui.errors import ConfigError
from astro_tui.session.addresses import AddressError
from astro_tui.state.settings import Settings

SERVER = "https://astropods.com"


def opened(*arguments: str) -> tuple[str, str, str]:
    """Return the account, the agent, and the address that the program would open."""
    flags, target = flags_of(arguments, COMMANDS)
    settings = opening(Settings(**{"server": SERVER, "account": "mine"} | flags), target, COMMANDS)
    return settings.account, settings.agent, settings.address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acme/x", ("acme", "x", "")),
        ("acme/x#logs", ("acme", "x", "acme/x#logs")),
        (f"{SERVER}/acme/agents/dep_01JX", ("acme", "dep_01JX", "acme/dep_01JX")),
        (f"{SERVER}/acme", ("acme", "", "")),
        (f"{SERVER}/acme/tea", ("mine", "", "blueprint:acme/tea")),
        ("accounts:", ("mine", "", "accounts:")),
        ("catalog:#tea", ("mine", "", "catalog:#tea")),
    ],
)
def test_what_an_address_opens(text: str, found: tuple[str, str, str]) -> None:
    assert opened(text) == found


@pytest.mark.parametrize(
    ("arguments", "account"),
    [(["acme beta"], "acme beta"), (["--all"], "*"), (["--account", "acme beta"], "acme beta"), (["*"], "*")],
)
def test_several_accounts_are_opened_together(arguments: list[str], account: str) -> None:
    assert opened(*arguments) == (account, "", "")
    with pytest.raises(ConfigError, match="--all"):
        opened("--all", "acme")


def test_an_address_of_another_account_than_the_flag() -> None:
    with pytest.raises(ConfigError, match="conflicting accounts"):
        opened("--account", "labs", "acme/x#logs")
    assert opened("--account", "acme", "acme/x#logs")[0] == "acme"


@pytest.mark.parametrize(
    ("text", "guess"),
    [("acme/x#lgos", "acme/x#logs"), ("catlog:acme", "catalog:acme"), (f"{SERVER}/acme/agents/x#diff", "")],
)
def test_a_wrong_address_ends_with_2_and_a_suggestion(
    text: str, guess: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if not guess:
        assert opened(text)[1] == "x"
        return
    with pytest.raises(AddressError) as caught:
        opened(text)
    assert caught.value.nearest == guess
    assert _outcome([text]) == 2
    said = capsys.readouterr()
    assert f"Did you mean {guess}?" in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


def test_a_link_to_another_server() -> None:
    with pytest.raises(AddressError, match="is not on"):
        opened("https://evil.example/acme/agents/x")
    assert opened("--server", "https://astropod.ai", "https://astropod.ai/acme/agents/x")[1] == "x"
