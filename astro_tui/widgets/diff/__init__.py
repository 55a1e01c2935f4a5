"""The rows of a difference as a list with a cursor, folds, and steps from change to change.

Lays out large differences in a thread. Depends on `widgets.lists`, `theme`, and `difference`.
"""

__all__ = ["view"]
