"""Sections with foldable rows that are reloaded: the pane, its loader, and the detail of a row."""
