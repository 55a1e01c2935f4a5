"""A document of any size as a tree or as text, with search, folds, and a pane for long values.

Depends on `widgets.chrome`, `widgets.lists`, `theme`, `document`, and `difference`.
"""
