"""What the deployment screen keeps of a large record."""

from __future__ import annotations

import json

from astro_tui.document import Document
from astro_tui.platform.models import ActiveDeployment
from astro_tui.screens.deployment.reads import parsed_record

LARGE = json.dumps({"value": "x" * (2 << 20)}).encode()


def record_of(spec: bytes) -> ActiveDeployment:
    return ActiveDeployment(id="one", spec=bytes(bytearray(spec)))


def test_a_large_spec_is_kept_once() -> None:
    first = parsed_record(record_of(LARGE), None)
    assert first.document is not None
    assert first.record.spec is first.document.text
    again = parsed_record(record_of(LARGE), first.document)
    assert again.document is first.document
    assert again.record.spec is first.document.text
    assert Document.parse(first.record.spec) is first.document


def test_a_small_spec_is_kept_as_it_was_sent() -> None:
    found = parsed_record(record_of(b'{ "one" :1}'), None)
    assert found.record.spec == b'{ "one" :1}'


def test_the_document_on_screen_stays_when_nothing_changed() -> None:
    shown = parsed_record(record_of(b'{"one":1}'), None).document
    assert parsed_record(record_of(b'{"one":1}'), shown).document is shown
    assert parsed_record(record_of(b'{"one":2}'), shown).document is not shown


def test_a_large_spec_that_cannot_be_parsed_is_not_kept() -> None:
    found = parsed_record(record_of(LARGE + b"}"), None)
    assert found.problem is not None
    assert found.record.spec == b""
    # The frames of the traceback would keep the text and all that was made of it.
    assert found.problem.__traceback__ is found.problem.__context__ is found.problem.__cause__ is None
