"""`python -m astro_tui` is `astro-tui`."""

from astro_tui.cli.main import main

main()
