"""What surrounds the content of a screen: its header, bars, prompt, notices, and key hints."""

__all__ = ["bar", "evidence", "head", "notice", "prompt", "too_small", "why_strip"]
