"""One deployment: its spec, record, and history. Other screens must not import it."""
