"""Deployments of the demo platform, paths of their requests, and the secrets in their specs."""

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
