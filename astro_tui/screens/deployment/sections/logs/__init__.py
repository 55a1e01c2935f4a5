"""The logs of a deployment."""

from astro_tui.screens.deployment.sections.logs.pane import LogsPane

__all__ = ["LogsPane"]
