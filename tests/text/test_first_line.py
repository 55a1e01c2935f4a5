"""Masking the first text compiles only a few patterns, because that happens on the thread that draws."""

from __future__ import annotations

import subprocess
import sys

import pytest

MOST = 24
"""Patterns that may be compiled for the first ordinary text; there are more than 250."""
COUNTING = """
import re, sys
from astro_tui.text.redaction import masked_line
compiled = []
real = re._compiler.compile
re._compiler.compile = lambda pattern, flags=0: (compiled.append(pattern), real(pattern, flags))[1]
assert masked_line(sys.argv[1]) == sys.argv[1]
print(len(compiled))
"""


@pytest.mark.parametrize(
    "text",
    [
        "Claims Desk (EU)",
        "550e8400-e29b-41d4-a716-446655440000",
        f"ghcr.io/acme/bot:v1@sha256:{'0' * 64}",
        "secret db-credentials not found",
        "password authentication failed for user app",
        "GET https://api.example.com/v1/items?page=2 200 in 12 ms",
    ],
)
def test_few_patterns_are_compiled_for_the_first_text(text: str) -> None:
    ran = subprocess.run([sys.executable, "-c", COUNTING, text], capture_output=True, text=True, check=True)
    assert int(ran.stdout) <= MOST
