"""Deployments of the demo platform, paths of their requests, and the secrets in their specs."""

import json

from astro_tui.demo import DemoServer, Fault
from support.demo_caller import calling

CLAIMS, CLAIMS_US = "q7k-0ab-x4d", "u5r-8wn-c2e"
PARCEL, LEGACY = "df6-p8w-e4v", "v44-0xp-1tt"
HISTORY, TEMPLATE = r"^/agents/.*/deployment/history", r"^/agents/.*/deployment-template$"
SECRETS = (
    "EXAMPLE-ONLY",
    "EXAMPLE-ROTATED",
    "sk-EXAMPLE",
    "ghp_EXAMPLE",
    "xoxb-",
    "eyJhbGci",
    "PRIVATE KEY",
    "postgres://",
)


def roll_back(demo: DemoServer) -> None:
    """Let the history say that claims-desk runs revision 11 again, as after a rollback that is over."""
    with calling(demo) as caller:
        history = caller.get(f"/agents/meridian-labs/claims-desk/deployment/history?deployment_id={CLAIMS}")
    for row in history["deployments"]:
        row["is_current"] = row["revision"] == 11
    demo.faults.set("^/agents/.*/claims-desk/deployment/history", Fault.response(200, json.dumps(history)))
