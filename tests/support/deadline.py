"""How long tests wait for what must happen. Nothing depends on the number, only how long a failure takes."""

DEADLINE = 60.0
"""Seconds; far more than anything takes on a busy machine."""
