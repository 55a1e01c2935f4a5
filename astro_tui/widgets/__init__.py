"""The building blocks of screens: `lists`, `document`, `diff`, `text`, and `chrome` (bars, prompts, notices).

Widgets receive records and texts, never a client, and send messages to the screen above them. Depends on `theme` and on
the pure packages below it.
"""

__all__ = ["chrome", "diff", "document", "lists", "text"]
