"""`astro-tui auth status`: all possible sources of a token in order of precedence, and which one is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from astro_tui.auth.chosen_login import LoginKind
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.source import TokenOrigin, unusable_words
from astro_tui.cli.login_places import LoginPlace, login_places, used_place
from astro_tui.cli.output import Output
from astro_tui.errors import SIGN_IN_COMMAND
from astro_tui.platform.servers import origin_of
from astro_tui.presentation.remedies import in_shell
from astro_tui.runtime import system_clock
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, Style, painted

SIGNED_IN, NOT_SIGNED_IN, TROUBLE = 0, 1, 2
_COLORS = {"used": Style("1;32"), "problem": Style("1;31")}


def status(settings: Settings, output: Output, *, as_json: bool) -> int:
    """Print which login is used and why. Returns the exit code: 0 signed in, 1 not signed in, 2 unusable login."""
    now = system_clock()
    places = login_places(settings, now)
    used = used_place(places)
    if as_json:
        output.json(json.dumps(_object(settings, places, used), ensure_ascii=False, indent=2))
    else:
        output.lines(_lines(settings, places, used, output))
    if used is not None and used.problem and not used.good:
        return TROUBLE if used.source is None else NOT_SIGNED_IN
    return SIGNED_IN if used is not None and used.good else NOT_SIGNED_IN


def remaining_logins(settings: Settings) -> Iterator[str]:
    """Yield which other login is used, if any, now that our own was removed."""
    environment, _own_login, cli = login_places(settings, system_clock())
    if environment.source is not None:
        yield "ASTRO_ACCESS_TOKEN is set and still used."
    elif cli.source is not None:
        name = CliLogins(settings.server).binary
        yield (
            f"You are still signed in with the login of {name} ({cli.source.place}). "
            f"To sign out of it too, run {name} logout."
        )
    elif cli.problem:
        yield f"The CLI's login cannot be used. {cli.explained}"


# ---- the output


def _headline(settings: Settings, used: LoginPlace | None) -> tuple[str, str]:
    """Return two sentences: whether the user is signed in, and why or what to do about it."""
    if used is None:
        return f"Not signed in to {origin_of(settings.server)}.", f"Sign in: {SIGN_IN_COMMAND}"
    name = {
        LoginKind.ENVIRONMENT: "the token in ASTRO_ACCESS_TOKEN",
        LoginKind.CLI: f"the login of {CliLogins(settings.server).binary}",
    }.get(used.kind, "astro-tui's own login")
    if used.source is None:
        words = unusable_words(used.kind, used.message, used.fix)
        why = f"{words.message} {in_shell(words.remedies)}"
        return f"Not signed in to {origin_of(settings.server)}: {name} cannot be used.", why
    who = used.source.who
    if used.good:
        return f"Signed in to {origin_of(settings.server)}{f' as {who}' if who else ''} with {name}.", used.source.why
    whose = f" ({who})" if who else ""
    return f"Not signed in to {origin_of(settings.server)}: {name}{whose} has expired.", _way_out(used, settings)


def _way_out(used: LoginPlace, settings: Settings) -> str:
    if used.kind is LoginKind.ENVIRONMENT:
        return f"Set ASTRO_ACCESS_TOKEN to a new token, or unset it and sign in: {SIGN_IN_COMMAND}"
    if used.kind is LoginKind.CLI:
        return f"Run {CliLogins(settings.server).binary} login, or sign in here: {SIGN_IN_COMMAND}"
    return used.source.why if used.source else used.message


def _lines(settings: Settings, places: Sequence[LoginPlace], used: LoginPlace | None, output: Output) -> Iterator[Line]:
    for sentence in _headline(settings, used):
        yield from output.wrapped(visible(sentence))
    yield ""
    width = max(len(place.kind.value) for place in places)
    indent = width + 4
    for place in places:
        mark, state = (
            (">", "used") if place is used and place.good else ("!", "problem") if place.problem else (" ", "")
        )
        name = f"{mark} {place.kind.value:{width}}"
        shown = painted(name, _COLORS.get(state), color=output.color)
        first, *further = output.wrapped(visible(place.explained), indent)
        yield shown + f"  {first}"
        for line in further:
            yield f"{' ' * indent}{line}"


def _object(settings: Settings, places: Sequence[LoginPlace], used: LoginPlace | None) -> dict[str, Any]:
    return {
        "server": origin_of(settings.server),
        "signed_in": used is not None and used.good,
        "source": (used.kind if used else LoginKind.NONE).value,
        "why": _headline(settings, used)[1],
        "sources": [_place(place, used) for place in places],
    }


def _place(place: LoginPlace, used: LoginPlace | None) -> dict[str, Any]:
    source = place.source or TokenOrigin(place.kind)
    return {
        "source": place.kind.value,
        "found": place.source is not None or place.problem,
        "used": place is used and place.good,
        "problem": place.explained if place.problem else None,
        "place": source.place,
        "who": source.who,
        "expires": source.expires.isoformat() if source.expires else None,
        "valid": source.valid,
        "renewable": source.renewable,
        "message": place.message,
    }
