"""What is checked before the app starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from astro_tui.app.launch import textual_problem


def test_the_installed_textual_fits() -> None:
    assert textual_problem() == ""


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ("from textual.screen import Screen; del Screen._binding_chain", "Screen._binding_chain"),
        ("import sys; sys.modules['textual._xterm_parser'] = None", "textual._xterm_parser"),
    ],
)
def test_a_textual_that_does_not_fit_is_named_at_startup(change: str, lacks: str) -> None:
    code = f"{change}; from astro_tui.app.launch import run; run(None)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode
    assert f"ConfigError: Textual 8.2.8 does not fit: it lacks {lacks}. Install the version" in done.stderr
