"""Follows the logs of several agents, and lets others join."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.logs.line import LogSource, mixed_in
from astro_tui.logs.turns import MOST_STREAMED, streamed
from astro_tui.platform.client import Call
from astro_tui.screens.deployment.sections.logs.pane import FollowedLogs
from astro_tui.session.agent import Agent
from astro_tui.session.log_selection import JOIN_EVERY, LogSelection
from astro_tui.text.times import counted


class AgentsLogsPane(FollowedLogs[LogSelection]):
    """Follows the workloads of all agents that match. Others join when they start."""

    EVERY = JOIN_EVERY

    def agents(self) -> Sequence[Agent]:
        """Return the agents that match."""
        return self.state.agents

    @property
    def label(self) -> str:
        """What a saved log is called."""
        return counted(len(self.state.agents), "agent")

    def known_sources(self, *, containers: bool = False) -> tuple[LogSource, ...]:
        """Return nothing: the selection names the agents."""
        del containers
        return ()

    def read_sources(self, call: Call) -> tuple[LogSource, ...]:
        """Find the agents that match now, and their workloads."""
        return self.state.read(call)

    def follow_now(self, sources: tuple[LogSource, ...]) -> bool:
        """Follow these workloads, and say which agents get no stream or cannot be read."""
        if not super().follow_now(sources):
            return False
        others = {source.deployment_id for source in set(sources) - streamed(sources)}
        if errors := self.state.errors:
            name, error = next(iter(errors.items()))
            more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
            self.show_message(f"Cannot read {name}{more}: {error}", warning=True)
        elif others:
            rest = counted(len(others), "agent")
            self.show_message(f"The logs of {MOST_STREAMED} agents are streamed, those of {rest} are read in turn.")
        elif mixed := self._mixed(sources):
            self.show_message(mixed)
        return True

    def _mixed(self, sources: Sequence[LogSource]) -> str:
        """Return a sentence about the first agent whose workloads the platform mixes, or nothing."""
        names = [
            [source.workload for source in sources if source.deployment_id == agent.key] for agent in self.agents()
        ]
        return next(filter(None, (mixed_in(each, each) for each in names)), "")
