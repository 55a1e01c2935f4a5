"""A log on screen: its lines, how one is drawn, and the repeats among them.

Depends on `widgets.lists`, `theme`, and `logs`.
"""
