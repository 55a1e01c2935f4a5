"""The demo platform: an HTTP server that behaves as documented, and misbehaves on request.

Serves `--demo`, the tests, and the screenshots. Depends on no other package.
"""

from astro_tui.demo.faults import Fault, Faults
from astro_tui.demo.server import DEFAULT_ACCOUNT, TOKEN, DemoServer

__all__ = ["DEFAULT_ACCOUNT", "TOKEN", "DemoServer", "Fault", "Faults"]
