"""Addresses: which server, which of its paths, and what is safe to dial."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from astro_tui.errors import ConfigError
from astro_tui.platform.origin import Origin
from astro_tui.text.foreign import visible

API_ROOT = "/api/v1"
"""Where the API lies below the server's origin (platform.md §1)."""


def server_origin(server: str, *, allow_insecure: bool) -> Origin:
    """Return the origin that `server` names; it may end in the API's root.

    Raises ConfigError, with a sentence for people, when it is no address or would send the token readably.
    """
    try:
        origin = Origin.of(server)
        parts = urlsplit(server)
    except ValueError:
        if "@" in server:
            raise ConfigError("put no user, password or @ into the server's address") from None
        raise ConfigError(f"not an address such as https://astropods.com: {visible(server, 80)}") from None
    if parts.path.rstrip("/") not in ("", API_ROOT) or parts.query or parts.fragment:
        raise ConfigError(f"the server's address ends after the host: {origin}, not {visible(server, 80)}")
    if origin.scheme == "http" and not origin.loopback and not allow_insecure:
        raise ConfigError(f"plain http to {visible(origin.netloc, 80)} would send your token readably; use https")
    return origin


# ---- endpoints: paths below the API's root, ready to be sent (platform.md §6) ----


def _segment(text: str) -> str:
    # A lone surrogate has no bytes to send: the server gets a question mark.
    quoted = quote(text, safe="", errors="replace")
    # A segment of dots would be taken out of the path on its way.
    return quoted.replace(".", "%2E") if text in (".", "..") else quoted


def _query(**values: str | int | None) -> str:
    pairs = {key: value for key, value in values.items() if value not in (None, "")}
    return f"?{urlencode(pairs, quote_via=quote, errors='replace')}" if pairs else ""


def me() -> str:
    """Who is signed in, and the accounts."""
    return "/me"


def health() -> str:
    """Whether the server is up; needs no token."""
    return "/health"


def deployments(account: str) -> str:
    """Return the list of an account's deployments."""
    return f"/deployments{_query(account=account)}"


def overview() -> str:
    """Return the list of all accounts of the user with their deployments."""
    return "/deployments/summary"


def deployment(deployment_id: str) -> str:
    """Return the record of one deployment."""
    return f"/deployments/{_segment(deployment_id)}"


def status(deployment_id: str) -> str:
    """Return the state of one deployment, with reasons."""
    return f"/deployments/{_segment(deployment_id)}/status"


def active_deployment(account: str, name: str) -> str:
    """Return the newest active deployment of a blueprint, with its spec."""
    return f"/agents/{_segment(account)}/{_segment(name)}/deployment"


def history(account: str, name: str, deployment_id: str | None = None) -> str:
    """Return the revisions of a blueprint's deployments, or of one of them."""
    return f"{active_deployment(account, name)}/history{_query(deployment_id=deployment_id)}"


def template(account: str, name: str) -> str:
    """Return where a spec is regenerated: asked by POST, it changes nothing."""
    return f"/agents/{_segment(account)}/{_segment(name)}/deployment-template"


def catalogue(
    query: str = "", offset: int = 0, limit: int = 100, *, tag: str = "", sort: str = "", account: str = ""
) -> str:
    """One page of the public catalogue, or with `account` of that account's blueprints.

    `sort` is name, newest or empty: the server's choice. `limit` is cut to 100 by the server, which refuses an
    `offset` above 10,000 (platform.md §5).
    """
    where = f"/agents/{_segment(account)}" if account else "/agents"
    return f"{where}{_query(q=query, tag=tag, sort=sort, limit=limit, offset=offset)}"


def agent(account: str, name: str) -> str:
    """One blueprint and its builds."""
    return f"/agents/{_segment(account)}/{_segment(name)}"


def account_of(endpoint: str) -> str:
    """Return the name of the account that an endpoint speaks of; empty where it names none."""
    path, _, query = endpoint.partition("?")
    parts = path.split("/")
    if len(parts) > 2 and parts[1] in ("agents", "accounts"):
        return unquote(parts[2])
    return dict(parse_qsl(query)).get("account", "") if parts[1:2] == ["deployments"] else ""
