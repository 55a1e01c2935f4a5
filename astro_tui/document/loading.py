"""Reads a file or standard input as one document: JSON, JSON lines, or YAML, detected from the content."""

from __future__ import annotations

import os
import stat
import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from astro_tui.document import Document, count_first_rows
from astro_tui.document.text import NOT_JSON, NOT_YAML, as_utf8, position_at
from astro_tui.errors import AstroError, ConfigError, DocumentError
from astro_tui.text.foreign import visible
from astro_tui.text.times import amount, counted

SIZE_LIMIT = 512 << 20
"""The most bytes read. They and their laid-out text stay in memory."""
YAML_LIMIT = 64 << 20
"""The most bytes of YAML read. Five megabytes take a second."""
START = 256 << 10
"""The bytes at the start of a large file that are enough for the first page."""
_LINES_NAMES = (".jsonl", ".ndjson")
_YAML_NAMES = (".yaml", ".yml")
_NEITHER = "Neither JSON nor YAML"
_MARKS_OF_OTHERS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class LoadedDocument(NamedTuple):
    """A document and its source. `form` is `JSON`, `JSON lines`, or `YAML`, and `size` is in bytes.

    `parts` is the number of documents in the file; if there are several, the document is a list of them. `damaged`
    means that the file is not valid UTF-8, and the document has U+FFFD in place of the invalid bytes.
    """

    document: Document
    form: str
    size: int
    parts: int = 1
    damaged: bool = False

    @property
    def about(self) -> str:
        """The form and size in words: `YAML, 3 documents, 1.2 MB`."""
        parts = f", {counted(self.parts, 'document')}" if self.parts > 1 or self.form == "JSON lines" else ""
        return f"{self.form}{parts}, {amount(self.size)}{', not valid UTF-8' if self.damaged else ''}"


def open_source(name: str) -> BinaryIO:
    """Open a file for reading. Raises ConfigError if it is missing, a directory, unreadable, or too large."""
    if not name:
        raise ConfigError("the file name is empty; for standard input, use -")
    shown = visible(name, 300)
    try:
        file = Path(name).open("rb")  # noqa: SIM115  the reader closes it
        info = os.fstat(file.fileno())
    except IsADirectoryError:
        raise ConfigError(f"{shown} is a directory") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it cannot be opened"
        raise ConfigError(f"cannot read {shown}: {reason}") from None
    if stat.S_ISREG(info.st_mode) and info.st_size > SIZE_LIMIT:
        file.close()
        raise ConfigError(f"{shown} is too large: {amount(info.st_size)} (limit: {amount(SIZE_LIMIT)})")
    return file


def read_all(file: BinaryIO, limit: int = SIZE_LIMIT) -> bytes:
    """Return all bytes of a file or pipe and close it. Raises ConfigError if it is unreadable or too large."""
    try:
        with file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            raw = file.read() if regular else b"".join(_pieces(file, limit))
    except (OSError, MemoryError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "there is not enough memory"
        raise ConfigError(f"cannot be read: {reason}") from None
    if len(raw) > limit:
        raise ConfigError(f"is too large (limit: {amount(limit)})")
    return raw


def _pieces(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the bytes of a pipe until it ends or the limit is exceeded."""
    size = 0
    while size <= limit and (piece := file.read(1 << 20)):
        size += len(piece)
        yield piece


def read_start(file: BinaryIO, name: str) -> Document | None:
    """Return the document at the start of a large JSON file, or None if the whole file must be read first.

    Leaves `file` at its start.
    """
    try:
        head = file.read(START)
        file.seek(0)
        _check_text(head)
    except (OSError, DocumentError):
        return None
    if Path(name).suffix.lower() in (*_YAML_NAMES, *_LINES_NAMES):
        return None
    return Document.parse_start(head)


def parse(raw: bytes, name: str = "") -> LoadedDocument:
    """Return the document in `raw`. `name` is the file's name; its suffix can decide the form.

    Raises DocumentError, with the position if known, if it is neither JSON nor YAML.
    """
    _check_text(raw)
    text = as_utf8(raw)
    return _parse(text, name)._replace(size=len(raw), damaged=text is not raw)


def _parse(raw: bytes, name: str) -> LoadedDocument:
    suffix = Path(name).suffix.lower()
    if suffix in _YAML_NAMES:
        return _yaml(raw)
    try:
        return LoadedDocument(Document.parse(raw), "JSON", len(raw))
    except DocumentError as error:
        wrong = error
    if wrong.too_deep:
        raise wrong
    lines = _lines(raw, sure=suffix in _LINES_NAMES)
    if lines is not None:
        return lines
    start = raw.removeprefix(BOM_UTF8).lstrip()[:1]
    if suffix == ".json" or not start or (start in b'{["' and not _may_be_yaml(raw)):
        raise wrong
    try:
        reading = _yaml(raw, bare_text=False)
    except DocumentError as error:
        if start in b'{["':
            raise wrong from None
        raise (error.replaced(kind=_NEITHER) if error.kind == NOT_YAML else error) from None
    return reading


def _check_text(raw: bytes) -> None:
    """Raise DocumentError for UTF-16 and for binary data."""
    for mark, encoding in _MARKS_OF_OTHERS:
        if raw.startswith(mark):
            raise DocumentError(f"The file is {encoding} text, not UTF-8")
    zero = raw.find(b"\0")
    if zero >= 0:
        line, column = position_at(raw, zero)
        raise DocumentError("The file is binary: it contains a NUL byte", line=line, column=column)


def _lines(raw: bytes, *, sure: bool) -> LoadedDocument | None:
    """Return JSON lines, or None for anything else. `sure` means that the file's name says that it is JSON lines."""
    body = raw.removeprefix(BOM_UTF8)
    if not sure:
        first = body.lstrip().partition(b"\n")[0]
        if first[:1] not in (b"{", b"[") or not _is_json(first):
            return None
    kept = []
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        if not _is_json(line):
            raise _wrong_line(line, number)
        kept.append(line)
    if not kept:
        return None
    return LoadedDocument(Document.parse(b"[" + b",\n".join(kept) + b"]"), "JSON lines", len(raw), len(kept))


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _wrong_line(line: bytes, number: int) -> DocumentError:
    try:
        Document.parse(line)
    except DocumentError as error:
        return error.replaced(line=number) if error.line else error
    return DocumentError("the line cannot be read", kind=NOT_JSON, line=number, column=1)


def _may_be_yaml(raw: bytes) -> bool:
    """Return whether to try a text that starts like JSON as YAML in flow style. Large texts are not tried."""
    return len(raw) < 1 << 20


def _yaml(raw: bytes, *, bare_text: bool = True) -> LoadedDocument:
    if len(raw) > YAML_LIMIT:
        raise DocumentError(f"YAML is limited to {YAML_LIMIT >> 20} MiB; this file has {amount(len(raw))}")
    from astro_tui.document.yaml_reader import YamlText

    yaml = YamlText(raw)
    if yaml.plain_text and not bare_text:
        raise DocumentError("it is plain text", kind=NOT_YAML, line=1, column=1)
    try:
        document = Document.parse(yaml.text, lines=yaml.lines)
    except DocumentError as error:
        # Aliases can nest deeper than the file itself. The position is in the generated JSON, not in the file.
        raise error.replaced(line=0, column=0) from None
    return LoadedDocument(document, "YAML", len(raw), yaml.documents)


@dataclass
class Background:
    """Reads and parses a document in a thread.

    `first` is the start of a large document, displayed until all of it has been read. Start reading a large document
    after the first frame is drawn, because both need the GIL.
    """

    read: Callable[[], LoadedDocument]
    first: Document | None = None
    started: bool = False
    _done: threading.Event = field(default_factory=threading.Event)
    _result: LoadedDocument | AstroError = field(
        default_factory=lambda: DocumentError("The document could not be read")
    )

    def start(self) -> Background:
        """Start reading without waiting. Does nothing if it has started already."""
        if not self.started:
            self.started = True
            threading.Thread(target=self._work, name="reading", daemon=True).start()
        return self

    def _work(self) -> None:
        try:
            reading = self.read()
            count_first_rows(reading.document)
            self._result = reading
        except AstroError as error:
            self._result = error
        except MemoryError:
            self._result = DocumentError("There is not enough memory for the document")
        finally:
            self._done.set()

    @property
    def done(self) -> bool:
        """Whether the document or an error is available."""
        return self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait up to `seconds` for the document. Returns whether it is available."""
        return self._done.wait(seconds)

    def result(self) -> LoadedDocument:
        """Wait for the document and return it. Raises the AstroError that reading ended with."""
        self._done.wait()
        if isinstance(self._result, AstroError):
            raise self._result
        return self._result
