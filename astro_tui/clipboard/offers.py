"""What can be copied or saved at the cursor, with secrets masked unless revealed. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from astro_tui.document import (
    ROOT,
    SHOWN_KEY,
    Document,
    JsonType,
    Masking,
    Outline,
    as_json,
    as_yaml,
    has_long_key,
    jq_path,
    path_of,
    path_text,
    python_path,
)
from astro_tui.document.strings import decode, decode_pieces
from astro_tui.errors import AstroError
from astro_tui.platform import PRODUCTION
from astro_tui.platform.servers import cli_of
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK, masked_line
from astro_tui.text.times import counted

_USUAL_CLI = "ast"
"""The CLI that is offered for a server that has none of its own."""
SAMPLE = 200
"""The most characters of a sample; the menu cuts it to its width."""


class MaskedError(AstroError):
    """The value to be copied is masked."""


LARGE = 1 << 20
"""A text with more bytes stays in UTF-8: as `str` it could take four times as much memory."""


class Piece(NamedTuple):
    """A text to be copied, in UTF-8 if it is large. `remark` says what is masked or revealed in it, or is empty."""

    text: str | bytes
    remark: str = ""

    @property
    def encoded(self) -> bytes:
        """The text in UTF-8."""
        return self.text if isinstance(self.text, bytes) else self.text.encode("utf-8", "replace")


@dataclass(frozen=True)
class Offer:
    """One line of the copy menu: its key, its name, the start of the text, and how to make the text.

    `make` can be slow and raises AstroError: call it in a worker thread. `suffix` is the file name's.
    """

    key: str
    name: str
    sample: str
    make: Callable[[], Piece]
    suffix: str = ".txt"


def text_offer(key: str, name: str, text: str) -> Offer:
    """Return the offer of a short text."""
    return Offer(key, name, visible(text, SAMPLE), lambda: Piece(text))


def masked_offer(key: str, name: str, text: str) -> Offer:
    """Return the offer of text from outside. It is masked when it is copied: a long one would hold up the UI."""
    return Offer(key, name, masked_line(text, SAMPLE), lambda: Piece(masked_line(text)))


def document_offers(outline: Outline, node: int | None) -> list[Offer]:
    """Return the offers for a document with the cursor on `node` (None: no cursor)."""
    document, revealed = outline.document, frozenset(outline.revealed)
    offers = []
    if node is not None:
        facts = outline.facts(node)
        path = path_of(document, node, SHOWN_KEY)
        container = facts.kind in (JsonType.OBJECT, JsonType.ARRAY)
        sample = (MASK if facts.masked else facts.text) or "JSON"
        offers.append(
            Offer(
                "y", "value", sample[:SAMPLE], lambda: value_of(document, node, revealed), _suffix(container=container)
            )
        )
        if path and isinstance(path[-1], str):
            offers.append(Offer("k", "key", visible(path[-1], SAMPLE), lambda: key_of(document, node)))
        offers += [
            Offer("p", "jq path", visible(jq_path(path), SAMPLE), lambda: path_piece(document, node)),
            Offer(
                "b", "Python path", visible(python_path(path), SAMPLE), lambda: path_piece(document, node, python=True)
            ),
            Offer("j", "subtree", "JSON", lambda: json_of(document, node, revealed), ".json"),
            Offer("Y", "subtree", "YAML", lambda: yaml_of(document, node, revealed), ".yaml"),
        ]
    return [
        *offers,
        Offer("d", "document", "JSON", lambda: json_of(document, ROOT, revealed), ".json"),
        Offer("D", "document", "YAML", lambda: yaml_of(document, ROOT, revealed), ".yaml"),
    ]


def document_saved(outline: Outline, form: str) -> tuple[Callable[[], Piece], str]:
    """Return a function that makes the whole document for a file, as YAML if `form` is `yaml`, and the suffix."""
    document, revealed = outline.document, frozenset(outline.revealed)
    if form == "yaml":
        return lambda: yaml_of(document, ROOT, revealed), ".yaml"
    return lambda: json_of(document, ROOT, revealed), ".json"


def deployment_offers(key: str, *, url: str = "", endpoint: str = "", name: str = "", server: str = "") -> list[Offer]:
    """Return the offers for a deployment: its id `key`, and everything else that is not empty."""
    offers = [text_offer("i", "id", key)]
    if name:
        offers.append(masked_offer("n", "name", name))
    if url:
        offers.append(text_offer("u", "record URL", url))
    if endpoint:
        offers.append(masked_offer("e", "endpoint", endpoint))
    program = cli_of(server) or _USUAL_CLI
    command = [program, "agent", "get", "--id", key, "--json"]
    return [*offers, text_offer("c", f"{program} command", shlex.join(command))]


def address_offer(address: str, *, server: str = "", demo: bool = False) -> Offer:
    """Return the offer of the command that opens the screen at an address, on the same server or in the demo."""
    flags = ["--demo"] if demo else ["--server", server] if server not in ("", PRODUCTION) else []
    return text_offer("L", "astro-tui command", shlex.join(["astro-tui", *flags, address]))


def blueprint_offers(
    account: str, name: str, *, build: str = "", readme: str = "", url: str = "", server: str = ""
) -> list[Offer]:
    """Return the offers for a blueprint and one of its builds.

    The platform's CLI deploys from its current account, which must be `account`.
    """
    offers = [text_offer("i", "blueprint", f"{account}/{name}")]
    if build:
        offers.append(text_offer("n", "build", build))
    if readme:
        offers.append(Offer("t", "readme", "Markdown", lambda: Piece(readme), ".md"))
    if url:
        offers.append(text_offer("u", "record URL", url))
    program = cli_of(server) or _USUAL_CLI
    pinned = ["--build", build] if build else []
    deploy = shlex.join([program, "blueprint", "deploy", name, *pinned])
    return [*offers, text_offer("c", f"{program} command", deploy)]


def _suffix(*, container: bool) -> str:
    return ".json" if container else ".txt"


# ---- texts. Each creates its own Masking, because it runs in a thread beside the screen.


def value_of(document: Document, node: int, revealed: frozenset[int]) -> Piece:
    """Return a value: a string decoded, anything else as JSON. Raises MaskedError if it is masked."""
    line = document.line(node)
    if line.container:
        return json_of(document, node, revealed)
    reason = Masking(document).reason(line)
    if reason is not None and node not in revealed:
        raise MaskedError("The value is masked.")
    if line.kind is JsonType.STRING:
        text = _decoded(document, line.value, line.stop)
    else:
        text = document.text[line.value : line.stop].decode("ascii", "replace")
    return Piece(text, "a revealed secret in plain text" if reason is not None else "")


def _decoded(document: Document, start: int, stop: int) -> str | bytes:
    """Return the decoded string at a position in a document, in UTF-8 if it is large."""
    if stop - start <= LARGE:
        return decode(document.text[start:stop])
    return b"".join(piece.encode("utf-8", "replace") for piece in decode_pieces(document.text, start, stop))


def key_of(document: Document, node: int) -> Piece:
    """Return the key of a member."""
    line = document.line(node)
    return Piece(_decoded(document, line.key_start, line.key_stop))


def path_piece(document: Document, node: int, *, python: bool = False) -> Piece:
    """Return the path of a node for jq, or for Python."""
    if has_long_key(document, node):
        return Piece(path_text(document, node, python=python))
    path = path_of(document, node)
    return Piece(python_path(path) if python else jq_path(path))


def json_of(document: Document, node: int, revealed: frozenset[int]) -> Piece:
    """Return a node and its subtree as JSON, with a line break at the end."""
    masking = Masking(document)
    hidden = [line.start for line in masking.hidden(node)]
    text = as_json(document, masking, node, revealed, hidden, end=b"\n")
    remark = _remark(hidden, revealed)
    return Piece(text if len(text) > LARGE else text.decode("utf-8", "replace"), remark)


def yaml_of(document: Document, node: int, revealed: frozenset[int]) -> Piece:
    """Return a node and its subtree as YAML. Raises DocumentError if it is too large."""
    hidden = [line.start for line in Masking(document).hidden(node)]
    return Piece(as_yaml(document, Masking(document), node, revealed), _remark(hidden, revealed))


def _remark(hidden: Sequence[int], revealed: frozenset[int]) -> str:
    clear = sum(node in revealed for node in hidden)
    masked = len(hidden) - clear
    parts = [f"{counted(masked, 'secret')} masked"] if masked else []
    if clear:
        parts.append(f"{counted(clear, 'revealed secret')} in plain text")
    return ", ".join(parts)
