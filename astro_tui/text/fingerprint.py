"""Identifies a secret without revealing it."""

from __future__ import annotations


def fingerprint(token: str) -> str:
    """Return the fingerprint of a token (SHA-256)."""
    from hashlib import sha256

    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
