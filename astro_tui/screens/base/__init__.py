"""What all screens share: the page with its header and hints, requests, refreshes, and the menus.

Every other package of `screens` may import this one; it imports none of them.
"""

__all__ = ["agent_choice", "comparison", "copy_actions", "letter_menu", "page", "save_prompt", "staleness"]
