"""How much a coding agent reads to learn a cause: `astro-tui mcp` against the JSON that the platform's CLI prints.

For each agent of the demo, one call of `why` through the official client, over real pipes. The other figure is what
`ast … --json` prints for the same questions: status, runtime, events, history, and the last 200 lines of each log.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from astro_tui.cli.mcp.results import BYTES
from astro_tui.demo import DemoServer

ACCOUNT = "meridian-labs"
MOST_TOKENS, MOST_CALLS = 3_000, 2
LIST = {"account": ACCOUNT, "problems_only": True}


def raw_tokens(demo: DemoServer, agent: dict[str, Any]) -> int:
    """Return the tokens of the platform's responses about an agent."""
    key, name = agent["id"], agent["name"]
    paths = [f"/deployments/{key}{rest}" for rest in ("", "/status", "/runtime", "/events")]
    paths.append(f"/agents/{ACCOUNT}/{name}/deployments?deployment_id={key}")
    bodies = [body(demo, path) for path in paths]
    workloads = json.loads(bodies[0] or b"{}").get("deployment", {}).get("workloads", [])
    bodies += [body(demo, f"/deployments/{key}/logs?workload={each['name']}&tail=200") for each in workloads]
    return sum(map(len, bodies)) // BYTES


def body(demo: DemoServer, path: str) -> bytes:
    """Return the body of a response, or nothing if the platform refuses."""
    request = urllib.request.Request(f"{demo.url}/api/v1{path}", headers={"Authorization": f"Bearer {demo.token}"})
    try:
        with urllib.request.urlopen(request) as response:
            return bytes(response.read())
    except OSError:
        return b""


async def measured(demo: DemoServer, home: str) -> list[tuple[str, int, int, str]]:
    """Return the name, the tokens of both, and the kind of the cause for each agent with a problem in the list."""
    variables = {**os.environ, "HOME": home, "ASTRO_ACCESS_TOKEN": demo.token}
    program = str(Path(sys.executable).with_name("astro-tui"))
    server = StdioServerParameters(command=program, args=["mcp", "--server", demo.url], env=variables)
    rows = []
    async with Client(stdio_client(server)) as client:
        listed = (await client.call_tool("list_agents", {"account": ACCOUNT, "max_tokens": 20_000})).structured_content
        first = (await client.call_tool("list_agents", LIST)).structured_content
        for agent in listed["items"]:
            why = (await client.call_tool("why", {"agent": f"{ACCOUNT}/{agent['id']}"})).structured_content
            tokens = sum(len(json.dumps(each, ensure_ascii=False).encode()) for each in (first, why)) // BYTES
            rows.append((agent["name"], tokens, raw_tokens(demo, agent), why["items"][0]["cause"]["kind"]))
    return rows


def main() -> int:
    """Print the figures, and return 1 if the bar is missed."""
    with DemoServer() as demo, TemporaryDirectory() as home:
        rows = anyio.run(measured, demo, home)
    for name, ours, raw, kind in rows:
        print(f"{name:28} {kind:12} {ours:8,} {raw:10,}")
    ours, raw = (median(row[place] for row in rows) for place in (1, 2))
    causes = sum(kind != "unknown" for *_rest, kind in rows)
    print(f"{len(rows)} agents, {causes} with a cause or found healthy, in {MOST_CALLS} calls each (list_agents, why)")
    print(f"median tokens: {ours:,.0f}; the platform's JSON: {raw:,.0f} ({raw / ours:.1f} times as much)")
    print(f"{'met' if ours <= MOST_TOKENS else 'MISSED'}: at most {MOST_TOKENS:,} tokens")
    return int(ours > MOST_TOKENS)


if __name__ == "__main__":
    sys.exit(main())
