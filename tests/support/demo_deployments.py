"""Deployments of the demo platform, paths of their requests, and the secrets in their specs."""

CLAIMS, PARCEL, LEGACY = "q7k-0ab-x4d", "df6-p8w-e4v", "v44-0xp-1tt"
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
