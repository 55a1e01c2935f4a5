"""What a shell can complete at a position in the command line, from the table of options and the names on disk.

Imports as little as possible, because the shell waits.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TABLE = "completions.txt"
"""Written by `make docs`, because making all parsers takes too long.

Each line has a command (`-` is none), an option (`.` is an argument), its value (`-` is none), and what it does.
"""
FILES = ":files"
"""In place of words, this makes the shell complete file names."""


class CompletionOption:
    """An option or an argument (`name` is `.`) of a command. `value` is `-`, choices split by `|`, or a placeholder."""

    def __init__(self, name: str, value: str, meaning: str) -> None:
        self.name, self.value, self.meaning = name, value, meaning


class CommandLine:
    """The words of a command line up to the cursor, without the name of the program. The last one is completed."""

    def __init__(self, words: Sequence[str]) -> None:
        self.options: dict[str, list[CompletionOption]] = {}
        self.commands: dict[str, str] = {"help": "print help for a command", "version": "print the version"}
        path = __file__.removesuffix("completing.py") + TABLE
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  importing pathlib takes longer than all of this
            rows = file.read().splitlines()
        for row in rows:
            command, name, value, meaning = row.split("  ", 3)
            if name == "-":
                self.commands[command] = meaning
            else:
                self.options.setdefault(command, []).append(CompletionOption(name, value, meaning))
        *before, self.word = words or [""]
        self.command, self.server, self.account = "-", "", ""
        self.arguments: list[str] = []
        self.waiting: CompletionOption | None = None
        """The option whose value is completed."""
        for word in before:
            self._take(word)
        if self.word == "=" or (self.word.startswith("--") and "=" in self.word):
            self._take(self.word)

    def _take(self, word: str) -> None:
        name, equals, value = word.partition("=")
        if self.waiting is not None and word != "=":
            self._set(self.waiting, word)
            self.waiting = None
        elif name.startswith("-") and name != "-":
            option = next((one for one in self.options.get(self.command, ()) if one.name == name), None)
            self.waiting = option if option and option.value != "-" else None
            if equals and self.waiting is not None and word != self.word:
                self._set(self.waiting, value)
                self.waiting = None
        elif word != "=":
            if self.command == "-" and not self.arguments and word in self.commands:
                self.command = word
            else:
                self.arguments.append(word)

    def _set(self, option: CompletionOption, value: str) -> None:
        if option.name == "--server":
            self.server = value
        elif option.name == "--account":
            self.account = value

    # ---- candidates

    def candidates(self) -> Iterator[tuple[str, str]]:
        """Yield what the word can become, and what that means."""
        if self.waiting is not None:
            glued = self.word.partition("=")[0] + "=" if self.word.startswith("--") else ""
            typed = self.word.removeprefix(glued).removeprefix("=")
            yield from ((glued + word, meaning) for word, meaning in self._values(self.waiting, typed))
        elif self.word.startswith("-"):
            yield from self._starting((one.name, one.meaning) for one in self.options.get(self.command, ()))
        elif self.command == "help":
            yield from self._starting(self.commands.items()) if not self.arguments else ()
        elif self.command == "-":
            if not self.arguments:
                yield from self._starting(self.commands.items())
                yield from self._names(self.word)
        else:
            taken = [one for one in self.options.get(self.command, ()) if one.name == "."]
            # The last argument may be repeated, as FILE is.
            if taken and (place := min(len(self.arguments), len(taken) - 1)) >= 0:
                yield from self._values(taken[place], self.word)

    def _starting(self, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        return ((word, meaning) for word, meaning in pairs if word.startswith(self.word))

    def _values(self, option: CompletionOption, typed: str) -> Iterator[tuple[str, str]]:
        """Yield the values of an option or argument."""
        if "|" in option.value:
            yield from ((word, "") for word in option.value.split("|") if word.startswith(typed))
        elif "FILE" in option.value:
            yield FILES, ""
        elif option.value == "ACCOUNT" or option.name == "--account":
            yield from ((name, "") for name in self._accounts() if name.startswith(typed))
        elif "AGENT" in option.value:
            yield from self._names(typed)

    def _names(self, typed: str) -> Iterator[tuple[str, str]]:
        """Yield accounts, or the agents of the account that was typed."""
        account, slash, _agent = typed.partition("/")
        if self.account:
            yield from ((name, "agent") for name in self._agents(self.account) if name.startswith(typed))
        elif slash:
            names = (f"{account}/{name}" for name in self._agents(account))
            yield from ((name, "agent") for name in names if name.startswith(typed))
        else:
            yield from ((f"{name}/", "account") for name in self._accounts() if name.startswith(typed))

    def _accounts(self) -> list[str]:
        from astro_tui.state.agent_names import account_names

        return account_names(self._server(), _folder())

    def _agents(self, account: str) -> list[str]:
        from astro_tui.state.agent_names import agent_names

        return agent_names(self._server(), _folder()).get(account, [])

    def _server(self) -> str:
        return self.server or os.environ.get("ASTRO_SERVER_URL", "").strip() or _server_of_file()


def _user_folder(variable: str, below_home: str) -> str:
    """Return the program's folder for state or configuration.

    It is the folder that platformdirs returns, but its import alone takes longer than everything else here.
    """
    if sys.platform == "linux":
        chosen, home = os.environ.get(variable, ""), os.environ.get("HOME", "")
        if chosen.startswith("/"):
            return f"{chosen}/astro-tui"
        if home.startswith("/"):
            return f"{home.rstrip('/')}/{below_home}/astro-tui"
    import platformdirs

    state = variable == "XDG_STATE_HOME"
    return platformdirs.user_state_dir("astro-tui") if state else platformdirs.user_config_dir("astro-tui")


def _folder() -> str:
    return _user_folder("XDG_STATE_HOME", ".local/state")


def _server_of_file() -> str:
    """Return the server in the configuration file, else the default one."""
    from astro_tui.state.plain_files import LARGEST_CONFIG, read_plain

    try:
        raw = read_plain(f"{_user_folder('XDG_CONFIG_HOME', '.config')}/config.toml", LARGEST_CONFIG)
    except OSError:
        raw = b""
    server = None
    if b"server" in raw:
        import tomllib

        with suppress(ValueError, RecursionError):
            server = tomllib.loads(raw.decode()).get("server")
    if isinstance(server, str):
        return server
    from astro_tui.platform import PRODUCTION

    return PRODUCTION
