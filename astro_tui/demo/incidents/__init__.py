"""What goes wrong on the demo platform. Each incident tells one story: status, pods, events, logs, and specs."""

__all__ = ["ended", "incident", "not_ready"]
