"""`python -m astro_tui.demo`: run the demo platform until interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import textwrap
import threading
from pathlib import Path

from astro_tui.demo import DemoServer, volume
from astro_tui.demo.data import text
from astro_tui.demo.faults import NAMED
from astro_tui.demo.identity import DemoIdentity

_VOLUME = (
    ("", "rate", int, "RATE", "add it, logging RATE lines per second"),
    ("-total", "total", int, "N", "end after N lines (default: never)"),
    ("-lag", "lag", float, "SECONDS", "history's lag (default: 0)"),
    ("-resets", "reset_every", float, "SECONDS", "time between stream resets"),
    ("-chance", "reset_chance", float, "P", "chance of each reset (default: 1)"),
    ("-more", "more", int, "N", "add N more deployments with such a log"),
    ("-others", "others", int, "RATE", "their lines per second (0: as many)"),
    ("-reset-count", "reset_count", int, "N", "stop after N resets (0: never)"),
)
"""The ends of options, and the fields of a volume that they set."""


def _epilog() -> str:
    names = textwrap.fill(", ".join(NAMED), 118, initial_indent="  ", subsequent_indent="  ")
    return text("faults.txt").format(names=names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m astro_tui.demo",
        description="A demo platform on a loopback port.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free port)")
    parser.add_argument("--agents", type=int, default=0, metavar="N", help="add N generated deployments")
    accounts = "add N accounts with 50 agents each"
    parser.add_argument("--accounts", type=int, default=0, metavar="N", help=accounts)
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="wait before each response")
    parser.add_argument("--stories", type=Path, action="append", default=[], metavar="FOLDER", help="more stories")
    parser.add_argument("--frozen", action="store_true", help="do not change the demo data after startup")
    parser.add_argument("--identity", action="store_true", help="also run an identity provider, for auth login")
    parser.add_argument("--lifetime", type=float, default=300.0, metavar="SECONDS", help="of tokens (default: 300)")
    parser.add_argument("--reader", choices=["v3", "v4"], default="v3", help="how it reads its tracing product")
    parser.add_argument("--sidecar", default="", metavar="URL", help="forward all chats to a real sidecar")
    many = parser.add_argument_group("a large log", f"a deployment with a large log: {volume.ACCOUNT}/{volume.NAME}")
    for end, field, kind, metavar, words in _VOLUME:
        default = kind(field == "reset_chance")
        many.add_argument(f"--volume{end}", dest=field, type=kind, metavar=metavar, default=default, help=words)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted or terminated; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    identity = DemoIdentity(lifetime=options.lifetime, interval=2) if options.identity else None
    try:
        server = DemoServer(
            port=options.port,
            agents=options.agents,
            accounts=options.accounts,
            delay=options.delay,
            frozen=options.frozen,
            identity=identity,
            volume=volume.Volume(**{row[1]: getattr(options, row[1]) for row in _VOLUME}) if options.rate else None,
            stories=options.stories,
            reader=options.reader,
            sidecar=options.sidecar,
        )
    except ValueError as error:
        parser.error(str(error))
    try:
        server.start()
        if identity:
            identity.start()
    except OSError as error:
        sys.stderr.write(f"cannot listen on port {options.port}: {error.strerror}\n")
        return 2
    sys.stdout.write(f"{server.url} {server.token}\n")
    if identity:
        settings = (
            f"ASTRO_SERVER_URL={server.url} ASTRO_IDENTITY_URL={identity.url} ASTRO_CLIENT_ID={identity.client_id}"
        )
        sys.stdout.write(f"{settings} astro-tui auth login\n")
    sys.stdout.flush()
    # Without a timeout, a signal that arrives right before the wait would be noticed only with the next signal.
    while not over.wait(1):
        pass
    server.stop()
    if identity:
        identity.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
