"""A log on screen."""
