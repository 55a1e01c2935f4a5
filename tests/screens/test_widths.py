"""Nothing is cut where there is room for it."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import resized, running, until_text

pytestmark = pytest.mark.anyio


async def test_nothing_is_cut_where_there_is_room(make_app: AppFactory) -> None:
    async with running(make_app(), 200, 60) as pilot:
        await opened(pilot, CLAIMS)
        await until_text(pilot, "ingestion-nightly-policies CronJob", "integration-fraud-check Deployment")
        await until_text(pilot, "ingestion-inbound-mail, collector")
        await resized(pilot, 40, 30)
        await pilot.press("2")
        await until_text(pilot, "components")
        await until_text(pilot, "308 values")
        for width in (120, 200):
            await resized(pilot, width, 60)
            await pilot.press("a")
            await until_text(pilot, "Its data and history are kept.")
            await pilot.press("escape")
