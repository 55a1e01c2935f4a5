"""The public list of blueprints. Offers one screen; other screens must not import it."""
