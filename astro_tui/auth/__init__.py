"""Where the token comes from, how it stays valid, and how users sign in (platform.md §2).

Depends on `state`, `platform`, and `text`; knows no screen library. Tokens never leave this package except as
request headers.
"""
