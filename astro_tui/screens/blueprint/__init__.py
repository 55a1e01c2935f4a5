"""One blueprint with its readme and builds. Offers one screen; other screens must not import it."""
