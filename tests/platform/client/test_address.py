"""What an endpoint is about."""

from __future__ import annotations

from astro_tui.logs.line import Source
from astro_tui.platform.client import address


def test_the_path_of_an_endpoint() -> None:
    assert address.path_of(address.logs("d 1", "w", container="app")) == "/deployments/d%201/logs"
    assert address.path_of(address.me()) == "/me"


def test_errors_name_the_log_by_the_path_of_its_request() -> None:
    assert Source("d 1", "w", "app").request == "GET /deployments/d%201/logs"
