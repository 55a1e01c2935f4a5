"""Values with secrets in them, which no output shows."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Private(Struct, frozen=True):
    """A value with fields that are never printed: `secret` has their names."""

    secret: ClassVar[tuple[str, ...]] = ()

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return the other fields. A traceback of Textual prints values in this way."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.secret]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
