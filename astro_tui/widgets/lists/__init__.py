"""Virtual lists: `rows` is the base of every list, `table` of every table, and the others are tables.

Only the rows on screen are drawn. Depends on `theme`, `presentation`, `platform`, `state`, and `text`.
"""

__all__ = [
    "account_table",
    "agent_table",
    "blueprint_tables",
    "choice_table",
    "folding_table",
    "history_table",
    "node_tables",
    "rows",
    "scroller",
    "selecting",
    "table",
    "wrapping",
]
