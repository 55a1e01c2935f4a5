"""Whether this session runs over SSH."""

from __future__ import annotations

from collections.abc import Mapping


def over_ssh(environment: Mapping[str, str]) -> bool:
    """Return whether this is an SSH session: the desktop and the clipboard of this machine are not the user's."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
