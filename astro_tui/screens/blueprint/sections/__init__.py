"""The sections of the blueprint screen. `BLUEPRINT_SECTIONS` in `session/routes.py` lists them."""
