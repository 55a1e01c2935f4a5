"""A document of any size as a tree or as text, with search, folds, and a pane for long values.

Depends on `widgets.chrome`, `widgets.lists`, `theme`, `document`, and `difference`.
"""

__all__ = ["document_view", "spec_side", "spec_tree", "value_pane", "value_past"]
