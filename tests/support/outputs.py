"""Everything that the program shows, copies, saves, and finds of a document."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import cast

from rich.style import Style

from astro_tui.clipboard.offers import MaskedError, Offer, document_offers, document_saved
from astro_tui.document import (
    ALL,
    ROOT,
    Document,
    DocumentQuery,
    Masking,
    Outline,
    YamlPlaces,
    as_yaml,
    full_value,
    search,
)
from astro_tui.document.printing import FORMATS, printed
from astro_tui.theme.look import Look
from astro_tui.widgets.document.text_view import JsonLines, YamlLines
from astro_tui.widgets.document.value_pane import _drawn, describe


def every_output(raw: bytes, needle: str) -> str:
    document = Document.parse(raw)
    out: list[str] = []
    for depth in (1, 2, ALL):
        outline = Outline(document, depth)
        for row in range(outline.row_count):
            facts = outline.row(row)
            out += [str(facts.text), str(facts.name), str(outline.note(row)), outline.preview(row, 300)]
        out += [str(outline.snapshot()[:2])]
    # With everything unfolded, every node has a row; what is copied and searched does not depend on the folding.
    for row in range(outline.row_count):
        out += [outline.as_json(row).decode(), outline.as_yaml(row), outline.value(row)]
    out += [outline.as_json().decode(), outline.as_yaml()]
    hits = [node for batch in search(document, DocumentQuery.parse(needle), Masking(document)) for node in batch]
    assert not hits
    return "\n".join(out).replace("\n  ", "\n")


def every_text(raw: bytes) -> str:
    """What is drawn as text, shown in the value pane, offered to be copied or saved, and printed."""
    document, look = Document.parse(raw), Look()
    outline = Outline(document, ALL)
    nodes = [ROOT, *(outline.node(row) for row in range(outline.row_count))]
    out = ["\n".join(value_lines(document, node, look)) for node in nodes]
    for node in nodes[1:]:
        out += [f"{offer.sample}\n{made(offer)}" for offer in document_offers(outline, node)]
    out += [document_saved(outline, form)[0]().text for form in ("tree", "yaml")]
    for form in FORMATS:
        out += (piece.decode() for piece in printed(document, form, reveal=False))
    style = cast("Callable[[str], Style]", lambda _name: Style())
    places = YamlPlaces(document, as_yaml(document, Masking(document), ROOT))
    for lines in (JsonLines(outline, look, style), YamlLines(places, look, style)):
        out += ("".join(part.text for part in lines.draw(line, 900, None, 80)) for line in range(lines.count))
    return "\n".join(out).replace("\n  ", "\n")


def made(offer: Offer) -> str:
    try:
        return offer.make().text
    except MaskedError as error:
        return str(error)


def value_lines(document: Document, node: int, look: Look) -> list[str]:
    value = full_value(document, node)
    text = "".join(_drawn(value, deque(value.pieces), look.plain, str))
    return [describe(value), *text.split("\n")]
