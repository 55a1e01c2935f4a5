"""One line of a log as a document for the tree."""

from __future__ import annotations

import json

from astro_tui.document import Document
from astro_tui.errors import DocumentError
from astro_tui.logs.rows import Row
from astro_tui.text.times import stamp


def document_of(row: Row) -> Document:
    """Return time, level, workload, and message; a message in JSON is part of the document."""
    head = {"timestamp": stamp(row.ns) if row.ns else "", "level": row.word, "workload": row.source.workload}
    if row.source.container:
        head["container"] = row.source.container
    whole = json.dumps(head)[:-1]
    message = row.message.strip()
    if message.startswith(("{", "[")):
        try:
            Document.parse(message.encode("utf-8", "replace"))
            return Document.parse(f'{whole}, "message": {message}}}'.encode("utf-8", "replace"))
        except DocumentError:
            pass
    return Document.parse(json.dumps({**head, "message": row.message}).encode())
