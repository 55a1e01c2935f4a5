"""The terminal dashboard for Astropods. Imports nothing, so that `--version` is instant."""

__version__ = "0.1.0"
