"""Decodes the bytes of a response, and keeps the raw bytes where they matter."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from astro_tui.errors import OTHER_TOOL, UPDATE, Check, ErrorKind, PlatformError, Retry
from astro_tui.platform.client.body import nested_deeper_than
from astro_tui.platform.client.call import Response
from astro_tui.text.foreign import bounded, fitting, visible
from astro_tui.text.masked import masked_line
from astro_tui.text.times import counted

AT_ONCE = 4 << 20
"""JSON over this many bytes is decoded in windows, because a decoder blocks all other threads."""
LONGEST_TEXT = 1 << 20
"""Characters that are kept of a text in a row, such as a readme."""
LONGEST_MESSAGE = 1 << 14
"""Characters that are kept of a text in a single object, such as an error message."""
_EXAMINED = 2_000
"""Characters that are examined of a body that is not JSON."""


def checked(response: Response, depth: int) -> bytes:
    """Return the body without a byte order mark. Raises PlatformError if it is nested too deeply."""
    body = response.body.removeprefix(BOM_UTF8)
    if nested_deeper_than(depth, body):
        raise _too_deep(response, depth)
    return body


def value_of(response: Response, depth: int) -> Any:
    """Return the JSON value of a response. Raises PlatformError (NOT_JSON, CUT_BODY, TOO_DEEP)."""
    body = checked(response, depth)
    try:
        return plain(body)
    except RecursionError:
        raise _too_deep(response, depth) from None
    except ValueError:
        raise _unreadable(response, body) from None


def short_value_of(response: Response, depth: int) -> Any:
    """Return the JSON value with texts over `LONGEST_MESSAGE` cut. A large object is decoded member by member."""
    if len(response.body) > AT_ONCE:
        from astro_tui.document import windows

        raw_members = windows.members(checked(response, depth), plain) or {}
        # `value_of` below reports what is wrong with it.
        with suppress(ValueError, RecursionError):
            value = {key: shortened(plain(raw_members.pop(key)), LONGEST_MESSAGE) for key in list(raw_members)}
            if value:
                return value
    return shortened(value_of(response, depth), LONGEST_MESSAGE)


def members_of(response: Response, depth: int) -> dict[str, bytes]:
    """Return the keys of a response and the raw JSON of each value. Raises PlatformError like `value_of`."""
    body = checked(response, depth)
    values = members(body)
    if values is None:
        raise odd_shape(response, "an object", value_of(response, depth))
    return values


def taken_apart(response: Response, depth: int) -> tuple[dict[str, bytes], Response]:
    """Return the result of `members_of`, and the response without its body, to free the memory."""
    return members_of(response, depth), replace(response, body=b"")


def members(raw: bytes) -> dict[str, bytes] | None:
    """Return the keys of a JSON object and the exact bytes of each value, or None for anything else."""
    small = len(raw) <= AT_ONCE
    if small:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            values = msgspec.json.decode(raw, type=dict[str, Raw])
            return {key: bytes(value) for key, value in values.items()}
    from astro_tui.document import windows

    # What only Python's own parser accepts: invalid UTF-8, lone surrogates, and NaN.
    pieces = windows.members(raw, plain)
    return pieces if pieces is not None and (not small or all(map(_is_json, pieces.values()))) else None


def _is_json(raw: bytes) -> bool:
    try:
        plain(raw)
    except (ValueError, RecursionError):
        return False
    return True


def entries(raw: bytes) -> list[bytes]:
    """Return the raw JSON of each entry of a list, or an empty list for anything else, including null."""
    if len(raw) > AT_ONCE:
        from astro_tui.document import windows

        with suppress(windows.OddError):
            return [entry for part in windows.items(raw) for entry in part]
    try:
        return [bytes(entry) for entry in msgspec.json.decode(raw, type=list[Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        value = plain(raw)
    except (ValueError, RecursionError):
        return []
    import json

    return [json.dumps(entry).encode() for entry in value] if isinstance(value, list) else []


def parts(raw: bytes | Raw) -> dict[str, Raw] | None:
    """Return the keys of a JSON object and each value as a view of `raw`, or None for anything else."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        values = members(bytes(raw))
        return None if values is None else {key: Raw(value) for key, value in values.items()}


def items(raw: bytes | Raw) -> list[Raw]:
    """Return each entry of a list as a view of `raw`; none for anything else, null included."""
    try:
        return msgspec.json.decode(raw, type=list[Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [Raw(entry) for entry in entries(bytes(raw))]


def row(raw: bytes | Raw, keep: str) -> dict[str, Any] | None:
    """Return a decoded JSON object in which `keep` is the exact bytes sent, or None for anything else.

    Texts longer than `LONGEST_TEXT` are cut.
    """
    values = parts(raw)
    if values is None:
        return None
    return {key: bytes(value) if key == keep else shortened(plain(value)) for key, value in values.items()}


def plain(raw: bytes | Raw) -> Any:
    """Return the value of raw JSON, like `json_of`, which is imported here because no frame needs it."""
    from astro_tui.platform.lenient import json_of

    return json_of(raw)


def shortened(value: Any, longest: int = LONGEST_TEXT) -> Any:
    """Return a JSON value with its texts cut to `longest` characters; a cut text says how much is missing."""
    if isinstance(value, str):
        if len(value) <= longest:
            return value
        kept = fitting(value, longest)
        return f"{value[:kept]}\n… and {counted(len(value) - kept, 'more character')} not shown."
    if isinstance(value, dict):
        return {key: shortened(each, longest) for key, each in value.items()}
    return [shortened(each, longest) for each in value] if isinstance(value, list) else value


# ---- errors ----


def odd_shape(response: Response, expected: str, value: object) -> PlatformError:
    """Return the error for JSON of another shape. It names the expected shape and the actual one."""
    return PlatformError(
        ErrorKind.ODD_SHAPE,
        f"The response has an unexpected shape: expected {expected}, got {_named(value)}.",
        request=response.request,
        remedies=(Check("the server's address"), UPDATE),
    )


def mismatch(response: Response, kind: str, name: str) -> PlatformError:
    """Return the error for a response about something other than what was requested."""
    return PlatformError(
        ErrorKind.ODD_SHAPE,
        f"The response is about another {kind}, {visible(name, 100)}.",
        request=response.request,
        remedies=(Retry(support=True),),
    )


def _named(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Mapping):
        keys = ", ".join(visible(str(key), 30) for key in list(value)[:5])
        return f"an object with {keys}" if keys else "an empty object"
    return {str: "a string", int: "a number", float: "a number", list: "a list"}.get(type(value), "something else")


def _too_deep(response: Response, depth: int) -> PlatformError:
    return PlatformError(
        ErrorKind.TOO_DEEP,
        f"The response is nested deeper than {depth} levels, which is too deep for astro-tui.",
        request=response.request,
        remedies=(OTHER_TOOL,),
    )


def _is_cut(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return "truncated" in str(error)
    return False


def _unreadable(response: Response, body: bytes) -> PlatformError:
    """Return the error for a body that no JSON parser accepts."""
    start = body[:400].lstrip().lower()
    if start.startswith((b"{", b"[")) and _is_cut(body):
        return PlatformError(
            ErrorKind.CUT_BODY,
            "The response was cut off.",
            request=response.request,
            remedies=(Retry(),),
        )
    if not start:
        sentence = "The response is empty; JSON was expected."
    elif start.startswith((b"<!doctype", b"<html", b"<")):
        sentence = "The response is a web page; JSON was expected."
    else:
        sentence = "The response is not JSON."
    return PlatformError(
        ErrorKind.NOT_JSON,
        sentence,
        request=response.request,
        remedies=(Check("the server's address, and any proxy or sign-in page in between"),),
        server_said=masked_line(bounded(body[: 4 * _EXAMINED + 4].decode("utf-8", "replace"), _EXAMINED), 200),
    )
