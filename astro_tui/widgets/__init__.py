"""What screens are made of. Widgets are handed models and texts, never a client."""
