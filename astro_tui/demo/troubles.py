"""Conditions that need attention, in the words of the server (platform.md §8.4 and §16.4, §16.8)."""

from __future__ import annotations

from astro_tui.demo.life import Condition, image_pull_failure

image = image_pull_failure


def _agent(name: str, phase: str, **texts: str) -> dict[str, str]:
    return {"workload": f"{name}-agent", "component": "agent", "phase": phase, **texts}


def unschedulable(name: str) -> Condition:
    """Return a deployment that has waited far too long for room on the cluster."""
    return Condition(
        "deploying",
        "unschedulable",
        listed="Pending",
        details=f"Waiting for {name}-agent (FailedScheduling), {name}-knowledge-cases (not yet created) and 1 more",
        waiting_on=(
            _agent(
                name,
                "pending",
                message="FailedScheduling: 0/6 nodes are available: 6 Insufficient memory.",
                title="No room on the cluster",
                guidance="Ask for less memory or wait until another workload ends.",
            ),
            {
                "workload": f"{name}-knowledge-cases",
                "component": "knowledge",
                "phase": "missing",
                "message": "not yet created",
            },
            {
                "workload": "collector",
                "component": "collector",
                "phase": "unknown",
                "reason": "GenerationLag",
            },
        ),
    )


def out_of_memory(name: str) -> Condition:
    """Return a crash loop: the container runs out of memory again and again."""
    return Condition(
        "failed",
        "crash",
        error_message="Container app of report-writer-agent was OOMKilled 11 times",
        failed_on=(
            _agent(
                name,
                "failed",
                message="CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit 137)",
                title="Ran out of memory",
                guidance="Raise agent.resources.memory_limit (now 4Gi) or hold less in memory.",
            ),
        ),
    )


def hostile(name: str) -> Condition:
    """Return a failure whose texts look like markup and terminal commands. They must be displayed as they are."""
    return Condition(
        "failed",
        "failed-job",
        error_message="[bold]x[/] [/ bad row: \x1b[31m'naïve\x07 café'\x1b]0;owned\x07 \u202eexe.csv",
        failed_on=(
            _agent(
                name,
                "failed",
                message='BackoffLimitExceeded: row 40112, column "note": [/red] closes nothing in "[bold]naïve café"',
                title="The job failed too often",
                guidance="Correct the row, or skip it [y/n], and run the job again.",
            ),
        ),
    )


def unreachable() -> Condition:
    """Return a deployment that reports only its last known state, as on older servers."""
    return Condition(
        "active",
        "unreachable",
        reason="cluster_unreachable",
        details="Cluster eu-north-1 cannot be reached; this is the last known state",
    )
