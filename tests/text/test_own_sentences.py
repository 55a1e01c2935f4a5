"""The masker leaves our own sentences as they are: messages and checks of the doctor are masked as a whole."""

from __future__ import annotations

import sys
from itertools import cycle
from pathlib import Path

import pytest

from astro_tui.text.redaction import redact_text

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
sys.path.append(str(ROOT / "scripts"))

import sentences  # noqa: E402  found by the path above

TABLES = "astro_tui/text/redaction/"
"""The masker's own tables have hints and names of secrets side by side, and no sentence."""
NO_SENTENCES = ("Basic {…}", "Bearer {…}", "{…} bearer {…}", "secret: {…}", "signature: {…} bytes")
"""Headers, and notes about a value; none of them is masked as a whole."""
OWN = [
    found
    for path in sentences.files(demo=False)
    for found in sentences.sentences(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    if not found.path.startswith(TABLES) and found.text not in NO_SENTENCES
]
ORDINARY = [
    ("support-bot",),
    ("3",),
    ("acme", "12", "3 minutes ago"),
    ("https://api.astropods.ai/api/v1/agents", "401"),
    ("~/.config/astro-tui/settings.toml", "Permission denied"),
    ("support-bot", "ze5-r2l-m16", "v1.24.3"),
    ("HTTPS_PROXY", "the certificate has expired"),
    ("environment.MODEL_NAME", "gpt-4o-mini"),
]
"""What may stand in a sentence: names, numbers, addresses, paths, keys of a spec."""


def test_there_are_many_sentences() -> None:
    assert len(OWN) > 1000


@pytest.mark.parametrize("values", ORDINARY)
def test_no_sentence_of_ours_is_masked(values: tuple[str, ...]) -> None:
    masked = []
    for found in OWN:
        value, text = cycle(values), found.text
        while sentences.PLACEHOLDER in text:
            text = text.replace(sentences.PLACEHOLDER, next(value), 1)
        if redact_text(text) != text:
            masked.append(f"{found.path}:{found.line}: {redact_text(text)}")
    assert not masked
