"""Sentences that commands print fit the terminal, whatever characters are in them."""

from __future__ import annotations

import pytest

from astro_tui.cli.commands.doctor import _line
from astro_tui.cli.doctor.check import CheckResult, CheckVerdict
from astro_tui.cli.output import Output
from astro_tui.text.foreign import cell_width

NAME = "シフト調整 デスク 受付窓口 " * 4
ADDRESS = "https://console.example.com/settings/api-keys/a-very-long-address"


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    monkeypatch.setattr(Output, "width", 60)
    return Output(ascii_alone=False)


def test_wide_characters_count_twice(output: Output) -> None:
    lines = output.wrapped(f"{NAME}was paused.", 4)
    assert max(map(cell_width, lines)) <= 56
    assert " ".join(lines).split() == f"{NAME}was paused.".split()


def test_an_address_stays_whole(output: Output) -> None:
    assert output.wrapped(f"Open {ADDRESS} now.", 4) == ["Open", ADDRESS, "now."]


def test_doctor_wraps_in_the_same_way(output: Output) -> None:
    check = CheckResult("logins", "login", CheckVerdict.NOTE, NAME.strip(), do=f"open {ADDRESS}")
    lines = list(_line(check, output))
    assert max(cell_width(line) for line in lines if ADDRESS not in line) <= 60
    assert sum(line.strip() == ADDRESS for line in lines) == 1
