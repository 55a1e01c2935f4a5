"""Print the builds of a blueprint, or the log of one.

examples:
  astro-tui builds acme/claims-desk                        the builds, newest first
  astro-tui builds acme/claims-desk --log b7d20c44         the log of one
  astro-tui builds acme/claims-desk --log b7d20c44 --follow    print what it writes until it is over
  astro-tui builds acme/claims-desk --json | jq -r '.[] | select(.status == "failed") | .error'
  astro-tui builds --demo meridian-labs/claims-desk        on the embedded demo platform

A build that failed leaves the running agent as it is. Only those who may edit a blueprint see all of its builds; others
see those from GitHub, or the published ones. The platform keeps the last 500 lines of each container, and of a build
that is over at most 512 KiB, without the end. A build that was pushed has no log. Secrets are masked.

exit code: 0 success; 1 with --log: the build failed; 2 error.
To open an account named builds: astro-tui --account builds
"""

from __future__ import annotations

from collections.abc import Sequence
from time import sleep

from astro_tui.cli.agents import account_of
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import Output, json_rows, note, table_of
from astro_tui.cli.parsing import Parser, add_connection, settings_of
from astro_tui.errors import ConfigError, ErrorKind, PlatformError
from astro_tui.platform.rounds import BUILD_REFRESH, LONGEST_FOLLOWED, Rounds
from astro_tui.presentation.builds import COLUMNS, NO_LOG, RUNNING, BuildLogText
from astro_tui.runtime import system_clock
from astro_tui.session.builds import read_builds, read_log
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import redact_text

_WIDEST = 2_000


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    missing = "name a blueprint: astro-tui builds ACCOUNT/BLUEPRINT"
    result = Parser("builds", "[options] ACCOUNT/BLUEPRINT", __doc__, missing=missing)
    about = "the blueprint; BLUEPRINT is enough if an account is set"
    result.add_argument("blueprint", metavar="ACCOUNT/BLUEPRINT", help=about)
    result.add_argument("--log", metavar="BUILD", default="", help="print the log of this build")
    result.flag("--follow", help="with --log: until the build is over")
    result.flag("--json", help="print a JSON list with an object per build")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError."""
    options = parser().parse_args([*arguments])
    if options.follow and not options.log:
        raise ConfigError("--follow needs --log BUILD")
    if options.json and options.log:
        raise ConfigError("--json and --log exclude each other")
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    account, _slash, name = options.blueprint.rpartition("/")
    if not name:
        raise ConfigError("name a blueprint: astro-tui builds ACCOUNT/BLUEPRINT")
    with connected(settings) as connection:
        account = account or account_of(connection)
        if options.log:
            return _log(connection, output, account, name, options.log, follow=options.follow)
        builds = read_builds(connection.platform, account, name, connection.call())
    if options.json:
        output.json(json_rows(row.as_json() for row in builds.rows))
    elif builds.rows:
        output.lines(table_of(COLUMNS, builds.rows, system_clock()))
    else:
        note("This blueprint has no builds.", ascii_alone=output.ascii)
    if builds.note:
        note(builds.note, ascii_alone=output.ascii)
    return 0


def _log(connection: CliConnection, output: Output, account: str, name: str, build: str, *, follow: bool) -> int:
    """Print the log of a build, and what it writes until it is over."""
    seen, phase = BuildLogText(), ""

    def read() -> str:
        lines, phase = read_log(connection.platform, (account, name), build, seen, connection.call())
        output.lines([visible(redact_text(line), _WIDEST) for line in lines])
        return phase

    def failed(error: PlatformError) -> None:
        if error.kind is ErrorKind.NOT_FOUND or not error.facts.temporary:
            raise error
        connection.note(f"{error} Trying again.")

    try:
        for phase in Rounds(BUILD_REFRESH, sleep, first=BUILD_REFRESH, longest=LONGEST_FOLLOWED).each(read, failed):
            if not follow or phase not in RUNNING:
                break
    except PlatformError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        rows = read_builds(connection.platform, account, name, connection.call()).rows
        row = next((row for row in rows if row.build == build), None)
        note(NO_LOG if row is not None else f"{error.clause}.", ascii_alone=output.ascii)
        return 2
    if not seen.seen:
        waits = "The build has not written anything yet." if phase in RUNNING else "The build left no log."
        note(waits, ascii_alone=output.ascii)
    return int(phase == "failed")
