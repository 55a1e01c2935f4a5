"""Virtual lists: `rows` is the base of every list, `table` of every table, and each table has its own module.

Only the rows on screen are drawn. Depends on `theme`, `presentation`, `platform`, `state`, and `text`.
"""

__all__ = [
    "account_table",
    "agent_table",
    "build_table",
    "catalog_table",
    "choice_table",
    "event_table",
    "folding_table",
    "history_table",
    "rows",
    "scroller",
    "selecting",
    "table",
    "workload_table",
    "wrapping",
]
