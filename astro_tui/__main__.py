"""`python -m astro_tui` is `astro-tui`."""

from astro_tui.cli import main

main()
