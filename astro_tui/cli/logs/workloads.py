"""The workloads whose logs are read, from the record of the agent and from what was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from astro_tui.cli.connection import CliConnection
from astro_tui.diagnosis.values import Workload
from astro_tui.errors import ConfigError
from astro_tui.logs import LogSource
from astro_tui.logs.line import mixed_in
from astro_tui.session.agent import Agent
from astro_tui.text.foreign import visible
from astro_tui.text.nearest import nearest
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import joined

MOST = 40
"""The most workloads that are read at once. Each one takes a connection."""
_NAMED = 12


def chosen_sources(connection: CliConnection, agent: Agent, wanted: Sequence[str], container: str) -> list[LogSource]:
    """Return where to read: all workloads, or the `wanted` ones; with `container`, those that may have it.

    A workload is named as in the cluster, by the last part of that name, or by its component. Raises ConfigError if
    none is found.
    """
    workloads = agent.workloads(connection.call(), observed=bool(container))
    selected = chosen(workloads, wanted, agent.entry.label)
    if mixed := mixed_in([each.name for each in selected], [each.name for each in workloads]):
        connection.note(mixed)
    if container:
        may_have = having(selected, container)
        if all(not each.containers for each in may_have) and may_have != selected:
            missing = _missing("container", container, _containers(selected))
            connection.note(f"{missing}; trying the workloads whose containers are not known")
        selected = may_have
    if len(selected) > MOST:
        raise ConfigError(
            f"{agent.entry.label} has {len(selected)} workloads; choose at most {MOST} with --workload NAME"
        )
    return [LogSource(agent.key, each.name, container) for each in selected]


def chosen(workloads: Sequence[Workload], wanted: Sequence[str], label: str) -> list[Workload]:
    """Return the wanted workloads in their order, or all. Raises ConfigError if one does not exist."""
    if not workloads:
        raise ConfigError(f"the platform lists no workloads for {label}")
    if not wanted:
        return list(workloads)
    names: set[str] = set()
    for name in wanted:
        matching = _named(workloads, name)
        if not matching:
            raise ConfigError(_missing("workload", name, [each.name for each in workloads]))
        names |= matching
    return [each for each in workloads if each.name in names]


def _named(workloads: Sequence[Workload], name: str) -> set[str]:
    tests: tuple[Callable[[Workload], bool], ...] = (
        lambda each: each.name == name,
        lambda each: each.component == name,
        lambda each: each.name.endswith(f"-{name}"),
    )
    matching = ({each.name for each in workloads if name and test(each)} for test in tests)
    return next(filter(None, matching), set())


def having(workloads: Sequence[Workload], container: str) -> list[Workload]:
    """Return the workloads that have a container, as far as that is known. Raises ConfigError if none has it."""
    names = {each.name: [inside.name for inside in each.containers] for each in workloads}
    matching = [each for each in workloads if container in names[each.name]]
    unknown = [each for each in workloads if not names[each.name]]
    if not matching and not unknown:
        raise ConfigError(_missing("container", container, _containers(workloads)))
    return matching or unknown


def _containers(workloads: Sequence[Workload]) -> list[str]:
    return sorted({inside.name for each in workloads for inside in each.containers})


def _missing(kind: str, name: str, names: Sequence[str]) -> str:
    names = [masked_line(each, 100) for each in names]
    guess, listed = nearest(name, names), names[:_NAMED]
    if len(names) > _NAMED:
        listed.append(f"{len(names) - _NAMED} more")
    more = f". Did you mean {guess}?" if guess else f"; {kind}s: {joined(listed)}"
    return f"there is no {kind} {visible(name, 100)}{more}"
