"""Print the deployed spec, or the spec of a revision.

examples:
  astro-tui show acme/claims-desk                      the spec as a tree (as JSON when the output is not a terminal)
  astro-tui show acme/claims-desk -o yaml              the spec as YAML
  astro-tui show acme/q7k-0ab-x4d --revision 11 > 11.json
  astro-tui show --demo "Claims Desk (EU)"             an agent on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. If a blueprint has several deployments, the platform
has the spec of only one; that spec is never printed for another deployment. The platform regenerates the specs of old
revisions; a note on standard error says so.
Values that look secret are masked. With --ascii, JSON and YAML use escapes, and the tree uses similar ASCII characters.

exit code: 0 success, 2 error. To open an account named show: astro-tui --account show
"""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.cli.agents import note_regenerated, specs_of
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, add_reveal, agent_parser, settings_of
from astro_tui.document.printing import FORMATS, printed, safe_for_terminal


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("show", __doc__)
    result.add_argument("--revision", metavar="N", type=int, default=None, help="print the spec of revision N")
    result.add_argument("-o", "--format", choices=FORMATS, default=None, help="tree on a terminal, json otherwise")
    result.add_argument("--json", action="store_const", const="json", dest="format", help="the same as -o json")
    add_reveal(result)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if there is nothing to print."""
    options = parser().parse_args(arguments)
    settings = settings_of(vars(options))

    with connected(settings) as connection:
        specs = specs_of(connection, options.agent)
        spec = specs.deployed() if options.revision is None else specs.revision(options.revision)
        note_regenerated(connection, spec)
    document = spec.document
    # The bytes that were sent can be as large as the document.
    del specs, spec
    output = Output(ascii_alone=settings.ascii)
    form = options.format or ("tree" if output.terminal else "json")
    pieces = printed(document, form, reveal=options.reveal, ascii_alone=settings.ascii)
    output.write(safe_for_terminal(piece) if output.terminal else piece for piece in pieces)
    return 0
