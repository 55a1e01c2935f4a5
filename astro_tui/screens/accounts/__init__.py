"""The list of the user's accounts. Offers one screen; other screens must not import it."""

__all__ = ["screen"]
