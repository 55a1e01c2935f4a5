"""Panes of text: the record, labeled facts, Markdown, and a QR code.

Depends on `widgets.chrome`, `widgets.lists`, `theme`, `presentation`, and `markdown`.
"""
