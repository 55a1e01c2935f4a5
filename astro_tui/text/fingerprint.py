"""Identifies a secret without revealing it."""

from __future__ import annotations

from hashlib import sha256


def fingerprint(token: str) -> str:
    """Return the fingerprint of a token (SHA-256)."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
