"""Where the user went and what they ran most recently, for lists that show these first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from astro_tui.state.memory import MOST_RECENT


class Recent:
    """Names, most recently used first. `used` is called with all of them after each use."""

    def __init__(
        self, names: Iterable[str] = (), most: int = MOST_RECENT, *, used: Callable[[list[str]], None] | None = None
    ) -> None:
        self._most = most
        self._used: Callable[[list[str]], None] | None = None
        self._names: dict[str, None] = {}
        for name in reversed(list(names)):
            self.use(name)
        self._used = used

    @property
    def names(self) -> list[str]:
        """All names, most recently used first, as `Recent` takes them."""
        return list(reversed(self._names))

    def use(self, name: str) -> None:
        """Put a name first."""
        self._names.pop(name, None)
        self._names[name] = None
        if len(self._names) > self._most:
            del self._names[next(iter(self._names))]
        if self._used is not None:
            self._used(self.names)
