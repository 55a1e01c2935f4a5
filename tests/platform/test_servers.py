"""What is known about a server from its address."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.deadline import DEADLINE

from astro_tui.platform.servers import cli_of, origin_of


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://Astropods.com/", "https://astropods.com"),
        ("https://astropods.com:443", "https://astropods.com"),
        ("http://[::1]:80", "http://[::1]"),
        ("", ""),
        ("http://x:port", ""),
        ("https://user@x.example", ""),
        ("http://[::1", ""),
    ],
)
def test_the_origin_of_a_server(server: str, wanted: str) -> None:
    assert origin_of(server) == wanted


@pytest.mark.parametrize(
    ("server", "cli"),
    [
        ("https://astropods.com", "ast"),
        ("https://astropods.com:443/", "ast"),
        ("https://astropod.ai", "ast-preview"),
        ("http://localhost:8080", "ast-dev"),
        ("http://astropods.com", ""),
        ("https://localhost:8080", ""),
        ("x", ""),
    ],
)
def test_the_cli_of_a_server(server: str, cli: str) -> None:
    assert cli_of(server) == cli


def test_it_loads_no_client() -> None:
    code = "import sys, astro_tui.platform.servers; print('astro_tui.platform.client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=DEADLINE)
    assert done.stdout.strip() == "False"
