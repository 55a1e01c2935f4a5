"""What changed between two documents. Offers one screen; other screens must not import it."""
