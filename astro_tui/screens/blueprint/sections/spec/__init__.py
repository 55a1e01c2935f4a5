"""The spec of the build on screen."""
