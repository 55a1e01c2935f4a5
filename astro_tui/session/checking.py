"""Reads the facts that the rules need, each on its own, and applies the rules (worker threads)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.document import Document, masked
from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.models import PodMetrics
from astro_tui.presentation.checks import CheckFinding, CheckInput, findings
from astro_tui.presentation.numbers import USUAL
from astro_tui.presentation.pods import pods_of
from astro_tui.session.agent import Agent
from astro_tui.session.builds import read_builds
from astro_tui.session.numbers import read_load

MOST_PODS = 8
"""The most pods of an agent whose memory is read."""


class Checked(Struct, frozen=True):
    """An agent, its findings, and the facts that could not be read, each with the reason."""

    agent: Agent
    found: tuple[CheckFinding, ...]
    unread: dict[str, str]

    @property
    def address(self) -> str:
        """The account and the ID; a baseline has them, because they stay."""
        return f"{self.agent.account}/{self.agent.key}"

    def without(self, baseline: Collection[tuple[str, str]]) -> Checked:
        """Return the findings except for known ones, each an address and a code."""
        return replace(self, found=tuple(each for each in self.found if (self.address, each.code) not in baseline))


def check(agent: Agent, call: Call, excluded: Sequence[str] = ()) -> Checked:
    """Return the findings about an agent. Raises PlatformError only if no further request would succeed."""
    unread: dict[str, str] = {}

    def read(fact: str, reading: Callable[[], Any]) -> Any:
        try:
            return reading()
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            unread[fact] = str(error)
            return None

    for source in ("record", "history", "runtime"):
        read(source, partial(agent.fetch, source, call))
    back = agent.diagnosis.rolled_back_to if agent.diagnosis is not None else ""
    spec = read("spec", lambda: agent.running(call, (agent.key,) if back else agent.agents.rolled_back))
    agent.read_variables(call)
    read("builds", lambda: _builds(agent, call))
    scan = read("scan", lambda: _scan(agent, back or agent.row.build_id, call))
    numbers = read("numbers", lambda: _memory(agent, call))
    facts = agent.facts
    if facts.variables.error:
        unread["variables"] = facts.variables.error
    subject = CheckInput(facts, spec.document if spec is not None else None, agent.newest_build, scan, numbers or {})
    return Checked(agent, findings(subject, excluded), unread)


def at_hand(agent: Agent, spec: Document, _call: Call) -> tuple[CheckFinding, ...]:
    """Return the findings in a spec and in earlier facts, without a request (worker thread)."""
    with agent.agents.masking:
        shown = masked(spec, agent.agents.shown)
    return findings(CheckInput(agent.facts, shown, agent.newest_build))


def _builds(agent: Agent, call: Call) -> None:
    store, blueprint = agent.agents.builds, agent.blueprint
    if not store.fresh(blueprint):
        store.keep(blueprint, read_builds(agent.agents.platform, *blueprint, call))


def _scan(agent: Agent, build: str, call: Call) -> object:
    return agent.agents.platform.vulnerabilities(*agent.blueprint, build, call=call) if build else None


def _memory(agent: Agent, call: Call) -> dict[str, PodMetrics]:
    """Return the metrics of an agent's pods."""
    pods = list(pods_of(agent.facts.runtime.value).items())[:MOST_PODS]
    return {name: read_load(agent, pod.name, USUAL, call) for name, pod in pods}
