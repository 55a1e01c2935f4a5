"""The platform's records (platform.md §7, §8): frozen, open to unknown keys, missing keys, nulls and odd types.

No field can make a record fail: text takes whatever came as text, lists skip what is no object, and times
keep the words they came in. Only `model_validate` of something that is no mapping raises. The one package
that imports pydantic; the rows of the deployment list are in `astro_tui.platform.deployment_rows`.
"""

from astro_tui.platform.models.accounts import (
    Account,
    Agent,
    AgentPage,
    AgentVersion,
    Card,
    Health,
    Me,
    Metrics,
    Publisher,
    User,
    Warned,
)
from astro_tui.platform.models.deployments import (
    Container,
    DeploymentDetail,
    EnvEntry,
    Issue,
    Job,
    Pod,
    StatusReport,
    Workload,
)
from astro_tui.platform.models.overview import OverviewAccount, OverviewDeployment
from astro_tui.platform.models.revisions import ActiveDeployment, History, Revision
from astro_tui.platform.models.values import Moment, Record, text_of

__all__ = [
    "Account",
    "ActiveDeployment",
    "Agent",
    "AgentPage",
    "AgentVersion",
    "Card",
    "Container",
    "DeploymentDetail",
    "EnvEntry",
    "Health",
    "History",
    "Issue",
    "Job",
    "Me",
    "Metrics",
    "Moment",
    "OverviewAccount",
    "OverviewDeployment",
    "Pod",
    "Publisher",
    "Record",
    "Revision",
    "StatusReport",
    "User",
    "Warned",
    "Workload",
    "text_of",
]
