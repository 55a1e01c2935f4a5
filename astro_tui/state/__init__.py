"""What is stored on disk between runs: settings, known accounts, what was last seen, and specs.

`files` contains the only atomic write. Nothing here is needed to run: a file that is missing or damaged counts as
empty. Depends on `platform`, `document`, and `text`; knows no screen library.
"""

__all__ = ["account_cache", "files", "last_seen", "settings", "spec_store"]
