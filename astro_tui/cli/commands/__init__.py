"""The subcommands of `astro-tui`, one module each, imported only when its command runs."""
