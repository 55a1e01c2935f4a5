"""How often screens refresh what they show. Pure."""

from __future__ import annotations

MOVING_REFRESH = 3.0
"""Seconds between two requests while a deployment is starting or stopping, as in the web client (platform.md §5)."""
