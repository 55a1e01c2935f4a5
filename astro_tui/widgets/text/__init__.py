"""Panes of text: the record, labeled facts, Markdown, a QR code, and long texts wrapped to a width."""

__all__ = ["facts_pane", "markdown_view", "qr_code", "record_pane", "wrapped"]
