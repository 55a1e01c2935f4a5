"""The Python process itself: its garbage collector, its memory, its threads. Depends only on the standard library."""

__all__ = ["memory", "once"]
