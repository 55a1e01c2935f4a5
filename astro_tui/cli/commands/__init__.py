"""What the program does besides opening an account: one module a subcommand."""
