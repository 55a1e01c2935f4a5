"""Keeps libraries from importing what this program does not use.

That saves 15% of the time to the first frame, and another 1% of the time to the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def not_installed(*names: str) -> Iterator[None]:
    """Let the imports in this block find that these modules are not installed, unless they are already loaded.

    Use it only around libraries that handle that, and while no other thread imports the modules.
    """
    marked = [name for name in names if name not in sys.modules]
    # This is how Python marks a module as not installed.
    sys.modules.update(dict.fromkeys(marked))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in marked:
            del sys.modules[name]


def import_asyncio_without_tls() -> None:
    """Import asyncio as on a Python without TLS, which saves a twentieth of the time to the first frame.

    The event loop draws and reads keys, and never connects to anything. Requests have TLS: they are sent by threads,
    which import `ssl` with the HTTP library. Call this while no other thread imports anything.
    """
    with not_installed("ssl"):
        import asyncio  # noqa: F401  loaded without TLS


def import_msgspec_alone() -> None:
    """Import msgspec without `typing_extensions`, which it does not need on the versions of Python in use.

    The process that sends the first request never needs it, so the rows come earlier. Textual loads it later.
    """
    with not_installed("typing_extensions"):
        import msgspec  # noqa: F401  loaded without typing_extensions
