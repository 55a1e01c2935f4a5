"""What is known about the blueprint and the build on screen."""
