"""The catalog without a screen: queries, loaded pages, and texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.platform.models import Blueprint, BlueprintPage
from astro_tui.presentation.catalog import (
    FURTHEST,
    PAGE,
    CatalogQuery,
    Listing,
    about,
    blueprint_fields,
    build_fields,
    build_line,
    first_line,
    next_scope,
    note_of,
    with_order,
)

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


def page(names: list[str], count: int | None, *, more: bool, odd: int = 0) -> BlueprintPage:
    rows = tuple(Blueprint(account="a", name=name) for name in names)
    return BlueprintPage(rows=rows, count=count, has_more=more, odd=odd)


def test_parsing_typed_text() -> None:
    assert CatalogQuery.of("ferry guide") == CatalogQuery("ferry guide")
    assert CatalogQuery.of(" tag:tea  green ", "acme", "name") == CatalogQuery("green", "tea", "acme", "name")
    assert CatalogQuery.of("from:nordlys x", "acme") == CatalogQuery("x", account="nordlys")
    assert CatalogQuery.of("from: tag:", "acme") == CatalogQuery(account="acme")
    assert str(CatalogQuery.of("a b tag:c")) == "“a b” tag c"
    assert with_order(with_order(CatalogQuery())) == CatalogQuery()
    assert with_order(CatalogQuery()).order == "name"


def test_scopes_cycle() -> None:
    assert [next_scope(at, ["x", "y"]) for at in ("", "x", "y", "gone")] == ["x", "y", "", "x"]
    assert next_scope("", []) == ""


def test_pages() -> None:
    listing = Listing(CatalogQuery())
    listing.add(0, page([f"n{number}" for number in range(PAGE)], 250, more=True))
    assert (listing.total, listing.missing(0, 99)) == (250, None)
    assert listing.missing(90, 130) == 100
    assert listing.missing(220, 249) == 200
    listing.add(200, page(["x"] * 50, 250, more=False))
    assert listing.missing(200, 300) is None
    assert listing.missing(180, 220) == 100
    assert listing.index_of("a/n7") == 7
    assert listing.index_of("a/no") is None


def test_a_server_with_shorter_pages_and_no_count() -> None:
    listing = Listing(CatalogQuery())
    listing.add(0, page(["x"] * 50, None, more=True))
    assert (listing.total, listing.missing(0, 60)) == (51, 50)
    listing.add(50, page([], None, more=True))
    assert (listing.total, listing.missing(0, 60)) == (50, None)


def test_an_unreadable_entry_is_not_requested_again() -> None:
    listing = Listing(CatalogQuery())
    listing.add(0, page(["x"] * 98, 100, more=False, odd=2))
    assert (listing.total, listing.odd, listing.missing(0, 200)) == (100, 2, None)


def test_rows_beyond_the_largest_offset() -> None:
    listing = Listing(CatalogQuery())
    listing.add(0, page(["x"] * PAGE, 25_000, more=True))
    assert (listing.total, listing.beyond) == (FURTHEST + PAGE, 25_000 - FURTHEST - PAGE)
    assert listing.missing(listing.total - 5, listing.total) == FURTHEST


@given(st.integers(0, 900), st.integers(1, 200), st.lists(st.integers(0, 900), max_size=8))
def test_every_row_loads_in_a_bounded_number_of_requests(count: int, size: int, positions: list[int]) -> None:
    """Against a server with pages of any size."""
    names = [f"n{number}" for number in range(count)]

    def request(listing: Listing, offset: int) -> None:
        shown = names[offset : offset + min(size, PAGE)]
        listing.add(offset, page(shown, count, more=offset + len(shown) < count))

    listing = Listing(CatalogQuery())
    request(listing, 0)
    for position in positions:
        first = min(position, max(0, listing.total - 1))
        for _ in range(60 + PAGE):
            offset = listing.missing(first, first + 30)
            if offset is None:
                break
            request(listing, offset)
        else:
            raise AssertionError("endless requests")
        for place in range(first, min(first + 31, listing.total)):
            assert listing.rows[place].name == names[place]
    assert listing.total == count


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("# Title\n\nWhat it *is* for. `Really`.", "What it is for. Really."),
        ("# Only a title", "Only a title"),
        ("Title\n=====\n\n![badge](x) [![b](c)](d)\n\nProse [link](https://x.example) here", "Title"),
        ("[![b](c)](d)\n<p align=center>\n> Quoted **prose**", "Quoted prose"),
        ("```\ncode\n```\n\n| a | b |\n|---|---|\n\nAfter", "After"),
        ("", ""),
        ("\n\n", ""),
        ("#\n##\n", ""),
        ("\x1b[31mred", "␛[31mred"),
    ],
)
def test_the_first_line(markdown: str, line: str) -> None:
    assert first_line(markdown) == line


@given(st.text(max_size=300))
def test_the_first_line_is_one_printable_line(markdown: str) -> None:
    assert "\n" not in first_line(markdown)
    assert "\x1b" not in first_line(markdown)


def test_the_texts_of_a_blueprint() -> None:
    blueprint = Blueprint.model_validate(
        {
            "account": "acme",
            "name": "x",
            "visibility": "private",
            "archived_at": "2026-07-01T09:30:00Z",
            "heart_count": 1204,
            "hearted": True,
            "metrics": {"lifetime_messages": 9000, "deploy_count": 3},
            "publishers": [{"name": "Acme"}, {"account": "b"}],
            "versions": [
                {
                    "build_id": "b2",
                    "published_at": "2026-07-02T06:30:00",
                    "agent_card": {"body": "From the card."},
                    "validation_warnings": [{"field": "agent", "message": "odd"}, {"message": "too"}],
                    "commit_message": "One\n\nTwo",
                    "commit_sha": "abc",
                    "repo_full_name": "acme/x",
                }
            ],
        }
    )
    assert about(blueprint) == "From the card."
    assert note_of(blueprint) == "archived"
    assert build_line(blueprint, NOW) == "newest build b2, 3h ago, by Acme and b"
    values = {field.label: field.value for field in blueprint_fields(blueprint, NOW)}
    assert values["hearts"] == "1,204 (including yours)"
    assert (values["deploys"], values["messages"], values["builds"]) == ("3", "9,000", "1")
    assert values["archived"].startswith("1d ago")
    fields = [(field.label, field.value) for field in build_fields(blueprint.builds[0], NOW)]
    assert ("message", "One Two") in fields
    assert [value for label, value in fields if label == "warning"] == ["agent: odd", "too"]


def test_unknown_values() -> None:
    blueprint = Blueprint(name="bare", account="acme")
    assert (about(blueprint), note_of(blueprint)) == ("", "")
    assert build_line(blueprint, NOW) == "no builds yet; published by acme"
    values = {field.label: field.value for field in blueprint_fields(blueprint, NOW)}
    assert (values["hearts"], values["deploys"], values["visibility"]) == ("—", "—", "—")
    assert note_of(Blueprint(visibility="members-only")) == "members-only"
