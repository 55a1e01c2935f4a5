"""What opening agents requests about their account: each fact once, also if it was refused."""

from __future__ import annotations

import re

import pytest
from support.app import AppFactory
from support.driving import opened
from support.on_screen import running, settled, until_text

from astro_tui.demo import DemoServer

pytestmark = pytest.mark.anyio
ABOUT_ACCOUNT = re.compile(r"/(members|variables|billing/[^?]*|audit-log|quotas)([?].*)?$")
MOST = 4
AGENTS = {
    "owner": ("copper-lantern", ["k8m-igu-nxs", "n6k-qc8-1m0"]),
    "member": ("ferncliff-rail", ["ct7-1vj-jzj", "oij-n0v-xfa"]),
}


@pytest.mark.parametrize("role", AGENTS)
async def test_facts_of_an_account_are_read_once_for_all_its_agents(
    make_app: AppFactory, demo: DemoServer, role: str
) -> None:
    account, (first, second) = AGENTS[role]

    def asked() -> list[str]:
        return [found[1] for _, target in demo.requests if (found := ABOUT_ACCOUNT.search(target))]

    async with running(make_app(account=account), 120, 40) as pilot:
        await settled(pilot)
        before = asked()
        await opened(pilot, first)
        await pilot.press("2")
        await until_text(pilot, "deployed by")
        await settled(pilot)
        known = asked()
        assert len(known) - len(before) <= MOST
        assert sorted(set(known)) == sorted(known)
        await pilot.press("r")
        await settled(pilot)
        assert asked() == known
        await pilot.press("escape")
        await opened(pilot, second)
        await pilot.press("2")
        await settled(pilot)
        # Variables are read when an agent first refers to one.
        later = asked()[len(known) :]
        assert set(later) <= {"variables"} - set(known)
        assert len(later) <= 1
