"""The platform over HTTP: one method per endpoint. Each returns records or raises PlatformError.

Importing this loads neither httpx nor pydantic. They are loaded with the first request and the first response.
"""

from astro_tui.platform.client.call import (
    Call,
    FixedToken,
    FormResponse,
    Limits,
    Response,
    SentRequest,
    Timeouts,
    TokenSource,
    Words,
)
from astro_tui.platform.client.platform import Platform

__all__ = [
    "Call",
    "FixedToken",
    "FormResponse",
    "Limits",
    "Platform",
    "Response",
    "SentRequest",
    "Timeouts",
    "TokenSource",
    "Words",
]
