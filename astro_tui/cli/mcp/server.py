"""Serves the tools over standard input and output with the official SDK (`astro-tui[mcp]`)."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import anyio
import mcp_types as types
from anyio import CapacityLimiter, get_cancelled_exc_class, to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage

from astro_tui import __version__
from astro_tui.cli.connection import CliConnection
from astro_tui.cli.mcp.reading import ToolReader
from astro_tui.cli.mcp.results import TOKENS, Masker, NextCall, cursor_of, position_of, result_of
from astro_tui.cli.mcp.tools import INSTRUCTIONS, RESULT, TOOLS, Tool, checked, tool_named
from astro_tui.errors import AstroError, ConfigError
from astro_tui.platform.client import Call, SentRequest
from astro_tui.presentation.remedies import explained

AT_ONCE = 4
"""Calls that read at the same time; the others wait."""
_BEAT = 1.0
"""Seconds between two reports of progress."""
SCHEME = "astro"
_MOST_ERROR = 2_000

Context = ServerRequestContext[Any, Any]


class AgentServer:
    """Answers the requests of a client. Reading happens in worker threads; a canceled call cancels its requests."""

    def __init__(self, connection: CliConnection, accounts: tuple[str, ...]) -> None:
        self._connection, self._accounts = connection, accounts
        self._masker = Masker(connection.platform.hidden)
        self._limiter = CapacityLimiter(AT_ONCE)
        self._sent = 0
        connection.platform.observe(self._count)

    def serve(self) -> None:
        """Serve until the client closes its end."""
        anyio.run(self._serve)

    async def _serve(self) -> None:
        server: Server[Any] = Server(
            "astro-tui",
            version=__version__,
            instructions=INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )
        options = server.create_initialization_options()
        async with stdio_server() as (received, sent), anyio.create_task_group() as tasks:
            valid, messages = anyio.create_memory_object_stream[SessionMessage | Exception]()

            async def sort() -> None:
                """Pass messages on, and answer other lines, which the SDK would ignore."""
                async with valid:
                    async for item in received:
                        await (sent.send(_not_a_message(item)) if isinstance(item, Exception) else valid.send(item))

            tasks.start_soon(sort)
            await server.run(messages, sent, options)
            tasks.cancel_scope.cancel()

    # ---- requests

    async def _list_tools(self, _ctx: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        hints = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.about,
                    input_schema=tool.schema,
                    output_schema=RESULT,
                    annotations=hints,
                )
                for tool in TOOLS
            ]
        )

    async def _call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            result = await self._result(ctx, params.name, params.arguments or {})
        except AstroError as error:
            return _refusal(self._masker.text(explained(error))[:_MOST_ERROR])
        text = types.TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
        links = [
            types.ResourceLink(type="resource_link", uri=address, name=step["about"], mime_type="application/json")
            for step in result["next"]
            if (address := address_of(step))
        ]
        return types.CallToolResult(content=[text, *links], structured_content=result)

    async def _list_resources(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Return none: results link to what can be read. Clients read links only if there is such a list."""
        return types.ListResourcesResult(resources=[])

    async def _list_templates(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            uri_template=f"{SCHEME}://{{account}}/{{agent}}#{{tool}}:{{cursor}}",
            name="the result of a tool",
            description="What a tool returns for an agent; with a cursor, from where an earlier result ended.",
            mime_type="application/json",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(self, ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        try:
            tool, arguments = call_of(str(params.uri))
            result = await self._result(ctx, tool, arguments)
        except AstroError as error:
            raise MCPError(types.INVALID_PARAMS, self._masker.text(explained(error))[:_MOST_ERROR]) from None
        text = json.dumps(result, ensure_ascii=False)
        contents = types.TextResourceContents(uri=params.uri, mime_type="application/json", text=text)
        return types.ReadResourceResult(contents=[contents])

    # ---- one call

    def _count(self, _sent: SentRequest) -> None:
        self._sent += 1

    async def _report(self, ctx: Context, name: str) -> None:
        """Report progress to a client that wants it, until canceled."""
        started = self._sent
        for beat in count(1):
            await anyio.sleep(_BEAT)
            message = f"{name}: {self._sent - started} requests answered by the platform"
            await ctx.session.report_progress(beat * _BEAT, message=message)

    async def _result(self, ctx: Context, name: str, received: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a tool. Raises AstroError."""
        tool = tool_named(name)
        arguments, position = _resumed(tool, checked(tool, received))
        call = Call(background=True)
        reader = ToolReader(self._connection.of_call(call), self._accounts)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._report, ctx, name)
                read = _caught(partial(self._answer, reader, name, arguments, position))
                result = await to_thread.run_sync(read, abandon_on_cancel=True, limiter=self._limiter)
                tasks.cancel_scope.cancel()
        except get_cancelled_exc_class():
            call.abort()
            raise
        if isinstance(result, AstroError):
            raise result
        return result

    def _answer(self, reader: ToolReader, name: str, arguments: Mapping[str, Any], position: Any) -> dict[str, Any]:
        """Read, and return the result as it is sent, in a worker thread: masking takes long. Raises AstroError."""
        result = reader.read(name, arguments, position)
        again = {key: value for key, value in arguments.items() if key not in ("agent", "max_tokens")}
        kept = {key: value for key, value in arguments.items() if key in ("agent", "max_tokens")}

        def resume(at: Any) -> NextCall:
            return NextCall(name, {**kept, "cursor": cursor_of(again, at)}, "the rest of this list")

        return result_of(result, self._masker, arguments.get("max_tokens", TOKENS), resume)


def _caught(read: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any] | AstroError]:
    """Return a function that returns the error of another one. A bug becomes an error, too: the server goes on."""

    def result() -> dict[str, Any] | AstroError:
        try:
            return read()
        except AstroError as error:
            return error
        except Exception as error:  # noqa: BLE001  the client gets a masked sentence instead of a traceback
            return ConfigError(f"a bug: {traceback.format_exception_only(error)[-1].strip()}")

    return result


def _resumed(tool: Tool, arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the arguments of a call with those that its cursor stands for, and where to go on. Raises ConfigError."""
    if "cursor" not in arguments:
        return arguments, None
    earlier, position = position_of(arguments.pop("cursor"))
    for key, value in arguments.items():
        if key not in ("agent", "max_tokens") and earlier.get(key) != value:
            raise ConfigError(f"this cursor belongs to a call with another {key}; repeat the call without the cursor")
    return checked(tool, {**earlier, **arguments}), position


def _not_a_message(problem: Exception) -> SessionMessage:
    error = types.ErrorData(code=types.PARSE_ERROR, message="this line is not a message of JSON-RPC 2.0 in Unicode")
    return SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=_id_of(problem), error=error))


def _id_of(problem: Exception) -> int | str | None:
    """Return the ID of a line that the SDK cannot read, such as one with half of a surrogate pair; None without one."""
    try:
        message = json.loads(getattr(problem, "errors", list)()[0]["input"])
    except (LookupError, ValueError, TypeError, RecursionError):
        return None
    value = message.get("id") if isinstance(message, dict) else None
    return value if type(value) in (int, str) and str(value).isprintable() else None


def _refusal(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)


# ---- addresses of results


def address_of(step: Mapping[str, Any]) -> str:
    """Return the address of what a step reads, such as `astro://acme/claims-desk#logs:…`; empty if it has none."""
    arguments = step["arguments"]
    account, slash, agent = arguments.get("agent", "").partition("/")
    if not slash or set(arguments) - {"agent", "cursor", "max_tokens"}:
        return ""
    place = f"{SCHEME}://{quote(account, safe='')}/{quote(agent, safe='')}#{step['tool']}"
    return f"{place}:{arguments['cursor']}" if "cursor" in arguments else place


def call_of(address: str) -> tuple[str, dict[str, Any]]:
    """Return the tool and the arguments of an address. Raises ConfigError if it is not one of ours."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ConfigError(f"not an address: {error}") from None
    tool, _, cursor = parts.fragment.partition(":")
    account, agent = unquote(parts.netloc), unquote(parts.path.removeprefix("/"))
    if parts.scheme != SCHEME or not (account and agent and tool):
        raise ConfigError(f"not an address of an agent: expected {SCHEME}://ACCOUNT/AGENT#TOOL")
    return tool, {"agent": f"{account}/{agent}", **({"cursor": cursor} if cursor else {})}
