"""Panes of text: the record, labeled facts, Markdown, and a QR code.

Depends on `widgets.chrome`, `widgets.lists`, `theme`, `presentation`, and `markdown`.
"""

__all__ = ["facts_pane", "markdown_view", "qr_code", "record_pane"]
