"""The platform: its servers, its HTTP client, and its records. Depends on `document` and `text`.

Importing this package or `deployment_rows` loads neither httpx nor pydantic: `client` loads httpx with the first
request, and only `models` imports pydantic.
"""

PRODUCTION = "https://astropods.com"
"""The address of the platform, unless settings name another one."""
SHORTEST_TOKEN = 16
"""The fewest characters of an access token. A shorter one is not used and not removed from texts."""

__all__ = ["PRODUCTION", "SHORTEST_TOKEN"]
