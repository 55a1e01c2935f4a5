"""The building blocks of screens: `document`, `diff`, `logs`, and `text`, made of `lists` and `chrome` (bars, prompts).

Widgets receive records and texts, never a client, and send messages to the screen above them. Depends on `theme` and on
the pure packages below it. The modules beside the packages know none of them: `cells` measures and cuts texts,
`wrapped` wraps long ones.
"""

__all__ = ["REVEAL_SECONDS"]

REVEAL_SECONDS = 10.0
"""How long masked values are shown after the user reveals them."""
