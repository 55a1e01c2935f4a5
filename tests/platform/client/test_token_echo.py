"""A token that the server sends back, even with escaped letters, is never displayed or stored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.in_shell import Shell
from support.platforms import Opened

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import PlatformError
from astro_tui.presentation.remedies import in_shell
from astro_tui.text.redaction import MASK, without, without_in_json

LIST = "/accounts/[^/]+/deployments|/deployments"
RECORD = "/agents/harborline/tide-notes/deployment"


def escaped(token: str, places: tuple[int, ...], *, upper: bool = False) -> str:
    form = "\\u{:04X}" if upper else "\\u{:04x}"
    return "".join(form.format(ord(char)) if place in places else char for place, char in enumerate(token))


def put(body: object, token: str, written: str) -> str:
    return json.dumps(body).replace("TOKEN", written)


@pytest.mark.parametrize("token", ["t", "1", "tru"])
def test_a_short_token_is_not_removed(demo: DemoServer, opened: Opened, token: str) -> None:
    demo.faults.set("/deployments", Fault.response(400, '{"error": "true: 11 retries"}'))
    with pytest.raises(PlatformError) as caught:
        opened(demo.url, token).deployments("meridian-labs")
    assert caught.value.server_said == "true: 11 retries"


PLACES = [(0,), (3,), (0, 1, 2), tuple(range(10)), (-1,)]


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_rows_of_the_list_do_not_show_it(shell: Shell, places: tuple[int, ...], arguments: tuple[str, ...]) -> None:
    token = shell.demo.token
    written = escaped(token, tuple(place % len(token) for place in places))
    rows = [{"id": "1", "name": "a-TOKEN", "display_name": "TOKEN", "build_id": "TOKEN", "status": "failed TOKEN"}]
    shell.demo.faults.set("/deployments", Fault.response(200, put({"deployments": rows}, token, written)))
    done = shell("list", "meridian-labs", *arguments)
    assert token not in done.out + done.err
    assert MASK in done.out
    for path in shell.folder.rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes()


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("more", [(), ("--reveal",)])
def test_a_spec_does_not_show_it_as_a_key_or_a_value(
    shell: Shell, opened: Opened, places: tuple[int, ...], more: tuple[str, ...]
) -> None:
    token = shell.demo.token
    written = escaped(token, tuple(place % len(token) for place in places), upper=True)
    record = opened(shell.demo.url, token).active_deployment("harborline", "tide-notes")
    spec = {"TOKEN": "x", "note": "TOKEN", "inside": json.dumps({"a": "TOKEN"})}
    body = {"id": record.id, "agent_name": "tide-notes", "status": "active", "build_id": "b", "spec": spec}
    shell.demo.faults.set(f"^{RECORD}($|[?])", Fault.response(200, put(body, token, written)))
    shell.demo.faults.set(RECORD, Fault.response(200, put(body, token, written)))
    done = shell("show", "harborline/tide-notes", *more)
    assert done.code == 0, done.err
    assert token not in done.out + done.err
    assert done.out.count(MASK) >= 3


@pytest.mark.parametrize("body", ['{"error": "no: TOKEN"}', "plain TOKEN text", '["TOKEN"]'])
def test_an_error_does_not_quote_it(demo: DemoServer, opened: Opened, body: str) -> None:
    token = demo.token
    demo.faults.set("/deployments", Fault.response(400, body.replace("TOKEN", escaped(token, (0, 4)))))
    with pytest.raises(PlatformError) as caught:
        opened(demo.url, token).deployments("meridian-labs")
    error = caught.value
    assert token not in f"{error} {in_shell(error.remedies)} {error.server_said} {error.technical}"
    assert token.encode() not in json.dumps([error.server_said]).encode()


# A token is sent in a header, which has no backslash (RFC 6750).
LETTERS = st.characters(min_codepoint=33, max_codepoint=0x1F600, exclude_categories=["Cs"], exclude_characters="\\")


def ways(char: str) -> list[str]:
    """Return the ways of writing a letter in JSON."""
    found = [json.dumps(char)[1:-1], json.dumps(char, ensure_ascii=False)[1:-1]]
    return [*found, f"\\u{ord(char):04x}", f"\\u{ord(char):04X}"] if ord(char) < 0x10000 else found


@given(st.text(LETTERS, min_size=8, max_size=20), st.data())
def test_every_way_of_writing_it_is_found(token: str, data: st.DataObject) -> None:
    written = "".join(data.draw(st.sampled_from(ways(char))) for char in token)
    clean = without_in_json(f'{{"a": "x {written} y"}}'.encode(), [token]).decode()
    assert json.loads(clean) == {"a": f"x {MASK} y"}
    assert without(f"x {written} y", [token]) == f"x {MASK} y"
