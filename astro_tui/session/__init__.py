"""What all screens share during one run: the platform client, the settings, the caches, and the first request.

Depends on everything below the screens. Screens receive a `Session` and never build one.
"""
