"""Decodes the bytes of a response, and keeps the raw bytes where they matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from json.decoder import JSONDecoder
from typing import TYPE_CHECKING, Any

from astro_tui.errors import Check, Do, ErrorKind, PlatformError, Retry
from astro_tui.platform.client.body import nested_deeper_than
from astro_tui.platform.client.call import Answer
from astro_tui.text.foreign import visible

if TYPE_CHECKING:
    from msgspec import Raw

AT_ONCE = 4 << 20
"""Bytes of JSON from which it is taken apart in windows: a decoder lets no other thread run meanwhile."""
LONGEST_TEXT = 1 << 20
"""Characters of a text in a row that are kept, such as a readme."""
LONGEST_MESSAGE = 1 << 14
"""Characters of a text in a single object that are kept, such as an error message."""
_BOM = b"\xef\xbb\xbf"
_SPACE = " \t\r\n"


def checked(answer: Answer, depth: int) -> bytes:
    """Return the body without a byte order mark; raises PlatformError when it is too deep."""
    body = answer.body.removeprefix(_BOM)
    if nested_deeper_than(depth, body):
        raise _too_deep(answer, depth)
    return body


def value_of(answer: Answer, depth: int) -> Any:
    """Return the JSON value of an answer, or raise PlatformError (NOT_JSON, CUT_BODY, TOO_DEEP)."""
    import msgspec

    body = checked(answer, depth)
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise _too_deep(answer, depth) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        cut = "truncated" in str(error)
    # Python's own parser also takes lone surrogates, NaN and broken UTF-8, which some servers send.
    try:
        return json.loads(body.decode("utf-8", "replace"), strict=False)
    except RecursionError:
        raise _too_deep(answer, depth) from None
    except ValueError:
        pass
    raise _unreadable(answer, body, cut=cut)


def members_of(answer: Answer, depth: int) -> dict[str, bytes]:
    """Return the keys of an answer and the raw JSON of each value; raises PlatformError as `value_of`."""
    body = checked(answer, depth)
    found = members(body)
    if found is None:
        raise odd_shape(answer, "an object", value_of(answer, depth))
    return found


def members(raw: bytes) -> dict[str, bytes] | None:
    """Return the keys of a JSON object and the exact bytes of each value, or None when it is no object."""
    import msgspec

    if len(raw) > AT_ONCE:
        from astro_tui.document import windows

        large = windows.members(raw)
        if large is not None:
            return large
    try:
        found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return {key: bytes(value) for key, value in found.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _members_slowly(raw.decode("utf-8", "replace"))
    except (ValueError, IndexError, RecursionError):
        return None


def _members_slowly(text: str) -> dict[str, bytes]:
    """Like `members`, for what only Python's own parser accepts; raises ValueError or IndexError."""
    parser = JSONDecoder(strict=False)

    def after_space(position: int) -> int:
        while text[position] in _SPACE:
            position += 1
        return position

    found: dict[str, bytes] = {}
    position = after_space(0)
    if text[position] != "{":
        raise ValueError
    position = after_space(position + 1)
    while text[position] != "}":
        if text[position] != '"':
            raise ValueError
        key, position = parser.raw_decode(text, position)
        position = after_space(position)
        if text[position] != ":":
            raise ValueError
        start = after_space(position + 1)
        _value, end = parser.raw_decode(text, start)
        found[key] = text[start:end].encode("utf-8", "surrogatepass")
        position = after_space(end)
        if text[position] == ",":
            position = after_space(position + 1)
    if text[position + 1 :].strip(_SPACE):
        raise ValueError
    return found


def entries(raw: bytes) -> list[bytes]:
    """Return the raw JSON of each entry of a list; none for anything else, null included."""
    import msgspec

    if len(raw) > AT_ONCE:
        from astro_tui.document import windows

        with suppress(windows.OddError):
            return [entry for part in windows.items(raw) for entry in part]
    try:
        return [bytes(entry) for entry in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        value = json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return []
    return [json.dumps(entry).encode() for entry in value] if isinstance(value, list) else []


def parts(raw: bytes | Raw) -> dict[str, Raw] | None:
    """Return the keys of a JSON object and each value as a view of `raw`, or None when it is no object."""
    import msgspec

    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = members(bytes(raw))
        return None if found is None else {key: msgspec.Raw(value) for key, value in found.items()}


def items(raw: Raw) -> list[Raw]:
    """Return each entry of a list as a view of `raw`; none for anything else, null included."""
    import msgspec

    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [msgspec.Raw(entry) for entry in entries(bytes(raw))]


def row(raw: bytes | Raw, keep: str) -> dict[str, Any] | None:
    """Return a JSON object, its values read but for `keep`, the exact bytes sent; None for no object.

    Texts longer than `LONGEST_TEXT` are cut.
    """
    found = parts(raw)
    if found is None:
        return None
    return {key: bytes(value) if key == keep else shortened(plain(value)) for key, value in found.items()}


def plain(raw: bytes | Raw) -> Any:
    """Return the value of raw JSON that has been read once already."""
    import msgspec

    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(bytes(raw).decode("utf-8", "replace"), strict=False)


def shortened(value: Any, longest: int = LONGEST_TEXT) -> Any:
    """Return a JSON value with every text in it that has more than `longest` characters cut; the text says so."""
    if isinstance(value, str):
        more = len(value) - longest
        return f"{value[:longest]}\n… and {more:,} more characters that are not shown." if more > 0 else value
    if isinstance(value, dict):
        return {key: shortened(each, longest) for key, each in value.items()}
    return [shortened(each, longest) for each in value] if isinstance(value, list) else value


# ---- errors ----


def odd_shape(answer: Answer, expected: str, value: object) -> PlatformError:
    """Return the error for JSON of another shape, naming what was expected and what came."""
    return PlatformError(
        ErrorKind.ODD_SHAPE,
        f"The response has an unexpected shape: {expected} was expected, {_named(value)} came.",
        request=answer.request,
        remedies=(Check("the server's address"), Do("look for a newer version of this program")),
    )


def another(answer: Answer, kind: str, name: str) -> PlatformError:
    """Return the error for an answer about something else than what was asked for."""
    return PlatformError(
        ErrorKind.ODD_SHAPE,
        f"The response is about another {kind}, {visible(name, 100)}.",
        request=answer.request,
        remedies=(Retry(support=True),),
    )


def _named(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        keys = ", ".join(visible(str(key), 30) for key in list(value)[:5])
        return f"an object with {keys}" if keys else "an empty object"
    return {str: "a text", int: "a number", float: "a number", list: "a list"}.get(type(value), "something else")


def _too_deep(answer: Answer, depth: int) -> PlatformError:
    return PlatformError(
        ErrorKind.TOO_DEEP,
        f"The response is nested deeper than {depth} levels, which this program does not open.",
        request=answer.request,
        remedies=(Do("download it with another tool, such as curl"),),
    )


def _unreadable(answer: Answer, body: bytes, *, cut: bool) -> PlatformError:
    """Return the error for what no JSON parser takes."""
    start = body[:400].lstrip().lower()
    if cut and start.startswith((b"{", b"[")):
        return PlatformError(
            ErrorKind.CUT_BODY,
            "The response was cut off.",
            request=answer.request,
            remedies=(Retry(),),
        )
    from astro_tui.text.redaction import redact_text

    if not start:
        sentence = "The response is empty; JSON was expected."
    elif start.startswith((b"<!doctype", b"<html", b"<")):
        sentence = "The response is a web page; JSON was expected."
    else:
        sentence = "The response is not JSON."
    return PlatformError(
        ErrorKind.NOT_JSON,
        sentence,
        request=answer.request,
        remedies=(Check("the server's address, and any proxy or sign-in page in between"),),
        server_said=visible(redact_text(body[:400].decode("utf-8", "replace")), 200),
    )
