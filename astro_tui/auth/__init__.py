"""Who the user is: where the token comes from, how it stays valid, and how one signs in (platform.md §2)."""
