"""The dialog that signs the user in. Offers one screen, which returns its result."""

__all__ = ["screen"]
