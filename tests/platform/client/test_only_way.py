"""No path through the source sends anything but a GET, except those that are listed here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import astro_tui

PACKAGE = Path(astro_tui.__file__).parent
CLIENT = "platform/client"
TALKS = {"cli/commands/ask.py", "session/chats.py"}
"""The modules that send messages to agents. No tool of MCP is among them."""


@cache
def sources() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        # The demo platform is a server.
        if path.relative_to(PACKAGE).parts[0] != "demo"
    }


@cache
def nodes(*types: type[ast.AST]) -> list[tuple[str, Any]]:
    """Return the nodes of some types, each with its module."""
    return [(module, node) for module, node in all_nodes() if isinstance(node, types)]


@cache
def all_nodes() -> list[tuple[str, ast.AST]]:
    """Return the nodes of the requested types."""
    types = (ast.Attribute, ast.Name, ast.Import, ast.ImportFrom)
    return [(module, node) for module, tree in sources().items() for node in ast.walk(tree) if isinstance(node, types)]


class Found(NamedTuple):
    """A call in the source: its module, the function around it, and the call."""

    module: str
    function: str
    call: ast.Call

    @property
    def place(self) -> tuple[str, str]:
        return self.module, self.function


def walk(module: str, function: str, node: ast.AST) -> Iterator[Found]:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(child, ast.Call):
            yield Found(module, inside, child)
        yield from walk(module, inside, child)


@cache
def all_calls() -> dict[str, list[Found]]:
    """Return every call in the source by the name of its function or method, whatever that belongs to."""
    found: dict[str, list[Found]] = {}
    for module, tree in sources().items():
        for each in walk(module, "", tree):
            function = each.call.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            found.setdefault(name, []).append(each)
    return found


def calls(*names: str) -> list[Found]:
    return [each for name in names for each in all_calls().get(name, [])]


def places(*names: str) -> set[tuple[str, str]]:
    return {found.place for found in calls(*names)}


def owner(call: ast.Call) -> str:
    """Return what a method is called on: `self._transport` for `self._transport.post()`."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


@cache
def all_mentions() -> dict[str, set[str]]:
    """Return the modules that mention each attribute or name anywhere, not only in calls."""
    found: dict[str, set[str]] = {}
    for module, node in nodes(ast.Attribute, ast.Name):
        found.setdefault(node.attr if isinstance(node, ast.Attribute) else node.id, set()).add(module)
    return found


def mentions(*names: str) -> set[tuple[str, str]]:
    return {(module, name) for name in names for module in all_mentions().get(name, ())}


@cache
def imported() -> dict[str, set[str]]:
    """Return the modules that import each name, with its parents."""
    found: dict[str, set[str]] = {}
    for module, node in nodes(ast.Import, ast.ImportFrom):
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{name}" for name in names)] if node.module else []
        for name in names:
            found.setdefault(name, set()).add(module)
    return found


def test_the_libraries_that_can_send_are_used_in_known_places() -> None:
    """`probe` opens connections to inspect them and sends no request over them; `wire` loads httpcore for httpx."""
    libraries = {
        "httpx": {f"{CLIENT}/wire.py"},
        "httpcore": {f"{CLIENT}/wire.py"},
        "http.client": {f"{CLIENT}/probe.py"},
        "urllib.request": {f"{CLIENT}/probe.py"},
        "requests": set(),
        # It only answers: `astro-tui serve`.
        "aiohttp": {"cli/serving/server.py"},
        "urllib3": set(),
        "ftplib": set(),
        "smtplib": set(),
        "xmlrpc": set(),
        "asyncio.streams": set(),
    }
    users = imported()
    assert {name: users.get(name, set()) for name in libraries} == libraries
    assert calls("urlopen", "HTTPSConnection", "open_connection") == []
    # The probe's HTTP library only opens a tunnel through a proxy.
    assert [
        found for found in calls("request", "putrequest", "endheaders") if found.module.startswith("platform")
    ] == []
    assert mentions("sendall", "sendto", "sendmsg", "sendfile") == set()


def test_one_call_sends_requests_and_another_builds_them() -> None:
    assert places("build_request") == {(f"{CLIENT}/wire.py", "_send")}
    sends = [found for found in calls("send") if found.module.startswith(CLIENT) and owner(found.call) == "client"]
    assert {found.place for found in sends} == {(f"{CLIENT}/wire.py", "_send")}
    # Twice only for a GET: the second one is guarded by `exchange.sends is not None`, which test_gate.py tests.
    assert len(sends) == 2
    builds = [found.call for found in calls("build_request")]
    assert [ast.unparse(call.args[0]) for call in builds] == ["exchange.method"]
    wire = sources()[f"{CLIENT}/wire.py"]
    shortcuts = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"}
    direct = [
        node.attr
        for node in ast.walk(wire)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("client", "httpx") and node.attr in shortcuts
    ]
    assert direct == []
    assert places("Client") == {(f"{CLIENT}/wire.py", "_new_client")}


def test_only_the_transport_makes_exchanges() -> None:
    """What an exchange sends is its second argument; without it, it is a GET, whatever its method."""
    with_body: dict[str, list[str]] = {}
    for found in calls("Exchange"):
        assert found.module == f"{CLIENT}/transport.py"
        assert "sends" not in [keyword.arg for keyword in found.call.keywords]
        if len(found.call.args) > 1:
            with_body.setdefault(found.function, []).append(ast.unparse(found.call.args[1]))
    assert with_body == {
        "change": ["change.body"],
        "submit": ["urlencode(fields, errors='replace').encode()"],
        "send": ["sends"],
    }
    # `send` is inside of `_exchange`, and `sends` is the body that `post` gives it.
    bodies = {found.function: len(found.call.args) for found in calls("_exchange") if found.module.startswith(CLIENT)}
    assert bodies == {"get": 3, "post": 4, "stream": 3}
    assert {found.place for found in calls("Wire")} == {(f"{CLIENT}/transport.py", "__init__")}
    assert {module for module, _name in mentions("_wire")} == {f"{CLIENT}/transport.py"}
    elsewhere = {"auth/identity.py"}  # it has a method of that name, which submits a form
    assert {module for module, _name in mentions("_exchange")} - elsewhere == {f"{CLIENT}/transport.py"}
    # Nothing turns a GET into something else later.
    changed = [
        (module, ast.unparse(node))
        for module, node in nodes(ast.Attribute)
        if isinstance(node.ctx, ast.Store) and node.attr in ("sends", "method")
    ]
    assert changed == [(f"{CLIENT}/exchange.py", "self.method"), (f"{CLIENT}/exchange.py", "self.sends")]


def test_what_the_transport_sends_comes_from_three_methods() -> None:
    transports = {(module, name) for module, name in mentions("_transport")}
    assert transports == {(f"{CLIENT}/platform.py", "_transport"), ("auth/identity.py", "_transport")}
    uses = {
        (found.module, found.function, found.call.func.attr)
        for found in calls("post", "submit", "change")
        if isinstance(found.call.func, ast.Attribute) and owner(found.call) == "self._transport"
    }
    assert uses == {
        (f"{CLIENT}/platform.py", "template", "post"),
        (f"{CLIENT}/platform.py", "change", "change"),
        ("auth/identity.py", "_submit", "submit"),
    }
    signs_in = [found for found in calls("Transport") if "signs_in" in [each.arg for each in found.call.keywords]]
    assert [found.module for found in signs_in] == ["auth/identity.py"]


def test_one_place_uses_permits_and_one_makes_them() -> None:
    # Mentions, not only calls: a method can also be passed on.
    changes = {
        (module, ast.unparse(node))
        for module, node in nodes(ast.Attribute)
        if node.attr == "change" and ast.unparse(node.value).endswith("platform")
    }
    assert changes == {("actions/run.py", "context.platform.change")}
    assert places("Permit") == {("actions/arming.py", "permit"), ("actions/arming.py", "permit_message")}
    # All others only name its type.
    assert imported()["astro_tui.platform.client.permit.Permit"] == {
        "actions/arming.py",
        "actions/messages.py",
        "actions/run.py",
        f"{CLIENT}/platform.py",
        f"{CLIENT}/transport.py",
        "screens/actions/acting.py",
    }
    # A permit for a conversation allows nothing else, and only these ask for one.
    assert mentions("permit_message") == {(module, "permit_message") for module in TALKS}
    assert mentions("redeem") == {(f"{CLIENT}/transport.py", "redeem")}
