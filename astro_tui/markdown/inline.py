"""The contents of a paragraph as spans: emphasis, code, links, and images."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from astro_tui.markdown.spans import BREAK, Part, Span

LONGEST_ADDRESS = 60
"""The most characters of an address shown beside its link."""
_KINDS = {"strong": Part.STRONG, "em": Part.EMPHASIS, "s": Part.STRUCK}
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def spans_of(tokens: Sequence[Token], plain: Callable[[str], str]) -> list[Span]:
    """Return the spans of one paragraph; `plain` makes foreign text safe to draw.

    The address is shown beside each link, so that users need not trust the link text. Nothing is fetched: an image
    becomes its description.
    """
    spans: list[Span] = []
    part = Part.TEXT
    addresses: list[tuple[str, int]] = []
    for token in tokens:
        kind, nesting = token.type.removesuffix("_open").removesuffix("_close"), token.nesting
        if kind in _KINDS:
            part = part | _KINDS[kind] if nesting > 0 else part & ~_KINDS[kind]
        elif kind == "link" and nesting > 0:
            addresses.append((str(token.attrGet("href") or ""), len(spans)))
            part |= Part.LINK
        elif kind == "link":
            address, start = addresses.pop() if addresses else ("", len(spans))
            part &= ~Part.LINK
            said = "".join(span.text for span in spans[start:])
            spans += _address(address, said, plain)
        elif kind in ("text", "text_special"):
            spans.append(Span(plain(token.content), part))
        elif kind == "softbreak":
            spans.append(Span(" ", part))
        elif kind == "hardbreak":
            spans.append(Span(BREAK))
        elif kind == "code_inline":
            spans.append(Span(plain(token.content), part | Part.CODE))
        elif kind == "image":
            spans.append(Span(f"[image: {plain(token.content) or 'no description'}]", part | Part.QUIET))
        elif kind == "html_inline":
            if _LINE_BREAK.fullmatch(token.content):
                spans.append(Span(BREAK))
        elif token.content:
            spans.append(Span(plain(token.content), part))
    return spans


def _address(address: str, said: str, plain: Callable[[str], str]) -> list[Span]:
    shown = plain(address)
    if not shown or shown.startswith("#") or shown in (said, f"mailto:{said}"):
        return []
    if len(shown) > LONGEST_ADDRESS:
        shown = shown[: LONGEST_ADDRESS - 1] + plain("…")
    return [Span(" "), Span(f"({shown})", Part.QUIET)]


def without_tags(html: str) -> str:
    """Return the text of a piece of HTML, without its tags."""
    return _TAG.sub("", _LINE_BREAK.sub("\n", html))
