"""`python -m astro_tui` runs `astro-tui`."""

from astro_tui.cli.main import main

main()
