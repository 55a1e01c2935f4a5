"""What stands on the command line of the app itself; without any argument it is not needed, nor is argparse."""

from __future__ import annotations

from astro_tui import __version__
from astro_tui.config import THEMES, config_path
from astro_tui.parsing import LineParser

_EPILOG = """\
targets:
  astro-tui                   the agents of your account
  astro-tui ACCOUNT           the agents of another account
  astro-tui ACCOUNT/AGENT     one agent's deployment, by blueprint name, display name or deployment id
  astro-tui --demo            the same on an embedded demo platform; needs no login and no network

commands (each has a --help; an account of such a name: --account NAME):
  astro-tui auth login        sign in with a browser; also: auth status, auth logout
  astro-tui view FILE         any JSON or YAML file in the same tree (- is standard input)
  astro-tui list [ACCOUNT]    print the agents, problems first
  astro-tui show ACCOUNT/AGENT          print the spec that is deployed, or that of a revision
  astro-tui diff ACCOUNT/AGENT [N] [M]  print what changed between revisions, two agents or two files
  astro-tui catalog [QUERY]   browse what everybody publishes; needs no login
  astro-tui doctor            look for what is wrong here: settings, login, server, clock, terminal

environment:
  ASTRO_ACCESS_TOKEN          the token to work with; used as it is, never renewed, never stored, never shown
  ASTRO_SERVER_URL            the platform's address
  ASTRO_ACCOUNT               the account to open
  ASTRO_IDENTITY_URL          where one signs in
  ASTRO_CLIENT_ID             what this program is called there
  NO_COLOR                    set to anything: no colours

Flags beat the environment, the environment beats {config}.
"""


def parser() -> LineParser:
    """Return the parser of the command line."""
    result = LineParser(
        "astro-tui",
        None,
        "The terminal dashboard for Astropods: what is running, what changed, why is it broken.",
        _EPILOG.format(config=config_path()),
    )
    result.add_argument("target", nargs="?", metavar="ACCOUNT[/AGENT]", help="what to open")
    result.add_argument("--demo", action="store_true", help="open the embedded demo platform")
    result.add_argument("--server", metavar="URL", help="address of the platform")
    result.add_argument("--account", metavar="NAME", help="account to open")
    result.add_argument(
        "--refresh", metavar="SECONDS", type=float, help="seconds between two looks at a settled list (60)"
    )
    result.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")
    result.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    result.add_argument(
        "--allow-insecure",
        action="store_true",
        help="allow plain http to other machines (sends the token readably)",
    )
    result.add_argument("--version", action="version", version=f"astro-tui {__version__}")
    return result
