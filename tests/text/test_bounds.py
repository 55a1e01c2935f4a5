"""Text is masked before it is cut, and what must be cut before it is masked never ends in half a secret."""

from __future__ import annotations

import pytest

from astro_tui.diagnosis.wording import said
from astro_tui.logs import MOST_MESSAGE
from astro_tui.logs.line import message_of
from astro_tui.platform import lenient
from astro_tui.platform.client.decode import LONGEST_MESSAGE, shortened
from astro_tui.presentation.catalog import READ, first_line
from astro_tui.presentation.status import status_of
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line

URL = "postgres://svc:hunter2pw@db.internal:5432/claims"


@pytest.mark.parametrize("most", [16, 120, 400, 4000, LONGEST_MESSAGE, MOST_MESSAGE])
@pytest.mark.parametrize("kept", [1, 11, 16, 20, 23, 24, 30])
def test_a_text_cut_inside_of_a_secret_shows_nothing_of_it(most: int, kept: int) -> None:
    """The cut is `kept` characters after the start of the URL: before, in, and after the password."""
    if most < kept:
        return
    text = f"{('connection lost ' * most)[: most - kept - 1]} {URL} is not reachable"
    for shown in (
        masked_line(text, most),
        masked_line(bounded(text, most)),
        masked_line(lenient.text({"message": text}, "message")),
        masked_line(message_of(text)),
        masked_line(str(shortened(text, most))),
        said(text, most),
        status_of(text).label,
        first_line(text[1:] if text[0] == " " else text),
    ):
        assert "hunt" not in shown


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("one two three", 20, "one two three"),
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 7, "one two…"),
        ("one two three", 6, "one…"),
        ("one", 2, "…"),
        ('{"a":"one","b":"two"}', 14, '{"a":"one",…'),
        ("x" * 3000, 2500, "x" * 1500 + "…"),
    ],
)
def test_the_last_word_that_does_not_fit_is_dropped(text: str, most: int, shown: str) -> None:
    assert bounded(text, most) == shown


def test_the_first_line_of_a_long_readme_has_no_half_of_a_secret() -> None:
    assert "hunt" not in first_line(f"{'a' * (READ - 20)} {URL}")
