"""Open the app in a browser, read-only.

examples:
  astro-tui serve                               print an address that opens the app in a browser
  astro-tui serve acme/claims-desk --port 9000  open an agent, on another port
  astro-tui serve --demo                        show the embedded demo platform
  astro-tui serve --socket /run/astro.sock --origin https://astro.example    behind a proxy

Who opens the address sees what your login sees, and can change nothing: with --write, actions can be armed as in a
terminal. Values cannot be revealed, and nothing is saved or opened on this machine. Each address lets one viewer in, at
most eight; when one is used, the next is printed. Each viewer has a program of its own.

It listens on this machine only. With --host, other machines can connect, and the traffic is not encrypted: put a proxy
with TLS in front, and name its address with --origin.

It needs an optional package: pip install "astro-tui[serve]"

exit code: 0 when you stop it with ctrl+c; 2 error. To open an account named serve: astro-tui --account serve
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from astro_tui.cli.output import note
from astro_tui.cli.parsing import Parser, add_server
from astro_tui.cli.streams import write_out
from astro_tui.errors import ConfigError
from astro_tui.runtime import SERVED
from astro_tui.text.styled import printable

PORT = 8427
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("serve", "[options] [ACCOUNT[/AGENT]]", __doc__)
    result.add_argument("target", metavar="ACCOUNT[/AGENT]", nargs="?", default="", help="what to open")
    result.add_argument("--port", metavar="N", type=int, default=PORT, help=f"TCP port ({PORT})")
    result.add_argument("--host", metavar="ADDRESS", default=_LOOPBACK[0], help="address to listen on (127.0.0.1)")
    result.add_argument("--socket", metavar="PATH", default="", help="listen on a Unix socket instead")
    result.add_argument("--origin", metavar="URL", default="", help="address of the proxy that viewers open")
    result.flag("--write", help="let viewers arm actions")
    result.flag("--demo", help="show the embedded demo platform")
    add_server(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Serve until the user stops it, and return 0. Raises ConfigError if that cannot begin."""
    options = parser().parse_args(arguments)
    origin = options.origin.rstrip("/")
    parts = urlsplit(origin)
    if origin and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path):
        raise ConfigError("--origin must be an address such as https://astro.example")
    if options.host not in _LOOPBACK and not origin:
        raise ConfigError("--host needs --origin: the address that viewers open, such as https://astro.example")
    try:
        from astro_tui.cli.serving.server import ViewerServer, listening, serve
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "textual_serve", "aiohttp_jinja2", "jinja2"):
            raise
        raise ConfigError('this command needs an optional package: pip install "astro-tui[serve]"') from None
    try:
        listener = listening(options.host, options.port, options.socket)
    except (OSError, OverflowError) as error:
        where = options.socket or f"{options.host}:{options.port}"
        raise ConfigError(f"cannot listen on {where}: {getattr(error, 'strerror', '') or error}") from None
    passed_on = [f"--{name.replace('_', '-')}" for name in ("demo", "allow_insecure") if getattr(options, name, False)]
    if "server" in options:
        passed_on.append(f"--server={options.server}")
    program = [sys.executable, "-m", "astro_tui", *passed_on, *filter(None, [options.target])]
    sees = "the demo shows" if options.demo else "your login sees"
    note(f"viewers see what {sees}, {'and can arm actions' if options.write else 'read-only'}; ctrl+c ends it")
    port = options.port if options.socket else listener.getsockname()[1]
    environment = {SERVED: "write" if options.write else "read-only"}
    serve(ViewerServer(program, environment, _say, host=options.host, port=port, origin=origin), listener)
    return 0


def _say(address: str) -> None:
    write_out([printable(address)])
