"""What fills the terminal: one module per screen. Screens are handed a client; they own the state they show."""
