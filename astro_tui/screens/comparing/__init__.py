"""Comparing specs of revisions and agents: the menu that says with what, and the choice of another agent."""
