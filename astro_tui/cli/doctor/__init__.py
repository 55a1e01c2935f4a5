"""The checks of `astro-tui doctor`, one module for each group.

All groups run at the same time, and each has a time limit. Depends on everything below the screens.
"""
