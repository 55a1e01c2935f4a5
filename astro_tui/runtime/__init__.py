"""The Python process itself: its garbage collector and its memory. Depends only on the standard library."""

__all__ = ["memory"]
