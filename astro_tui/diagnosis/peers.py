"""Whether most of an agent's failed requests went to one host (platform.md §11)."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from astro_tui.diagnosis.observe import entries
from astro_tui.diagnosis.values import Facts
from astro_tui.platform.lenient import field, number, text
from astro_tui.text.redaction import masked_line

_FEWEST = 10
"""Fewer failed requests to a host say nothing."""
_MOST_OF_ALL = 0.8
"""The share of all failed requests from which on they went to one host."""
_OFTEN = 0.1
"""The share of the requests to a host that fail, if it explains something: some fail for good reasons."""
_UNNAMED = ("", "(unknown)")


class FailingHost(NamedTuple):
    """A host that fails many of an agent's requests: how many, of how many to it, and of how many `failed` in all.

    `codes` are their status codes, such as `5xx 448`. All texts are safe to print.
    """

    name: str
    failed: int
    requests: int
    of_all: int
    codes: str = ""

    @property
    def words(self) -> str:
        """Which share of all failed requests went to it."""
        share = f"{100 * self.failed // self.of_all}%" if self.failed < self.of_all else "all"
        return f"{share} of its {self.of_all:,} failed requests to other hosts in the last hour went to {self.name}"

    @property
    def details(self) -> str:
        """How many of the requests to it failed."""
        codes = f" ({self.codes})" if self.codes else ""
        return f"{self.name}: {self.failed:,} of {self.requests:,} requests failed{codes}"


def failing_host(facts: Facts) -> FailingHost | None:
    """Return the host that most of the failed requests of the last hour went to, else the domain; None without one."""
    flows = entries(facts.peers, "flows") if not facts.peers.stale else []
    errors = [max(0, number(each, "error_count")) for each in flows]
    for by in ("peer", "registrable_domain"):
        failed, requests, codes = Counter[str](), Counter[str](), dict[str, Counter[str]]()
        for each, count in zip(flows, errors, strict=True):
            name = text(each, by)
            failed[name] += count
            requests[name] += max(count, number(each, "request_count"))
            codes.setdefault(name, Counter()).update(_codes(each))
        for name, count in failed.most_common(1):
            enough = count >= _FEWEST and count >= _OFTEN * requests[name] and count >= _MOST_OF_ALL * sum(errors)
            if enough and name not in _UNNAMED:
                said = ", ".join(f"{code} {times:,}" for code, times in codes[name].most_common())
                return FailingHost(masked_line(name, 80), count, requests[name], sum(errors), said)
    return None


def _codes(flow: object) -> dict[str, int]:
    """Return how many requests failed with which status codes, as far as that was sent."""
    sent = field(flow, "status_codes")
    counts = dict(sent) if isinstance(sent, dict | tuple) else {}
    return {code: count for code in ("4xx", "5xx") if (count := number(counts, code)) > 0}
