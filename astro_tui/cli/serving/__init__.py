"""The web server of `astro-tui serve`. Needs an optional package."""
