"""Starts the embedded demo platform and returns the settings that connect to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.state.settings import Settings

if TYPE_CHECKING:
    from astro_tui.demo import DemoServer


def start_demo(settings: Settings) -> tuple[DemoServer, Settings]:
    """Start the demo platform; the caller stops it. An account in the settings is kept."""
    from astro_tui.demo import DemoServer

    demo = DemoServer().start()
    account = settings.account or demo.default_account
    return demo, replace(settings, server=demo.url, token=demo.token, account=account, demo=True)
