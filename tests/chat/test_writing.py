"""A text that is being written shows no half of a secret, and looks the same in the end however it arrived."""

from __future__ import annotations

import pytest

from astro_tui.chat import writing
from astro_tui.chat.writing import SafeText

TOKEN = "sk-ant-api03-" + "abcdefghijklmnopqrstuvwxyz0123456789"
PROSE = "The quick brown fox jumps over the lazy dog, and goes on.\n" * 60
KEY = f"-----BEGIN PRIVATE KEY-----\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 3}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Use {TOKEN} for that.", TOKEN),
        (f"{PROSE}Use {TOKEN} for that.\n{PROSE}", TOKEN),
        (f"{PROSE}{KEY}{PROSE}", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"),
        (f"{PROSE}password: hunter2hunter2\n", "hunter2hunter2"),
        ("my login is mine-alone here", "mine-alone"),
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_no_part_of_a_secret_is_shown(text: str, secret: str, *, lines: bool) -> None:
    safe, shown = SafeText(lambda: ["mine-alone"]), ""
    for end in range(0, len(text), 7):
        before, shown = shown, safe.of(text[:end], lines=lines)
        assert secret[:8] not in shown
        if lines and KEY not in text:
            # What was printed cannot be taken back.
            assert shown.startswith(before)
    whole = safe.of(text, whole=True)
    assert secret[:8] not in whole
    assert SafeText(lambda: ["mine-alone"]).of(text, whole=True) == whole


def test_control_characters_are_visible_except_for_line_breaks_and_tabs() -> None:
    assert SafeText().of("a\tb\r\n\x1b[2Jc \u202ed", whole=True) == "a\tb\n␛[2Jc <U+202E>d"


def test_a_text_that_is_replaced_starts_again() -> None:
    safe = SafeText()
    assert safe.of(PROSE).startswith("The quick")
    assert safe.of("No.", whole=True) == "No."


@pytest.mark.parametrize("begin", ["-----BEGIN PRIVATE KEY-----", "-----BEGIN"])
def test_a_key_that_never_ends_is_masked_once(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list[int]()

    def counted(text: str) -> str:
        sizes.append(len(text))
        return text

    monkeypatch.setattr(writing, "redact_text", counted)
    safe, text = SafeText(), f"Look for {begin} in this file.\n{PROSE * 30}"
    for end in range(0, len(text), 1_000):
        safe.of(text[:end])
    assert max(sizes) < len(text) / 4
