"""What screens and commands display, as pure values: entries, records, revisions, accounts, the catalog, and statuses.

Depends on `diagnosis`, `logs`, `difference`, `state`, `platform`, `document`, and `text`; knows no screen library.
Texts from the platform are masked and safe to print when they leave this package, except where a docstring says
otherwise.
"""
