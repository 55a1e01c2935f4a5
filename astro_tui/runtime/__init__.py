"""The Python process itself: its garbage collector, threads, and SSH. Depends only on the standard library."""
