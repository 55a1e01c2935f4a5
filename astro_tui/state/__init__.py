"""What is stored on disk between runs: settings, known accounts, how the user left them, and what was last seen.

`files` contains the only atomic write. Nothing here is needed to run: a file that is missing or damaged counts as
empty. Depends on `platform`, `document`, and `text`; knows no screen library.
"""
