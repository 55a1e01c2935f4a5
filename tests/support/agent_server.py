"""A log server that also knows its agent, as far as commands need it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from support.log_server import LogServer

WORKLOAD = "claims-agent"


class AgentServer(LogServer):
    """Serves the log of `acme/claims`, the only agent, which has one workload. `others` are other responses by path."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        row = {"id": "d-1", "name": "claims", "display_name": "Claims", "status": "Running"}
        self.others: dict[str, Any] = {
            "/api/v1/deployments": {"deployments": [row]},
            "/api/v1/deployments/d-1": {"deployment": {**row, "workloads": [{"name": WORKLOAD, "component": "agent"}]}},
        }
        outer = self
        inner: Any = self._server.RequestHandlerClass

        class Handler(inner):  # type: ignore[misc]
            def do_GET(self) -> None:  # noqa: N802  a method of the base class
                found = outer.others.get(urlsplit(self.path).path)
                if found is None:
                    super().do_GET()
                    return
                body = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server.RequestHandlerClass = Handler
