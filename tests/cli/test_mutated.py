"""Every command, on a platform that sends odd values in random places: no bug, and every agent is judged."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from support.app import NOW
from support.in_shell import Shell
from support.mutating import MutatingDemo

ROUNDS = int(os.environ.get("FUZZ", "1")) * 3
AGENTS = ("meridian-labs/evh-oq0-t8t", "meridian-labs/q7k-0ab-x4d", "meridian-labs/hbr-spz-8w9")
COMMANDS = ("list", "why", "report", "numbers", "traces", "traces --failed", "events", "show", "diff", "catalog")


@pytest.mark.parametrize(
    "command", [*COMMANDS[:3], *(pytest.param(command, marks=pytest.mark.nightly) for command in COMMANDS[3:])]
)
def test_odd_values_end_no_command(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, command: str
) -> None:
    for seed in range(ROUNDS):
        chance = random.Random(f"{command} {seed}")
        name, *options = command.split()
        with MutatingDemo(NOW, chance) as demo:
            agent = () if name in ("list", "catalog") else (chance.choice(AGENTS),)
            done = Shell(demo, monkeypatch, capsysbinary, tmp_path)(name, *agent, *options)
        assert "could not be judged" not in done.out + done.err, seed
