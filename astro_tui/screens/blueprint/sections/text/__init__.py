"""The readme or the agent card of the build on screen."""
