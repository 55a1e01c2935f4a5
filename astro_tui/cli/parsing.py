"""The argument parsers of the app and its commands, and the options that several commands share."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from astro_tui.cli.streams import write_out
from astro_tui.errors import ConfigError
from astro_tui.presentation.scope import scope_of
from astro_tui.state import settings as config
from astro_tui.state.settings import THEMES, Settings
from astro_tui.text.foreign import visible
from astro_tui.text.nearest import nearest
from astro_tui.text.redaction import masked_line
from astro_tui.text.styled import printable

_DURATION = re.compile(
    r"(?:(?P<d>\d{1,2})d)?(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,8})s?)?", re.ASCII | re.IGNORECASE
)
_LONGEST = 7 * 86_400
_QUOTE = "'"
_SETTINGS = ("server", "account", "demo", "allow_insecure", "ascii", "theme", "refresh")


def seconds_of(text: str) -> int:
    """Return the seconds of `90`, `90s`, `10m`, `1h30m`, or `2d`, for argparse. Raises ArgumentTypeError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not text.strip():
        raise argparse.ArgumentTypeError(f"not a time: {text!r}; write 90, 90s, 10m, or 1h30m")
    days, hours, minutes, seconds = (int(amount or 0) for amount in match.groups())
    total = 86_400 * days + 3600 * hours + 60 * minutes + seconds
    if not 0 < total <= _LONGEST:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most 7 days, not {text!r}")
    return total


def revision_of(text: str) -> int:
    """Return the number of a revision, for argparse. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise argparse.ArgumentTypeError(f"not a revision number: {text!r}")
    return int(text)


class LineParser(argparse.ArgumentParser):
    """Reports an error in one line; argparse alone would print the usage above it.

    `text` is the docstring of a module: what the program does, an empty line, and the text below the options.
    """

    def __init__(self, prog: str, usage: str | None, text: str | None) -> None:
        description, _, epilog = (text or "").partition("\n\n")
        super().__init__(
            prog=prog,
            usage=usage,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=epilog,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            add_help=False,
        )
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="print this help")

    def flag(self, *names: str, help: str) -> None:  # noqa: A002  as argparse calls it
        """Add an option without a value."""
        self.add_argument(*names, action="store_true", default=False, help=help)

    def error(self, message: str) -> NoReturn:
        """Raise the error as a ConfigError, with the option or the choice that the user may have meant."""
        words = masked_line(_in_words(message), 300)
        raise ConfigError(f"{words}{self._meant(message) or f'; see {self.prog} --help'}")

    def _meant(self, message: str) -> str:
        if unknown := re.search(r"unrecognized arguments:.*?--([^\s=]+)", message):
            options = {option.removeprefix("--") for option in self._option_string_actions if option[:2] == "--"}
            near = nearest(unknown[1], sorted(options))
            near = f"--{near}" if near else ""
        elif wrong := re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message):
            near = nearest(wrong[1], re.findall(r"[\w.-]+", wrong[2]))
        else:
            near = ""
        return f'. Did you mean "{near}"?' if near else ""

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse ignores write errors, and the exit code would be 0.
        write_out(printable(line) for line in message.splitlines())


def _in_words(message: str) -> str:
    """Return an error of argparse as a user would say it."""
    if match := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
        option = next((word for word in match[1].split() if word.startswith("-")), "")
        return f"no option named {option.partition('=')[0]}" if option else f"too many arguments: {match[1]}"
    if not (match := re.fullmatch(r"argument (\S+): (.*)", message, re.DOTALL)):
        return message
    name, problem = match[1].rpartition("/")[2], match[2]
    name = f"{name}: " if name.startswith("-") else ""
    if problem == "expected one argument":
        return f"{name.removesuffix(': ')} needs a value"
    if wrong := re.fullmatch(r"invalid choice: (.*) \(choose from (.*)\)", problem, re.DOTALL):
        return f"{name}{wrong[1]} is not one of {wrong[2].replace(_QUOTE, '')}"
    if wrong := re.fullmatch(r"invalid (?:float|int) value: (.*)", problem, re.DOTALL):
        return f"{name}not a number: {wrong[1]}"
    return f"{name}{problem}"


class Parser(LineParser):
    """The parser of one command. `missing` is the error message if its argument is left out.

    `others` has messages for arguments after the first, by their names.
    """

    def __init__(self, command: str, usage: str, text: str | None, *, missing: str = "", **others: str) -> None:
        self._missing, self._others = missing, others
        super().__init__(f"astro-tui {command}", f"astro-tui {command} {usage}", text)

    def error(self, message: str) -> NoReturn:
        """Raise the error as a ConfigError."""
        if self._missing and "required" in message:
            raise ConfigError(self._others.get(message.rpartition(": ")[2], self._missing))
        super().error(message)

    def has_option(self, text: str) -> bool:
        """Return whether an argument is one of the options, with or without a value."""
        return text.partition("=")[0] in self._option_string_actions


def add_agent(parser: LineParser) -> None:
    """Add the argument that names an agent."""
    parser.add_argument("agent", metavar="ACCOUNT/AGENT", help="the agent; AGENT is enough if an account is set")


def agent_parser(command: str, text: str | None, **others: str) -> Parser:
    """Return the parser of a command about one agent; `others` has the messages if another argument is left out."""
    usage = " ".join(["ACCOUNT/AGENT", *others])
    missing = f"name an agent: astro-tui {command} {usage}"
    result = Parser(command, f"[options] {usage}", text, missing=missing, **others)
    add_agent(result)
    return result


def add_accounts(parser: LineParser, others: str = "") -> None:
    """Add the argument and the option that name accounts; `take_accounts` makes them a setting."""
    default = f"{'the agent, or ' if others else ''}the accounts (default: the one active in ast, else your first)"
    parser.add_argument("of", nargs="*", default=(), metavar=f"ACCOUNT{others}", help=default)
    parser.flag("--all", help="all your accounts")


def take_accounts(options: dict[str, Any]) -> None:
    """Use the accounts named as arguments. Raises ConfigError if one is an agent, or if --account names others."""
    words = options["of"]
    for word in words:
        account, _, agent = visible(word, 100).partition("/")
        if account and agent:
            raise ConfigError(
                f"{account}/{agent} names an agent, not an account. "
                f"Run astro-tui show {account}/{agent}, or astro-tui list {account}."
            )
    named = str(scope_of(*words, everything=options["all"]))
    if not named:
        return
    option = options.get("account", named)
    if str(scope_of(option)) != named:
        raise ConfigError(f"conflicting accounts: {visible(named, 100)} and --account {visible(option, 100)}")
    options["account"] = named


def take_target(options: dict[str, Any]) -> str:
    """Return the agent if one is named; otherwise use the accounts, as `take_accounts` does. Raises ConfigError."""
    target = options["of"][0] if len(options["of"]) == 1 else ""
    account, slash, agent = target.partition("/")
    if slash and not account:
        raise ConfigError(f"expected ACCOUNT or ACCOUNT/AGENT, got {masked_line(target, 100)}")
    if (agent or (account and "account" in options)) and target.strip("/"):
        return target
    options["of"] = [account] if account else options["of"]
    take_accounts(options)
    return ""


def add_output(parser: LineParser, forms: Sequence[str], meaning: str) -> None:
    """Add the options for the form of the output; `output_form` returns the choice, the first one by default."""
    parser.add_argument("-o", "--output", choices=forms, help=meaning)
    parser.flag("--json", help="the same as -o json")


def output_form(parser: Parser, options: Mapping[str, Any], default: str = "table") -> str:
    """Return the form of the output. Raises ConfigError if --json contradicts -o."""
    form: str = options.get("output", "json" if options["json"] else default)
    if options["json"] and form != "json":
        parser.error(f"--json and -o {form} contradict each other")
    return form


def add_ascii(parser: LineParser) -> None:
    """Add the option for terminals without Unicode."""
    parser.add_argument(
        "--ascii", action="store_true", help="print only ASCII characters (the default if the locale is not UTF-8)"
    )


def add_reveal(parser: LineParser) -> None:
    """Add the option to print secrets."""
    parser.flag("--reveal", help="also print values that look like secrets")


def add_server(parser: LineParser) -> None:
    """Add the options that select the platform."""
    parser.add_argument("--server", metavar="URL", help="address of the platform")
    parser.add_argument(
        "--allow-insecure",
        action="store_true",
        help="allow plain http to other machines (sends the token unencrypted)",
    )


def add_theme(parser: LineParser) -> None:
    """Add the option that selects the theme."""
    parser.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")


def add_connection(parser: LineParser) -> None:
    """Add the options that select the platform and the account."""
    add_server(parser)
    parser.add_argument("--account", metavar="NAME", help="the account, if the argument does not name one")
    parser.add_argument("--demo", action="store_true", help="use the embedded demo platform")
    add_ascii(parser)


def settings_of(options: Mapping[str, Any]) -> Settings:
    """Return the settings of this run, and remove the token from the environment. Raises ConfigError."""
    settings = config.load({key: options[key] for key in _SETTINGS if key in options}, os.environ)
    config.remove_token(os.environ)
    return settings
