"""Sign in and out.

examples:
  astro-tui auth login                 sign in with any browser, here or on another device
  astro-tui auth login --open          also open the browser on this machine
  astro-tui auth status                print which login is used, and why
  astro-tui auth status --json | jq .source
  astro-tui auth logout                remove astro-tui's own login

astro-tui uses the first of these that exists: ASTRO_ACCESS_TOKEN, which is never renewed; its own login, which is
renewed automatically; or the login of the platform's CLI (ast), which it never changes.

exit code: 0 success, or signed in; 1 not signed in (status); 2 error; 130 canceled with ctrl+c.
To open an account named auth: astro-tui --account auth
"""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.auth.own_login import OwnLogin
from astro_tui.cli.commands.auth_login import login
from astro_tui.cli.commands.auth_status import remaining_logins, status
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_ascii, add_server, settings_of
from astro_tui.errors import AstroError
from astro_tui.presentation.remedies import explained
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible

DONE, TROUBLE = 0, 2


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    missing = "missing command: astro-tui auth login, astro-tui auth status, or astro-tui auth logout"
    result = Parser("auth", "login|status|logout [options]", __doc__, missing=missing)
    result.add_argument("what", choices=("login", "status", "logout"), help="what to do")
    result.flag("--open", help="login: open the browser on this machine")
    result.flag("--json", help="status: print a JSON object")
    add_server(result)
    add_ascii(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    for option, command in (("open", "login"), ("json", "status")):
        if options[option] and options["what"] != command:
            reader.error(f"--{option} only works with astro-tui auth {command}")
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    if options["what"] == "login":
        return login(settings, output, open_browser=options["open"])
    if options["what"] == "status":
        return status(settings, output, as_json=options["json"])
    return _logout(settings, output)


def _logout(settings: Settings, output: Output) -> int:
    own = OwnLogin(settings.server)
    done = own.sign_out()
    messages = [*done.messages] or [f"Nothing to remove: astro-tui has no login of its own for {own.server}."]
    try:
        messages += remaining_logins(settings)
    except AstroError as error:
        messages.append(explained(error))
    output.lines(line for sentence in messages for line in output.wrapped(visible(sentence)))
    return TROUBLE if done.incomplete else DONE
