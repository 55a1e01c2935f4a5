"""The platform's records (platform.md §7, §8): frozen, and tolerant of unknown keys, missing keys, and wrong types.

No field can make a record fail: text fields convert any value, lists skip entries that are not objects, and times keep
their original text. `model_validate` only raises for a value that is not a mapping. This is the only package that
imports pydantic; the rows of the deployment list are in `astro_tui.platform.deployment_rows`.
"""

from astro_tui.platform.models.accounts import (
    Account,
    Blueprint,
    BlueprintPage,
    Build,
    Card,
    Health,
    Me,
    Member,
    Metrics,
    OverviewAccount,
    OverviewDeployment,
    Publisher,
    User,
    Warned,
)
from astro_tui.platform.models.builds import AccountVariable, BuildLog, BuildPart, BuildRun, Github, Scan
from astro_tui.platform.models.deployments import (
    DeploymentDetail,
    Issue,
    StatusReport,
    Workload,
)
from astro_tui.platform.models.numbers import (
    Bucket,
    Cost,
    Costs,
    Month,
    PodMetrics,
    Traffic,
    TrafficSeries,
    TrafficSide,
)
from astro_tui.platform.models.revisions import ActiveDeployment, History, Revision
from astro_tui.platform.models.traces import Score, TraceHead, TracePage, TraceRow, TraceUser
from astro_tui.platform.models.values import Moment, Record, text_of

__all__ = [
    "Account",
    "AccountVariable",
    "ActiveDeployment",
    "Blueprint",
    "BlueprintPage",
    "Bucket",
    "Build",
    "BuildLog",
    "BuildPart",
    "BuildRun",
    "Card",
    "Cost",
    "Costs",
    "DeploymentDetail",
    "Github",
    "Health",
    "History",
    "Issue",
    "Me",
    "Member",
    "Metrics",
    "Moment",
    "Month",
    "OverviewAccount",
    "OverviewDeployment",
    "PodMetrics",
    "Publisher",
    "Record",
    "Revision",
    "Scan",
    "Score",
    "StatusReport",
    "TraceHead",
    "TracePage",
    "TraceRow",
    "TraceUser",
    "Traffic",
    "TrafficSeries",
    "TrafficSide",
    "User",
    "Warned",
    "Workload",
    "text_of",
]
