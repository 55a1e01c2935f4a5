"""One text or document of the corpus."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Item(NamedTuple):
    """A document or a line of text, and the secret in it; an ordinary one has none."""

    category: str
    content: dict[str, Any] | str
    secret: str = ""
    label: str = ""

    @property
    def place(self) -> str:
        """What it looks like without its secret."""
        text = self.content if isinstance(self.content, str) else json.dumps(self.content, ensure_ascii=False)
        for secret in (self.secret, json.dumps(self.secret, ensure_ascii=False)[1:-1]):
            text = text.replace(secret, "…") if secret else text
        return text
