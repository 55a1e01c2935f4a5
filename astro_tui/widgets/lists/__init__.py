"""Virtual lists: `rows` is the base of every list, `table` of every table, and the others are tables.

Only the rows on screen are drawn. Depends on `theme`, `presentation`, `platform`, `state`, and `text`.
"""
