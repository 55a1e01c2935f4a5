"""Each fact about a deployment is read by one function, as ARCHITECTURE.md says. Actions read again what they need."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import astro_tui
from astro_tui.platform.client import Platform

PACKAGE = Path(astro_tui.__file__).parent
READERS = {
    "active_deployment": "presentation/presence.py read_source",
    "alerts": "presentation/presence.py read_source",
    "audit_log": "session/account_store.py audit_page",
    "billing": "session/account_store.py read_account",
    "build_log": "session/builds.py read_log",
    "builds": "session/builds.py read_all_builds",
    "capabilities": "actions/target.py read_rights",
    "chat_stream": "chat/talk.py _stream",
    "conversations": "screens/deployment/sections/chat/pane.py load",
    "costs": "session/numbers.py _cost",
    "daily_spend": "session/account_store.py read_account",
    "deployment_body": "presentation/presence.py read_source",
    "events": "presentation/presence.py read_source",
    "github": "session/builds.py read_builds",
    "history": "presentation/presence.py read_source",
    "log_page": "logs/pages.py _page",
    "log_stream": "logs/follower.py _stream",
    "logs": "session/agent.py _log",
    "months": "screens/picker/agents.py _months",
    "observation": "session/trace_store.py observation",
    "observation_metrics": "session/numbers.py _observations",
    "pod_metrics": "session/numbers.py read_load",
    "quotas": "session/account_store.py read_account",
    "runtime": "presentation/presence.py read_source",
    "spending": "session/account_store.py read_account",
    "status_body": "presentation/presence.py read_status",
    "template": "presentation/presence.py read_template",
    "trace": "session/trace_store.py read",
    "traces": "session/trace_store.py page",
    "traffic": "session/numbers.py _traffic",
    "traffic_summary": "session/numbers.py _traffic",
    "variables": "session/account_store.py read_account",
    "vulnerabilities": "session/checking.py _scan",
}
"""Each method of the client that reads something about a deployment, and the only function that calls it."""
SEVERAL = {
    # The list: of one account, of several, of one deployment's account, and the first one, which is half read.
    "deployments": {
        "presentation/presence.py read_source",
        "screens/picker/agents.py _list",
        "session/scope.py read",
        "session/scope.py read_entries",
        "session/startup_request.py _read",
    },
    # Hosts whose requests failed lately, or all of a chosen time.
    "flows": {"presentation/presence.py read_source", "session/numbers.py read_peers"},
}
WANTED = {**{method: {place} for method, place in READERS.items()}, **SEVERAL}
OF_ACTIONS = ("actions/deploy.py", "actions/follow.py", "actions/preview.py", "actions/resolving.py")


OTHERS = {
    *("agent_config", "agent_ready", "conversation"),  # of an open conversation: chat/
    *("audit_filters", "members"),  # names
    *(
        "blueprint",
        "catalog",
        "fingerprint",
        "health",
        "me",
        "overview",
        "probe",
    ),  # of the server, the login, and the catalog
    *("change", "deployment"),  # only for actions
    "fetch",  # the first request, whatever it is
}


def uses(module: str, node: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Yield the methods of the client that a module uses, each with the function around it."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Attribute) and child.attr in WANTED and ast.unparse(child.value).endswith("platform"):
            yield child.attr, f"{module} {inside}"
        yield from uses(module, child, inside)


def test_one_function_reads_each_fact() -> None:
    readers: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).as_posix()
        if not module.startswith(("demo/", "platform/", *OF_ACTIONS)):
            for method, place in uses(module, ast.parse(path.read_text(encoding="utf-8"))):
                readers.setdefault(method, set()).add(place)
    assert readers == WANTED


def test_nothing_else_reads_a_fact() -> None:
    methods = [(name, method) for name, method in vars(Platform).items() if inspect.isfunction(method)]
    reading = {name for name, method in methods if name[0] != "_" and "call" in inspect.signature(method).parameters}
    assert reading == WANTED.keys() | OTHERS
