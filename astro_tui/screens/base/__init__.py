"""What all screens share: the page with its header and hints, requests, refreshes, and the menus.

Every other package of `screens` may import this one; it imports none of them.
"""

__all__ = [
    "actions",
    "blueprint_offers",
    "closing",
    "comparing",
    "copy_actions",
    "fetcher",
    "key_lines",
    "letter_menu",
    "open",
    "page",
    "panes",
    "prompt_page",
    "public_page",
    "refreshing_page",
    "save_prompt",
    "search_box",
    "section_host",
    "sections",
    "signed_in",
    "staleness",
    "watch",
]
