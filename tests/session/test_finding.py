"""A search in the specs of many agents: complete, counted exactly, with few requests, and never of an old spec."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.demo_caller import Caller, Clock, calling
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.request import Reply
from astro_tui.demo.wire import Responder
from astro_tui.document import Document, Masking, SearchError, as_json
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform, Timeouts
from astro_tui.presentation.finding import Search
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.session.agent import Agents
from astro_tui.session.finding import Finder
from astro_tui.text.redaction import MASK

ACCOUNT = "meridian-labs"
SCOPE = scope_of(ACCOUNT)
KEYS = ("image", "env", "a.b", "x y", "", "ключ", '"q"', "*", "password", "value", "name", "0")
VALUES = (
    "ollama:1",
    "OLLAMA",
    "12",
    "1Gi",
    "512Mi",
    0,
    7,
    1.5,
    None,
    True,
    "",
    "a\nb\\",
    "\ud83d\ude00",
    "s3cr3tPassw0rd!",
)


def odd(chance: random.Random, depth: int = 0) -> Any:
    """Return a JSON value of any shape."""
    kind = chance.random()
    if depth < 4 and kind < 0.35:
        return {chance.choice(KEYS): odd(chance, depth + 1) for _ in range(chance.randrange(5))}
    if depth < 4 and kind < 0.5:
        return [odd(chance, depth + 1) for _ in range(chance.randrange(4))]
    return chance.choice(VALUES) if kind < 0.99 else "long " * 2_000 + "ollama"


class Counting(DemoServer):
    """A demo platform that counts how many requests are open. With `patient`, each waits a moment for a ninth one."""

    open = most = 0
    patient = False

    def handler(self) -> Responder:
        reply, lock, ninth = super().handler(), threading.Lock(), threading.Event()

        def counted(*request: Any) -> Reply:
            with lock:
                self.open += 1
                self.most = max(self.most, self.open)
                if self.open > 8:
                    ninth.set()
            try:
                if self.patient:
                    ninth.wait(0.05)
                return reply(*request)
            finally:
                with lock:
                    self.open -= 1

        return counted


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., tuple[Counting, Agents]]]:
    """Return a function that starts a demo platform with these specs, and a client."""
    opened: list[Any] = []

    def made(specs: list[Any], **more: Any) -> tuple[Counting, Agents]:
        states = [{"state": "active"}, {"state": "stopped", "pods": "stopped"}]
        rows = [
            {
                "name": f"odd-{place:03}",
                "spec": spec,
                "steady": True,
                "revisions": 2,
                "schedule": [states[place % 9 == 8]],
            }
            for place, spec in enumerate(specs)
        ]
        (tmp_path / "odd.json").write_text(json.dumps({"agents": rows}))
        server = Counting(stories=[tmp_path], **more).start()
        platform = Platform(server.url, server.token, timeouts=Timeouts(pauses=(0.01,)))
        opened.extend((platform.close, server.stop))
        return server, Agents(platform)

    yield made
    for close in opened:
        close()


def run(agents: Agents, text: str, scope: Scope = SCOPE) -> Finder:
    finder = Finder(agents, scope, Search.parse(text))
    list(finder.run(Call()))
    return finder


def places(agents: Agents, text: str) -> list[tuple[str, str]]:
    """Return the id and the path of each match."""
    finder = Finder(agents, SCOPE, Search.parse(text))
    return sorted((found.key[1], found.path) for one in finder.run(Call()) for found in one.found)


# ---- complete


def specs_of(caller: Caller) -> Iterator[tuple[str, Any]]:
    """Yield each agent's id and its decoded spec, masked: read without the code under test."""
    for row in caller.get(f"/deployments?account={ACCOUNT}")["deployments"]:
        status, body = caller.send(f"/agents/{ACCOUNT}/{row['name']}/deployment")
        spec = body["spec"] if status == 200 and body["id"] == row["id"] else None
        if spec is None:
            history = caller.get(f"/agents/{ACCOUNT}/{row['name']}/deployment/history?deployment_id={row['id']}")
            number = next(each["revision"] for each in history["deployments"] if each["is_current"])
            wanted = {"deployment_id": row["id"], "revision": number}
            path = f"/agents/{ACCOUNT}/{row['name']}/deployment-template"
            spec = caller.send(path, "POST", wanted)[1]["template"]
        document = Document.parse(json.dumps(spec).encode())
        yield row["id"], json.loads(as_json(document, Masking(document), 0))


def walked(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from walked(inner, (*path, key))


def said(value: Any) -> str | None:
    """Return the text of a value that may be searched."""
    if isinstance(value, dict | list) or value == MASK:
        return None
    return value if isinstance(value, str) else json.dumps(value)


def jq(path: tuple[str | int, ...]) -> str:
    steps = [
        f"[{step}]"
        if isinstance(step, int)
        else f".{step}"
        if re.fullmatch(r"[A-Za-z_]\w*", step, re.ASCII)
        else "." + json.dumps(step, ensure_ascii=False)
        for step in path
    ]
    return ("" if steps and steps[0].startswith(".") else ".") + "".join(steps)


def has(word: str) -> Callable[[tuple[str | int, ...], Any], bool]:
    """Return whether a key or a value contains a word, ignoring case."""

    def match(path: tuple[str | int, ...], value: Any) -> bool:
        key = path[-1] if path and isinstance(path[-1], str) else ""
        return word in key.lower() or word in (said(value) or "").lower()

    return match


NAIVE: dict[str, Callable[[tuple[str | int, ...], Any], bool]] = {
    "ollama": has("ollama"),
    "k:image": lambda path, _value: "image" in path[-1:],
    "v:OLLAMA": lambda _path, value: "OLLAMA" in (said(value) or ""),
    "re:^a\\nb": lambda _path, value: (said(value) or "").startswith("a\nb"),
    "s3cr": has("s3cr"),
    ".env.image": lambda path, _value: path == ("env", "image"),
    ".env.*": lambda path, _value: len(path) == 2 and path[0] == "env",
    ".*.*.*": lambda path, _value: len(path) == 3,
    '."a.b"': lambda path, _value: path == ("a.b",),
    ".env.name ~ ol": lambda path, value: (
        path[:2] == ("env", "name")
        and ("ol" in (said(value) or "").lower() or (len(path) > 2 and has("ol")(path, value)))
    ),
    ".* < 1Gi": lambda path, value: (
        len(path) == 1 and (value == "512Mi" or re.fullmatch(r"\d+(\.\d+)?", said(value) or "") is not None)
    ),
    ".*.* = null": lambda path, value: len(path) == 2 and value is None,
    ".image ~ ollama": lambda path, value: (
        path[:1] == ("image",)
        and ("ollama" in (said(value) or "").lower() or (len(path) > 1 and has("ollama")(path, value)))
    ),
}


def test_nothing_is_missing_and_nothing_is_too_much(make: Callable[..., tuple[Counting, Agents]]) -> None:
    """500 agents with odd specs, some of them regenerated, are also read and searched by a simple program."""
    chance = random.Random(45)
    specs = [{chance.choice(KEYS): odd(chance) for _ in range(chance.randrange(9))} for _ in range(480)]
    demo, agents = make(specs)
    with calling(demo) as caller:
        known = dict(specs_of(caller))
    assert len(known) >= 500
    for text, match in NAIVE.items():
        expected = [
            (key, jq(path)) for key, spec in known.items() for path, value in walked(spec) if match(path, value)
        ]
        assert places(agents, text) == sorted(expected), text
        assert expected or text == "s3cr", text


# ---- counted


def test_coverage_is_exact(make: Callable[..., tuple[Counting, Agents]]) -> None:
    demo, agents = make([{"agent": {"image": f"x:{number % 2}"}} for number in range(18)], accounts=1)
    demo.faults.set("^/agents/.*/odd-00[3-5]/deployment$", Fault.response(500, '{"error":"broken"}'))
    demo.faults.set("^/deployments.*beta", Fault.response(500, '{"error":"broken"}'))
    finder = run(agents, ".agent.image ~ x:", scope_of(ACCOUNT, "team-000", "beta"))
    every = finder.coverage
    assert sorted(every.unread) == [f"{ACCOUNT}/odd-00{number}" for number in (3, 4, 5)]
    assert every.records + every.without_record + 3 == every.agents
    assert finder.matches == 15
    assert finder.words == (
        f"15 matches in {every.records} of {every.agents} agents; {every.without_record} have no active record "
        "(regenerated specs searched), 3 could not be read, the list of beta could not be read"
    )


def test_masked_values_are_one_group(make: Callable[..., tuple[Counting, Agents]]) -> None:
    values = ["hunter2horse", "Correct9Battery", "warm"]
    _demo, agents = make([{"env": {"DB_PASSWORD": each, "TONE": each[:1]}} for each in values] + [{"env": {}}])
    groups = {row.value: row.agents for row in run(agents, "--differs .env.DB_PASSWORD").rows()}
    assert groups[MASK] == len(values)
    tones = {row.value: row.agents for row in run(agents, "--differs .env.TONE").rows()}
    assert {tones[tone] for tone in "hCw"} == {1}
    with pytest.raises(SearchError, match="needs a path"):
        Search.parse("--differs image")


# ---- few requests


def requested(demo: DemoServer) -> list[str]:
    """Return the last part of each path that was requested."""
    return [target.partition("?")[0].rpartition("/")[2] for _method, target in demo.requests]


def test_a_second_search_reads_the_lists_and_what_changed(make: Callable[..., tuple[Counting, Agents]]) -> None:
    demo, agents = make([{"agent": {"image": "x"}}] * 9)
    run(agents, ".agent.image")
    before = len(demo.requests)
    run(agents, "v:x")
    assert requested(demo)[before:] == ["deployments"]
    with calling(demo) as caller:
        row = next(
            row for row in caller.get(f"/deployments?account={ACCOUNT}")["deployments"] if row["name"] == "odd-002"
        )
        caller.send(f"/deployments/{row['id']}/stop", "POST", {})
    before = len(demo.requests)
    stopped = run(agents, "v:x")
    assert sorted(requested(demo)[before:]) == ["deployment", "deployment-template", "deployments", "history"]
    assert stopped.coverage.without_record == run(agents, "v:x").coverage.without_record


def test_after_a_rollback_the_spec_of_that_revision_is_searched(
    make: Callable[..., tuple[Counting, Agents]],
) -> None:
    """In the end, the list says the same as before, and nothing of the rollback."""
    clock = Clock()
    demo, agents = make([], clock=clock)
    with calling(demo) as caller:

        def row() -> Any:
            return next(
                each for each in caller.get(f"/deployments?account={ACCOUNT}")["deployments"] if each["id"] == CLAIMS
            )

        new, old = caller.get(f"/agents/{ACCOUNT}/claims-desk/deployment/history?deployment_id={CLAIMS}")[
            "deployments"
        ][:2]
        before = row()
        assert (CLAIMS, ".source.build") in places(agents, f".source.build = {new['build_id']}")
        caller.send(f"/deployments/{CLAIMS}/rollback", "POST", {"revision": old["revision"]})
        for seconds in (0, 3600):
            clock.advance(seconds)
            assert (CLAIMS, ".source.build") in places(agents, f".source.build = {old['build_id']}")
            assert (CLAIMS, ".source.build") not in places(agents, f".source.build = {new['build_id']}")
        assert row() == before
        assert run(agents, "x").coverage.rolled_back == 1
        # Another run does not know, but the list says that something happened after the deploy.
        stale = {"id": CLAIMS, "build_id": new["build_id"], "spec": {"source": {"build": new["build_id"]}}}
        demo.faults.set("^/agents/.*/claims-desk/deployment$", Fault.response(200, json.dumps(stale)))
        rows = [{**before, "updated_at": "2026-07-04T12:00:01Z"}]
        demo.faults.set("/deployments?", Fault.response(200, json.dumps({"deployments": rows})))
        assert places(Agents(agents.platform), f".source.build = {old['build_id']}") == [(CLAIMS, ".source.build")]


def test_at_most_eight_requests_are_open_and_a_stopped_search_continues(
    make: Callable[..., tuple[Counting, Agents]],
) -> None:
    demo, agents = make([{"agent": {"image": "x"}}] * 30)
    demo.patient = True
    finder, call, places = Finder(agents, SCOPE, Search.parse(".agent.image = x")), Call(), list[int]()
    running = finder.run(call)
    places += [one.place for _, one in zip(range(10), running, strict=False)]
    # The server goes on with canceled requests for a while, so they are counted before.
    assert demo.most <= 8
    call.abort()
    with pytest.raises(PlatformError) as stopped:
        places += [one.place for one in running]
    assert stopped.value.kind is ErrorKind.CANCELED
    assert not finder.done
    assert f"{finder.coverage.left} not searched yet" in finder.words
    before = len(demo.requests)
    places += [one.place for one in finder.run(Call())]
    assert sorted(places) == list(range(finder.coverage.agents))
    assert finder.matches == 30
    assert "deployments" not in requested(demo)[before:]
