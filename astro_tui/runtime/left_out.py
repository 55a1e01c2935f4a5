"""Keeps Textual from importing what this program does not use, which saves 15% of the time to the first frame."""

from __future__ import annotations

import sys
from types import ModuleType


def leave_out_command_palette() -> None:
    """Keep Textual from importing its command palette, which this app turns off, and the widgets that it is made of.

    They take a tenth of the time to the first frame. Textual imports the module for these names and uses none of
    them while the palette is off.
    """
    palette = ModuleType("textual.command")
    for name in ("CommandListItem", "CommandPalette", "DiscoveryHit", "Hit", "Hits", "Provider", "SimpleProvider"):
        setattr(palette, name, type(name, (), {}))
    sys.modules.setdefault("textual.command", palette)


def import_asyncio_without_tls() -> None:
    """Import asyncio as on a Python without TLS, which saves a twentieth of the time to the first frame.

    The event loop draws and reads keys, and never connects to anything. Requests have TLS: they are sent by threads,
    which import `ssl` with the HTTP library. Call this while no other thread imports anything.
    """
    if "ssl" in sys.modules or "asyncio" in sys.modules:
        return
    # This is how Python marks a module as not installed. asyncio handles that.
    sys.modules["ssl"] = None  # type: ignore[assignment]
    try:
        import asyncio  # noqa: F401  loaded without TLS
    finally:
        del sys.modules["ssl"]
