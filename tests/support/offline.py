"""A platform that responds to every request in the same way, for tests of what the client reads in a response."""

from __future__ import annotations

import json

from astro_tui.platform.client import Call, Platform, Response


class Offline(Platform):
    """Responds with a body, which can be given as a value for JSON."""

    def __init__(self, body: object) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.response = Response(raw, "GET /api/v1/test", 0.0)

    def fetch(self, endpoint: str, *, call: Call | None = None) -> Response:
        """Return the response."""
        return self.response
