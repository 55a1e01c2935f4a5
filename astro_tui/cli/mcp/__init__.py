"""The server of the Model Context Protocol: what it offers, reads, and answers."""
