"""Comparing specs of revisions and agents: what to compare with, and loading and comparing both sides in threads."""

__all__ = ["agent_choice", "compare_menu", "comparison"]
