"""The platform over HTTP: one method per endpoint; records or a PlatformError come out.

Importing this loads neither httpx nor pydantic: they come with the first request and the first answer.
"""

from astro_tui.platform.client.call import Answer, Call, FixedToken, Limits, Reply, Timeouts, TokenSource, Words
from astro_tui.platform.client.platform import Platform

__all__ = ["Answer", "Call", "FixedToken", "Limits", "Platform", "Reply", "Timeouts", "TokenSource", "Words"]
