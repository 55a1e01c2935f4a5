"""What the user can do to a deployment: preview, confirm, send once, follow, and record.

`kinds` has the actions, and `allowed` says which of them work now. `preview` shows one before it happens, `arming`
turns a confirmed preview into a permit, and `run` sends it. `follow` watches what becomes of it, and `journal` keeps a
record of it on disk. Knows no screen library.
"""

__all__ = ["allowed", "arming", "context", "follow", "journal", "kinds", "preview", "resolving", "run", "target"]
