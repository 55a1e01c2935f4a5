"""The list of deployments of one account. Offers one screen; other screens must not import it."""
