"""Copies and saves lines of a log, masked."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen

from astro_tui.clipboard.offers import SAMPLE, Offer, Piece, masked_offer, text_offer
from astro_tui.logs.rows import Row
from astro_tui.logs.store import LogStore
from astro_tui.screens.base.copy_actions import open_menu, save
from astro_tui.state.files import file_stem
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, stamp
from astro_tui.theme.look import Look


def line_text(row: Row) -> str:
    """Return a row as one line of text, masked."""
    if row.remark is not None:
        return f"-- {row.remark.text or counted(row.remark.lines, 'line')} --"
    return f"{_head(row)}{masked_line(row.message)}"


def _head(row: Row) -> str:
    return f"{stamp(row.ns) if row.ns else '-'} {row.word or '-'} {row.source.workload} "


def line_offers(row: Row, inner: str = "") -> list[Offer]:
    """Return what can be copied from a line; `inner` is the JSON under the cursor, masked, or empty."""
    sample = masked_line(row.message, SAMPLE)
    offers = [
        text_offer("j", "JSON", visible(inner)),
        Offer("l", "line", f"{_head(row)}{sample}", lambda: Piece(line_text(row))),
        masked_offer("m", "message", row.message),
        text_offer("t", "time", stamp(row.ns) if row.ns else ""),
        text_offer("w", "workload", row.source.workload),
    ]
    return [offer for offer in offers if offer.sample]


def open_line_menu(screen: Screen[Any], look: Look, row: Row, inner: str) -> None:
    """Choose what to copy from a line; `inner` is the JSON under the cursor, masked, or empty."""
    open_menu(screen, look, row.source.workload, line_offers(row, inner))


def save_lines(app: App[Any], look: Look, label: str, store: LogStore) -> None:
    """Ask for a file name, and save the lines that are shown."""

    def make() -> Piece:
        parts = ["\n".join(map(line_text, rows)) for rows in store.shown_rows() if rows]
        return Piece("".join(f"{part}\n" for part in parts))

    save(app, look, file_stem(label, "log"), ".log", make)
