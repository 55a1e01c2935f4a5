"""The Python process itself: its garbage collector, memory, threads, and SSH. Depends only on the standard library."""

__all__ = ["cancel", "elapsed", "garbage", "left_out", "memory", "once", "ssh"]
