"""Print what changed between two revisions, two agents, or two files.

examples:
  astro-tui diff acme/claims-desk              from the previous revision to the deployed spec
  astro-tui diff acme/claims-desk 9            from revision 9 to the deployed spec
  astro-tui diff acme/claims-desk 9 11         from revision 9 to revision 11
  astro-tui diff acme/claims-desk beta/claims-desk      two agents
  astro-tui diff old.json new.yaml             two files, JSON or YAML; - is standard input
  astro-tui diff ./deployed.json acme/claims-desk       a file and an agent
  astro-tui diff --json old.json new.json      an RFC 6902 patch that turns the old file into the new one

A and B are files if they start with ./ ../ or /, if they are -, if they end in .json .yaml .yml .jsonl .ndjson, or if a
file with that name exists. Otherwise they are agents: a deployment id, a display name, or a blueprint name. Whole
numbers after an agent are revisions.

The comparison is by structure: key order and layout do not matter, list items are matched by name, id, or key, and
numbers are compared exactly. Marks: ~ changed, + added, - removed, > moved. The platform regenerates the specs of old
revisions, with the variables, resources, storage, and access of the newest: changes of those are not found. The header
and a note on standard error say so; with --json, "not_compared" in the first operation does. Values that look secret
are masked, in patches too, unless --reveal is given.

exit code: 0 no differences, 1 different, 2 error. To open an account named diff: astro-tui --account diff
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from astro_tui.cli.agents import Spec, note_regenerated, specs_of
from astro_tui.cli.connection import connected
from astro_tui.cli.documents import STDIN, open_document, print_damage, read_document, shown_name
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, add_reveal, settings_of
from astro_tui.difference import Difference, as_json_patch, compare, text_lines
from astro_tui.errors import ConfigError
from astro_tui.presentation.revisions import OF_NEWEST
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import masked_line
from astro_tui.text.styled import Line
from astro_tui.text.times import joined

SAME, DIFFERENT = 0, 1
_SUFFIXES = (".json", ".yaml", ".yml", ".jsonl", ".ndjson")
_USAGE = "[options] ACCOUNT/AGENT [N] [M]  |  astro-tui diff [options] A B"


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("diff", _USAGE, __doc__)
    result.add_argument(
        "what", nargs="*", metavar="A", help="an agent with up to two revisions, or two agents or files"
    )
    result.flag("--json", help="print an RFC 6902 patch")
    add_reveal(result)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return SAME or DIFFERENT. Raises AstroError."""
    options = parser().parse_intermixed_args(arguments)
    settings = settings_of(vars(options))
    old, new = _sides(vars(options).get("what", []), settings)

    difference = compare(old.document, new.document)
    hidden = OF_NEWEST if old.outdated or new.outdated else ()
    output = Output(ascii_alone=settings.ascii)
    if options.json:
        output.json(as_json_patch(difference, reveal=options.reveal, not_compared=hidden))
    else:
        output.lines(_text(old, new, difference, output, reveal=options.reveal, hidden=hidden))
    return DIFFERENT if difference else SAME


def _text(
    old: Spec, new: Spec, difference: Difference, output: Output, *, reveal: bool, hidden: Sequence[str]
) -> Iterator[Line]:
    """Yield the lines to print: none if there are no differences, like diff."""
    if not difference:
        return
    yield f"--- {old.title}"
    yield f"+++ {new.title}"
    if hidden:
        yield f"not compared: {joined(list(hidden))}"
    yield from text_lines(difference, color=output.color, width=output.width, reveal=reveal)
    yield difference.summary


# ---- what is compared


def is_file(name: str) -> bool:
    """Return whether an argument is a file, not an agent."""
    if name == STDIN or name.startswith(("./", "../", "/")) or name.lower().endswith(_SUFFIXES):
        return True
    try:
        return Path(name).exists() and not Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _sides(what: Sequence[str], settings: Settings) -> tuple[Spec, Spec]:
    if not what:
        raise ConfigError("nothing to compare: astro-tui diff ACCOUNT/AGENT [N] [M], or astro-tui diff A B")
    first, rest = what[0], what[1:]
    if is_file(first):
        if len(rest) != 1:
            raise ConfigError(f"{shown_name(first)} is a file; compare it with a file or an agent: astro-tui diff A B")
        return _two(first, rest[0], settings)
    if len(rest) == 1 and not _is_number(rest[0]):
        return _two(first, rest[0], settings)
    wrong = [name for name in rest if not _is_number(name)]
    if wrong or len(rest) > 2:
        words = masked_line(" ".join(wrong or rest), 100)
        raise ConfigError(f"expected up to two revisions after the agent, got {words}")
    return _revisions(first, [int(number) for number in rest], settings)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _two(old: str, new: str, settings: Settings) -> tuple[Spec, Spec]:
    """Return two files or agents."""
    if old == STDIN and new == STDIN:
        raise ConfigError("only one side can be standard input")
    with ExitStack() as stack:
        # Files first: errors in them are reported without a request.
        sides = {name: _file(name, settings) for name in (old, new) if is_file(name)}
        if len(sides) < len({old, new}):
            connection = stack.enter_context(connected(settings))
            for name in (old, new):
                if name not in sides:
                    spec = specs_of(connection, name).deployed()
                    note_regenerated(connection, spec)
                    sides[name] = spec
    return sides[old], sides[new]


def _file(name: str, settings: Settings) -> Spec:
    reading = read_document(name, open_document(name))
    print_damage(name, reading, ascii_alone=settings.ascii)
    return Spec(shown_name(name), reading.document)


def _revisions(target: str, numbers: Sequence[int], settings: Settings) -> tuple[Spec, Spec]:
    with connected(settings) as connection:
        return specs_of(connection, target, seen=True).pair(*numbers)
