"""Records accept anything: every version of the server, nulls, wrong types, and unknown keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.offline import Offline

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform import models
from astro_tui.platform.client import Platform, address
from astro_tui.platform.deployment_rows import Deployment, read_exactly, read_tolerantly
from astro_tui.platform.models.values import Moment, PlatformModel, text_of

MADE_HERE = (models.BlueprintPage, models.RevisionHistory, models.TracePage)
"""No server sends these: what it sends is put into them."""


def kinds_of(kind: type[PlatformModel]) -> Iterator[type[PlatformModel]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_of(each)


RECORDS = [each for each in kinds_of(PlatformModel) if each not in MADE_HERE]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def row_of(value: dict[str, Any]) -> Deployment:
    """Read one row both ways where both can: they must agree."""
    # Without an id and a name it would not be a deployment.
    value = {"id": "d1"} | value
    tolerant = read_tolerantly([value])
    exact = read_exactly(json.dumps({"deployments": [value]}).encode())
    assert exact is None or exact == tolerant
    return tolerant.rows[0]


@given(st.lists(st.dictionaries(st.sampled_from(Deployment.__struct_fields__), JSON), max_size=4))
def test_the_list_reads_the_same_fast_and_slowly(rows: list[object]) -> None:
    exact = read_exactly(json.dumps({"deployments": rows}).encode())
    tolerant = read_tolerantly(rows)
    assert len(tolerant.rows) + tolerant.odd == len(rows)
    assert all(row.id or row.name or row.display_name for row in tolerant.rows)
    assert exact is None or exact == tolerant


# ---- any shape


@pytest.mark.nightly
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
@settings(max_examples=10)
@given(data=st.data())
def test_no_value_of_any_field_loses_a_record(record: type[PlatformModel], data: st.DataObject) -> None:
    fields = [field.alias or name for name, field in record.model_fields.items() if name != "extra"]
    values = data.draw(st.dictionaries(st.sampled_from(fields) | st.text(max_size=5), JSON))
    values.pop("extra", None)
    repr(record.model_validate(values))


@given(st.lists(JSON, max_size=6))
def test_an_odd_row_never_hides_the_others(rows: list[Any]) -> None:
    rows = [row for row in rows if not isinstance(row, float)]
    mixed = [{"id": "first"}, *rows, {"id": "last"}]
    body = json.dumps({"deployments": mixed}).encode()
    found = Offline(body).deployments("acme")
    assert found.rows[0].id == "first"
    assert found.rows[-1].id == "last"
    assert len(found.rows) + found.odd == len(mixed)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, ""),
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
        (10**30, "1" + "0" * 30),
    ],
)
def test_other_types_become_text(value: object, text: str) -> None:
    assert text_of(value) == text
    assert row_of({"status": value}).status == text


def test_endpoints_without_ready_are_not_ready() -> None:
    row = row_of({"external_urls": [{"url": "u"}, {"ready": True}, {"ready": "true"}, 5, None]})
    assert [endpoint.ready for endpoint in row.external_urls] == [False, True, True]


# ---- times


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-07-01T16:05:14", datetime(2026, 7, 1, 16, 5, 14, tzinfo=UTC)),
        ("2026-07-01 16:05:14Z", datetime(2026, 7, 1, 16, 5, 14, tzinfo=UTC)),
        ("2026-07-01T16:05:14+02:00", datetime(2026, 7, 1, 16, 5, 14, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-07-01t16:05:14z", datetime(2026, 7, 1, 16, 5, 14, tzinfo=UTC)),
        ("2026-07-01 16:05:14 UTC", datetime(2026, 7, 1, 16, 5, 14, tzinfo=UTC)),
        # Such a time stands for "never". Converting it to some zones would raise.
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", None),
        (1751385914, None),
        (None, None),
    ],
)
def test_times(raw: object, at: datetime | None) -> None:
    moment = Moment.of(raw)
    assert moment.at == at
    assert moment.raw == text_of(raw)
    assert bool(moment) is bool(raw)


@given(st.text(max_size=30))
def test_any_text_is_a_moment(raw: str) -> None:
    assert Moment.of(raw).raw == raw


# ---- the active deployment


def test_the_spec_is_the_bytes_that_were_sent() -> None:
    spec = b'{"a": 1.10,  "a":2, "big": 123456789012345678901234567890, "e":1E5, "s":"\\u00fc\\/"}'
    body = b'\xef\xbb\xbf {"id":"x", "build_id": 1.10,"new":[1, 2],"spec" : ' + spec + b" }\n"
    record = Offline(body).active_deployment("acme", "a")
    assert record.spec == spec
    assert record.build_id == "1.10"
    assert record.extra == {"new": b"[1, 2]"}
    assert record.undeployed_at is None


def test_absent_and_null_are_different() -> None:
    def undeployed(rest: bytes) -> Moment | None:
        return Offline(b'{"id":"x"' + rest + b"}").active_deployment("acme", "a").undeployed_at

    assert undeployed(b"") is None
    assert undeployed(b',"undeployed_at":null') == Moment("", None)
    assert undeployed(b',"undeployed_at":"later"') == Moment("later", None)


@pytest.mark.parametrize(
    "spec",
    [
        b'{"lone":"\\ud800"}',
        b'{"not a number":NaN}',
        b'{"raw":"tab\there"}',
        b'{"a":"\\ud83d\\ude00"}',
        b"{}",
        b'{"q":"\\"}{["}',
    ],
)
def test_a_spec_that_only_the_lenient_parser_accepts(spec: bytes) -> None:
    record = Offline(b'{"id":"x", "spec":' + spec + b' , "z":1}').active_deployment("acme", "a")
    assert record.spec == spec
    assert record.extra == {"z": b"1"}


@given(st.dictionaries(st.text(max_size=5), JSON), st.booleans())
def test_any_object_is_taken_apart_exactly(value: dict[str, Any], spaced: bool) -> None:
    from astro_tui.platform.client.decode import members

    text = json.dumps(value, indent=2 if spaced else None).encode()
    found = members(text)
    assert found is not None
    assert found.keys() == value.keys()
    assert all(repr(json.loads(raw)) == repr(value[key]) for key, raw in found.items())


@pytest.mark.parametrize("body", [b"{}", b'{"other":1}', b"[]", b"null", b"3"])
def test_responses_that_are_not_records(body: bytes) -> None:
    with pytest.raises(PlatformError) as caught:
        Offline(body).active_deployment("acme", "a")
    assert caught.value.kind is ErrorKind.ODD_SHAPE
    assert "id and spec" in str(caught.value) or "an object" in str(caught.value)


# ---- lists


def test_history_of_old_and_new_servers() -> None:
    body = b'{"count":4,"deployments":[{"id":"d","revision":2,"is_current":true,"spec":{}},'
    body += b'{"id":"d","revision":1,"spec":{}}, {"id":"old","deployed_at":"2024","spec":{"x":1.10}},7]}'
    history = Offline(body).history("acme", "a")
    assert [row.key for row in history.rows] == [("d", "2"), ("d", "1"), ("old", "2024")]
    assert history.rows[2].spec == b'{"x":1.10}'
    assert history.rows[0].is_current
    assert history.odd == 1


def test_of_a_very_long_history_the_newest_rows_are_kept() -> None:
    body = {"deployments": [{"id": "d", "revision": number} for number in range(6_001, 0, -1)]}
    history = Offline(body).history("acme", "a")
    assert (history.rows[0].revision, history.rows[-1].revision) == (6_001, 1_002)
    assert (len(history.rows), history.older) == (5_000, 1_001)


@pytest.mark.parametrize("body", [b'{"deployments":null}', b'{"deployments":[]}', b'{"count":0}'])
def test_empty_lists(body: bytes) -> None:
    assert Offline(body).history("acme", "a").rows == ()
    assert Offline(body).deployments("acme").rows == ()


@pytest.mark.parametrize("body", [b'{"deployments":{}}', b'{"deployments":"x"}', b"{}", b'{"error":"x"}'])
def test_no_list(body: bytes) -> None:
    asks: list[Callable[[], object]] = [
        lambda: Offline(body).history("acme", "a"),
        lambda: Offline(body).deployments("acme"),
    ]
    for ask in asks:
        with pytest.raises(PlatformError) as caught:
            ask()
        assert caught.value.kind is ErrorKind.ODD_SHAPE
        assert "expected a list of deployments" in str(caught.value)


def test_catalog() -> None:
    body = b'{"agents":[{"name":"a","account":"x","versions":[{"build_id":"b","spec":{"v":1.0},"readme":"# A"}]},'
    body += b'{"name":"b","versions":null,"publishers":[{"name":"P"}]},null],"count":81,"has_more":true,"limit":100}'
    page = Offline(body).catalog()
    assert page.rows[0].builds[0].spec == b'{"v":1.0}'
    assert page.rows[1].builds == ()
    assert page.rows[1].publishers[0].name == "P"
    assert (page.count, page.limit, page.offset, page.has_more, page.odd) == (81, 100, None, True, 1)


def test_the_card_of_a_blueprint() -> None:
    body = (
        b'{"name":"a","hearted":true,"name_reserved":1,"metrics":{"deploy_count":3},"draft_card":{"body":"soon"},'
        b'"versions":[{"build_id":"b","agent_card":{"body":"# A"},"validation_warnings":[{"field":"f","message":"m"},'
        b'"text",7,null]},{"build_id":"c","agent_card":null,"validation_warnings":null},{"agent_card":"plain"}]}'
    )
    blueprint = Offline(body).blueprint("x", "a")
    assert (blueprint.hearted, blueprint.name_reserved) == (True, True)
    assert blueprint.metrics is not None
    assert (blueprint.metrics.deploy_count, blueprint.metrics.lifetime_messages) == (3, None)
    assert blueprint.draft_card is not None
    newest, older, odd = blueprint.builds
    assert newest.agent_card is not None
    assert newest.agent_card.body == "# A"
    assert [(each.field, each.message) for each in newest.validation_warnings] == [("f", "m"), ("", "text")]
    assert older.agent_card is None
    assert older.validation_warnings == ()
    assert odd.agent_card is not None
    assert odd.agent_card.body == "plain"
    assert Offline(b'{"name":"a","metrics":null,"draft_card":7}').blueprint("x", "a").metrics is None


def test_the_endpoints_of_the_catalog() -> None:
    where = address.catalog
    assert where() == "/agents?limit=100&offset=0"
    assert where("a b&c", 100, tag="t", sort="name") == "/agents?q=a%20b%26c&tag=t&sort=name&limit=100&offset=100"
    assert where(account="../x") == "/agents/..%2Fx?limit=100&offset=0"


def test_another_blueprint_than_requested() -> None:
    for body in (b'{"name":"b"}', b'{"agent":{"name":"a","account":"other"}}', b'{"name":"x\\u001b[2J"}'):
        error = refused(lambda body=body: Offline(body).blueprint("x", "a"))  # type: ignore[misc]
        assert error.kind is ErrorKind.ODD_SHAPE
        assert str(error).startswith("The response is about another blueprint, ")
        assert "\x1b" not in str(error)
    assert Offline(b'{"name":"A","account":"X"}').blueprint("x", "a").name == "A"


def test_another_deployment_than_requested() -> None:
    error = refused(lambda: Offline(b'{"deployment":{"id":"two"}}').deployment("one"))
    assert (error.kind, str(error)) == (ErrorKind.ODD_SHAPE, "The response is about another deployment, two.")
    assert Offline(b'{"deployment":{"name":"a"}}').deployment("one").name == "a"


def refused(ask: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        ask()
    return caught.value


def test_first_account() -> None:
    me = models.Me.model_validate(
        {"accounts": [{"name": "org", "type": "organization"}, {"name": "me", "type": "personal"}]}
    )
    assert me.first_account == "me"
    # One without a name cannot be opened.
    nameless = {"accounts": [{"type": "personal"}, {"name": "acme", "type": "team"}]}
    assert models.Me.model_validate(nameless).first_account == "acme"
    assert models.Me.model_validate({"accounts": None, "user": 5}).first_account == ""


# ---- against the demo platform


def outcome(call: Callable[[], object]) -> str:
    """Return what a call returned, or what went wrong, in words."""
    try:
        return f"read: {call()!r}"
    except PlatformError as error:
        return str(error)


@pytest.mark.parametrize("fault", [None, Fault.nulls(), Fault.wrong_types()], ids=["true", "nulls", "types"])
def test_every_endpoint_of_the_demo_with_three_faults(fault: Fault | None) -> None:
    with DemoServer(frozen=True) as demo:
        platform = Platform(demo.url, demo.token)
        account = demo.default_account
        row = next(row for row in platform.deployments(account).rows if row.status == "Running")
        blueprint = platform.catalog().rows[0]
        if fault is not None:
            demo.faults.set("/", fault)
        since, until = datetime.now(UTC) - timedelta(hours=6), datetime.now(UTC)
        calls: list[Callable[[], object]] = [
            platform.me,
            platform.health,
            platform.catalog,
            lambda: platform.deployments(account),
            lambda: platform.deployment(row.id),
            lambda: platform.status_body(row.id),
            lambda: platform.history(account, row.name),
            lambda: platform.active_deployment(account, row.name),
            lambda: platform.blueprint(blueprint.account, blueprint.name),
            lambda: platform.pod_metrics(row.id, "pod", "1h"),
            lambda: platform.traffic(row.id, "rate", since, until),
            lambda: platform.traffic_summary(row.id, since, until),
            lambda: platform.observation_metrics(row.id, since, until),
            lambda: platform.months(account),
            lambda: platform.costs(account, since, until),
        ]
        for call in calls:
            # A name of another type counts as the name of another deployment or blueprint.
            assert outcome(call).startswith(("read: ", "The response is about another ") if fault else "read: ")
        platform.close()
