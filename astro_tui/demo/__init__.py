"""A platform in a box: an HTTP server that speaks the contract, for `--demo`, tests and pictures."""

from astro_tui.demo.faults import Fault, Faults
from astro_tui.demo.server import DEFAULT_ACCOUNT, TOKEN, DemoServer

__all__ = ["DEFAULT_ACCOUNT", "TOKEN", "DemoServer", "Fault", "Faults"]
