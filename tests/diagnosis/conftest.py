"""What makes diagnosing thousands of variations of the same incidents fast."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from astro_tui.diagnosis import wording
from astro_tui.document import Document

_masked_line = lru_cache(4096)(wording.masked_line)
_parse = lru_cache(4096)(Document.parse)


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """Mask each text once, and read each spec once: the variations of an incident say the same again and again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "masked_line", _masked_line)
        patch.setattr(Document, "parse", _parse)
        yield
