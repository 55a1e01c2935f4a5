"""The platform's records (platform.md §7, §8): frozen, and tolerant of unknown keys, missing keys, and wrong types.

No field can make a record fail: text fields convert any value, lists skip entries that are not objects, and times keep
their original text. `model_validate` only raises for a value that is not a mapping. This is the only package that
imports pydantic; the rows of the deployment list are in `astro_tui.platform.deployment_rows`.
"""

from astro_tui.platform.models.accounts import (
    Blueprint,
    BlueprintPage,
    Build,
    HealthResponse,
    Me,
    Member,
    OverviewAccount,
)
from astro_tui.platform.models.builds import BuildLog, BuildPart, BuildRun, Github, Scan
from astro_tui.platform.models.chat import AgentConfig, ChatMessage, ChatPage, Conversation
from astro_tui.platform.models.deployments import (
    DeploymentDetail,
    StatusReport,
)
from astro_tui.platform.models.management import (
    AccountVariable,
    AuditEntry,
    AuditPage,
    Billing,
    DaySpend,
    Meter,
    Spend,
)
from astro_tui.platform.models.numbers import (
    Bucket,
    Costs,
    Flow,
    Month,
    PodMetrics,
    Traffic,
    TrafficSide,
)
from astro_tui.platform.models.revisions import ActiveDeployment, HistoryRow, RevisionHistory
from astro_tui.platform.models.traces import TraceHead, TracePage, TraceRow
from astro_tui.platform.models.values import PlatformModel

__all__ = [
    "AccountVariable",
    "ActiveDeployment",
    "AgentConfig",
    "AuditEntry",
    "AuditPage",
    "Billing",
    "Blueprint",
    "BlueprintPage",
    "Bucket",
    "Build",
    "BuildLog",
    "BuildPart",
    "BuildRun",
    "ChatMessage",
    "ChatPage",
    "Conversation",
    "Costs",
    "DaySpend",
    "DeploymentDetail",
    "Flow",
    "Github",
    "HealthResponse",
    "HistoryRow",
    "Me",
    "Member",
    "Meter",
    "Month",
    "OverviewAccount",
    "PlatformModel",
    "PodMetrics",
    "RevisionHistory",
    "Scan",
    "Spend",
    "StatusReport",
    "TraceHead",
    "TracePage",
    "TraceRow",
    "Traffic",
    "TrafficSide",
]
