"""When slow work is canceled: what takes a function for this calls it often, and ends once it returns True."""


def never() -> bool:
    """Return False: never cancel."""
    return False
