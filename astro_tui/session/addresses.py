"""Addresses as users type them: in the shell, in the palette, or copied from the platform's web client.

An invalid address is refused, and the nearest valid one is suggested.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from astro_tui.errors import AstroError
from astro_tui.platform.servers import origin_of
from astro_tui.session.routes import (
    BLUEPRINT_SECTIONS,
    DIFF,
    KINDS,
    SECTIONS,
    AgentsRoute,
    BlueprintRoute,
    DeploymentRoute,
    DiffRoute,
    Route,
    parse,
    section_names,
)
from astro_tui.text.nearest import nearest
from astro_tui.text.redaction import masked_line

_LONGEST = 120
"""The most characters of an address that a message shows."""


class AddressError(AstroError):
    """A string is not an address. `problem` says why; `nearest` is a similar valid address, or empty."""

    def __init__(self, text: str, problem: str, nearest: str = "") -> None:
        self.nearest = nearest
        self.problem = problem
        # The string may be a token pasted in the wrong place.
        more = f". Did you mean {masked_line(nearest, _LONGEST)}?" if nearest else ""
        super().__init__(f"{masked_line(text, _LONGEST)} {problem}{more}")


def address(text: str, server: str = "") -> Route:
    """Return the route with the address `text`, or with that address in the web client of `server`.

    Raises AddressError.
    """
    text = text.strip()
    if is_web(text):
        return _of_web(text, server)
    try:
        route = parse(text)
    except ValueError:
        raise AddressError(text, "is not an address", _repaired(text)) from None
    return _checked(text, route)


def is_web(text: str) -> bool:
    """Whether a text looks like a web address."""
    return text.lower().startswith(("https://", "http://"))


def closest(word: str, valid: Iterable[str]) -> str:
    """Return the known word that is most similar to `word` or starts with it, or an empty string."""
    words = list(valid)
    begun = [one for one in words if word and one.startswith(word.lower())]
    return begun[0] if begun else nearest(word, words)


def _checked(text: str, route: Route) -> Route:
    """Return `route` if its section exists; otherwise raise AddressError."""
    match route:
        case DeploymentRoute() if route.section or route.detail:
            sections = [*section_names(SECTIONS), DIFF]
        case BlueprintRoute() if route.section:
            sections = section_names(BLUEPRINT_SECTIONS)
        case _:
            return route
    if route.section in sections:
        return route
    guess = closest(route.section, sections)
    right = str(replace(route, section=guess)) if guess else ""
    if guess == DIFF and isinstance(route, DeploymentRoute):
        # Drop the detail, because it belongs to a section, and a comparison is not a section.
        right = str(DiffRoute(route.account, route.agent))
    problem = "names an unknown section" if route.section else "names no section"
    raise AddressError(text, problem if right else f"{problem} ({', '.join(sections)})", right)


def _repaired(text: str) -> str:
    """Return the address that the user may have meant by `text`, or an empty string."""
    place, _, part = text.partition("#")
    kind, colon, rest = place.partition(":")
    if colon and kind not in KINDS and (guess := closest(kind, KINDS)):
        return _valid(f"{guess}:{rest}" + (f"#{part}" if part else ""))
    names = [name for name in place.split("/") if name]
    end = f"#{part}" if part else ""
    if len(names) > 2 and not part:
        section = closest(names[2], [*section_names(SECTIONS), DIFF])
        end = f"#{section}" if section else ""
    for right in ("/".join(names[:2]) + end, "/".join(names[:2])):
        if route := _valid(right):
            return route
    return ""


def _valid(text: str) -> str:
    """Return `text` as a valid address, else the nearest valid one, else an empty string."""
    try:
        route = parse(text)
        return "" if route == AgentsRoute() else str(_checked(text, route))
    except AddressError as error:
        return error.nearest
    except ValueError:
        return ""


def _of_web(text: str, server: str) -> Route:
    """Return the route of a page of the web client.

    `/ACCOUNT/agents/ID` is a deployment, `/ACCOUNT/NAME` a blueprint (platform.md §1).
    """
    try:
        parts = urlsplit(text)
        origin = f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"
    except ValueError:
        raise AddressError(text, "is not a web address") from None
    if server and origin_of(origin) != origin_of(server):
        # Never send the login to a server that the author of a link chose.
        raise AddressError(
            text,
            f"is not on {masked_line(server, 60)}; to go there, add --server {masked_line(origin, 60)}",
        )
    names = [unquote(name) for name in parts.path.split("/") if name]
    section = unquote(parts.fragment.partition(":")[0])
    match names:
        case []:
            return AgentsRoute()
        case [account] | [account, "agents"] if account != "api":
            return AgentsRoute(account)
        case [account, "agents", agent, *rest]:
            wanted = next((one for one in (section, *rest) if one in section_names(SECTIONS)), "")
            return DeploymentRoute(account, agent, wanted)
        case [account, name, *_] if account != "api":
            return BlueprintRoute(account, name, section if section in section_names(BLUEPRINT_SECTIONS) else "")
    pages = "SERVER/ACCOUNT/agents/ID or SERVER/ACCOUNT/NAME"
    raise AddressError(text, f"is not a page of the web client, such as {pages}")
