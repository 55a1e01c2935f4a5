"""A log on screen: its lines, how one is drawn, and the repeats among them.

Depends on `widgets.lists`, `theme`, and `logs`.
"""

__all__ = ["line_drawing", "log_view", "template_table"]
