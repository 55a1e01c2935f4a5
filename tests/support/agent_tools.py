"""The tools of `astro-tui mcp` in this process, without the protocol."""

from __future__ import annotations

from typing import Any

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.mcp.reading import ToolReader
from astro_tui.cli.mcp.results import MOST_TOKENS, Masker, NextCall, result_of
from astro_tui.cli.mcp.tools import checked, tool_named
from astro_tui.errors import AstroError
from astro_tui.platform.client import Call
from astro_tui.presentation.remedies import explained


def asked(connection: CliConnection, tool: str, **given: Any) -> dict[str, Any]:
    """Return what a tool sends; an error as `{"error": …}`."""
    masker = Masker(connection.platform.hidden)
    reader = ToolReader(connection.of_call(Call()))
    try:
        found = reader.read(tool, checked(tool_named(tool), {"max_tokens": MOST_TOKENS, **given}), None)
    except AstroError as error:
        return {"error": masker.text(explained(error))}
    return result_of(found, masker, MOST_TOKENS, lambda at: NextCall(tool, {"cursor": str(at)}, "the rest"))
