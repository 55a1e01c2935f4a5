"""The sections of the deployment screen, one folder each. `SECTIONS` in `session/routes.py` lists them."""
