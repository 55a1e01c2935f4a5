"""What the Python process itself offers: memory that goes back to the system after large work.

Depends only on the standard library, so that every package above may use it.
"""

__all__ = ["memory"]
