"""The platform: its servers, its HTTP client, and its records.

Importing this package or `deployment_rows` loads neither httpx nor pydantic: `client` loads httpx with its first
request, and only `models` imports pydantic. Depends on `document` and `text`.
"""

__all__ = ["client", "deployment_rows", "lenient", "models", "servers"]
