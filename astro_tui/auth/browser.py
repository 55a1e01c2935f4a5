"""Opens an address in the user's browser."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from shutil import which

from astro_tui.platform.servers import Origin
from astro_tui.runtime import over_ssh

LONGEST_ADDRESS = 2000
"""The most characters of an address that is displayed, opened, or drawn as a QR code."""


def safe_to_open(address: str) -> bool:
    """Return whether an address is safe to open in a browser: https, or http on this machine."""
    try:
        origin = Origin.of(address)
    except ValueError:
        return False
    return address.isascii() and len(address) < LONGEST_ADDRESS and (origin.scheme == "https" or origin.loopback)


def opener(environment: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Return the command that opens an address in a browser on this machine's desktop, or an empty list.

    Over SSH it is empty: the browser would open on the remote machine.
    """
    if over_ssh(environment):
        return []
    if platform == "darwin":
        return ["/usr/bin/open"]
    if platform == "win32":
        # The address is passed as one argument; no shell parses it.
        return ["rundll32", "url.dll,FileProtocolHandler"]
    if environment.get("WSL_DISTRO_NAME") and (program := which("wslview")):
        return [program]
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return []
    program = which("xdg-open")
    return [program] if program else []


def open_address(address: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Open an address in the browser without waiting. Returns whether the browser was started.

    Opens only addresses that are `safe_to_open`. The browser inherits none of our settings and outlives this process.
    """
    command = opener(environment)
    if not command or not safe_to_open(address):
        return False
    kept = {key: value for key, value in environment.items() if not key.startswith("ASTRO_")}
    try:
        process = subprocess.Popen(  # noqa: S603  the desktop's own opener, with an address that was checked
            [*command, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=kept,
        )
    except OSError:
        return False
    # Some openers are the browser itself and keep running.
    threading.Thread(target=process.wait, name="browser", daemon=True).start()
    return True
