"""How often screens refresh what they show. Pure."""

from __future__ import annotations

MOVING_REFRESH = 3.0
"""Seconds between two requests while a deployment is starting or stopping, as in the web client (platform.md §5)."""
STUCK_AFTER = 600.0
"""Seconds without any change after which a deployment that is starting or stopping is read as rarely as any other."""
OBSERVED_REFRESH = 15.0
"""Seconds between two requests for workloads or events while they are shown."""
OBSERVED_MOVING_REFRESH = 5.0
"""The same while the deployment is starting or stopping."""
