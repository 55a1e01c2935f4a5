"""Search the keys, paths, and values in the specs of all agents.

examples:
  astro-tui find ollama                              keys and values with this text, as / does in a spec
  astro-tui find k:slack acme beta                   only keys (v: only values, re: a regular expression), two accounts
  astro-tui find '.agent.image ~ claims'             a text below a path
  astro-tui find '.variables.OPENAI_API_KEY' --all   the path exists, in all accounts of the login
  astro-tui find '.models.*.image ~ re:^ollama'      * stands for any key or position
  astro-tui find '.agent.resources.memory_limit < 1Gi'
  astro-tui find --differs .agent.image              which agents have which value: who runs the old image?
  astro-tui find old-images --json                   a search that is saved under [find] in the configuration

A path looks like those that y copies in a spec. ~ searches for a text, = and != compare with a value, and < <= > >=
compare numbers with or without a unit. Specs are masked first: a search cannot see inside a masked value, and with
--differs all masked values are one group. Without an active record, or after a rollback, the regenerated spec of the
current revision is searched. At most 8 requests are open at a time.

exit code: 0 found, 1 nothing found, 2 some agents could not be searched, or an error.
To open an account named find: astro-tui --account find
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from astro_tui.cli.agents import accounts_of
from astro_tui.cli.connection import connected
from astro_tui.cli.output import QUIET, Output, ProgressLine
from astro_tui.cli.parsing import (
    Parser,
    add_accounts,
    add_connection,
    add_output,
    output_form,
    settings_of,
    take_accounts,
)
from astro_tui.presentation.finding import DIFFERS, FoundNode, Search, as_json, place
from astro_tui.presentation.scope import scope_of
from astro_tui.session.finding import Finder, Searched
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, painted

FOUND, NOTHING, INCOMPLETE = 0, 1, 2
FORMS = ("table", "json", "yaml")
_EVERY = 10
"""With more agents, a line shows the progress."""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    missing = "say what to find: astro-tui find EXPRESSION [ACCOUNT …]"
    result = Parser("find", "[options] EXPRESSION [ACCOUNT …]", __doc__, missing=missing)
    what = "what to find: a text, a path with or without a condition, or the name of a saved search"
    result.add_argument("expression", metavar="EXPRESSION", help=what)
    add_accounts(result)
    result.flag("--differs", help="group the agents by the value at the path EXPRESSION")
    add_output(result, FORMS, "print lines, or the matches and the coverage as JSON or YAML")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the search is impossible."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    take_accounts(options)
    form, text = output_form(reader, options), options["expression"]
    settings = settings_of(options)
    search = Search.parse(f"{DIFFERS} {text}" if options["differs"] else text, settings.find)
    output, results = Output(ascii_alone=settings.ascii), list[FoundNode]()
    with connected(settings) as connection:
        finder = Finder(connection.agents, scope_of(*accounts_of(connection)), search)
        progress = ProgressLine(ascii_alone=output.ascii)
        for one in _in_order(finder.run(connection.call())):
            if one.found and form == "table":
                progress.clear()
                output.lines(_line(each, output) for each in one.found)
            elif not one.place % _EVERY:
                progress.draw(f"{finder.words} …")
            results += one.found if form != "table" else ()
        progress.clear()
        if search.differs:
            results = finder.groups
            if form == "table":
                output.lines(line for group in results for line in _group(group, output))
        for label, why in (*finder.coverage.unread.items(), *finder.coverage.unlisted.items()):
            connection.note(f"{label}: {why}")
        connection.note(finder.words)
    if form != "table":
        rows = {"found": [as_json(each) for each in results], "coverage": finder.coverage.as_json()}
        (output.json if form == "json" else output.yaml)(json.dumps(rows, ensure_ascii=False))
    return INCOMPLETE if not finder.coverage.complete else FOUND if results or finder.matches else NOTHING


def _in_order(searched: Iterable[Searched]) -> Iterator[Searched]:
    """Yield the agents in the order of the list, each as soon as those before it are searched."""
    early, place = dict[int, Searched](), 0
    for one in searched:
        early[one.place] = one
        while place in early:
            yield early.pop(place)
            place += 1


def _line(node: FoundNode, output: Output) -> Line:
    return (
        f"{visible(node.key[0], 100)}/{node.agent}  "
        + painted(place(node), QUIET, color=output.color)
        + f"  {node.value}"
    )


def _group(group: FoundNode, output: Output) -> Iterator[Line]:
    yield painted(f"{group.agents:,}", QUIET, color=output.color) + f"  {group.value}"
    for agent in group.below:
        yield f"      {agent.note}/{agent.label}" if agent.note else f"      {agent.label}"
