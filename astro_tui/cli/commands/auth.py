"""`astro-tui auth`: sign in, sign out, and which login is used and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from astro_tui.cli.connection import settings_of
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_ascii
from astro_tui.errors import AstroError
from astro_tui.presentation.remedies import explained
from astro_tui.text.foreign import visible

if TYPE_CHECKING:
    from astro_tui.state.settings import Settings

DONE, TROUBLE = 0, 2
_EPILOG = """\
examples:
  astro-tui auth login                 sign in with any browser, here or on another device
  astro-tui auth login --open          and open the browser of this machine
  astro-tui auth status                which login is used, and why
  astro-tui auth status --json | jq .source
  astro-tui auth logout                remove astro-tui's own login

The first of these that there is counts: ASTRO_ACCESS_TOKEN, used as it is; astro-tui's own login, which renews itself;
the login of the platform's CLI (ast), which is only read. Nothing here changes the login of the CLI.

exit code: 0 done, or signed in; 1 not signed in (status); 2 trouble; 130 given up with ctrl+c.
An account that is called auth is opened with: astro-tui --account auth
"""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    missing = "say what to do: astro-tui auth login, astro-tui auth status or astro-tui auth logout"
    result = Parser("auth", "login|status|logout [options]", "Sign in and out.", _EPILOG, missing=missing)
    result.add_argument("what", choices=("login", "status", "logout"), help="what to do")
    result.add_argument("--open", action="store_true", default=False, help="login: open the browser of this machine")
    result.add_argument("--json", action="store_true", default=False, help="status: print an object")
    result.add_argument("--server", metavar="URL", help="address of the platform")
    result.add_argument("--allow-insecure", action="store_true", help="allow plain http to other machines")
    add_ascii(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; raises AstroError with what is wrong."""
    reader = parser()
    given = vars(reader.parse_args(arguments))
    for option, command in (("open", "login"), ("json", "status")):
        if given[option] and given["what"] != command:
            reader.error(f"--{option} is for astro-tui auth {command}")
    settings = settings_of(given)
    output = Output(ascii_alone=settings.ascii)
    if given["what"] == "login":
        from astro_tui.cli.commands.auth_login import login

        return login(settings, output, open_browser=given["open"])
    if given["what"] == "status":
        from astro_tui.cli.commands.auth_status import status

        return status(settings, output, as_json=given["json"])
    return _logout(settings, output)


def _logout(settings: Settings, output: Output) -> int:
    from astro_tui.auth.own_login import OwnLogin
    from astro_tui.cli.commands.auth_status import remaining_logins

    own = OwnLogin(settings.server)
    done = own.sign_out()
    messages = [*done.messages] or [f"Nothing to remove: astro-tui has no login of its own at {own.server}."]
    try:
        messages += remaining_logins(settings)
    except AstroError as error:
        messages.append(explained(error))
    output.lines(line for sentence in messages for line in output.wrapped(visible(sentence)))
    return TROUBLE if done.incomplete else DONE
