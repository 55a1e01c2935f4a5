"""The screens: one package for each screen that sends its own requests, one module for each small screen.

A screen receives the session; it never creates a client. Depends on everything below `app`. Other packages import the
screens only when they open one.
"""
