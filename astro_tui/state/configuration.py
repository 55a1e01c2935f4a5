"""The settings of a run with all problems and sources: for `config` and `doctor`, which report instead of refusing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from astro_tui.errors import ConfigError
from astro_tui.state import settings as config
from astro_tui.state.settings import Settings, SettingSource


class Gathered(Struct, frozen=True):
    """The settings of this run, valid or not.

    `problems` are the messages for invalid keys and settings, `unreadable` is why the file cannot be read. An invalid
    key of the file has no effect on `settings`.
    """

    settings: Settings
    sources: Mapping[str, SettingSource]
    file: Mapping[str, object]
    path: Path
    problems: Mapping[str, str]
    unreadable: str = ""

    @property
    def messages(self) -> list[str]:
        """What is wrong, one sentence per problem."""
        return [self.unreadable] if self.unreadable else list(self.problems.values())


def gather(flags: Mapping[str, object], environment: Mapping[str, str], path: Path | None = None) -> Gathered:
    """Return the settings, valid or not."""
    path = path or config.config_path()
    file: dict[str, object] = {}
    unreadable = ""
    try:
        file = config.read_table(path)
    except ConfigError as error:
        unreadable = str(error)
    problems = {key: problem for key, value in file.items() if (problem := config.key_problem(key, value, path))}
    valid = {key: value for key, value in file.items() if key not in problems}
    settings, sources = config.gathered(flags, environment, valid, path)
    problems |= dict(config.problems(settings, sources))
    return Gathered(settings, sources, file, path, problems, unreadable)
