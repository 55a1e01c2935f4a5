"""`astro-tui auth status`: all possible sources of a token in order of precedence, and which one is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from astro_tui.auth.chosen_login import ChosenLogin, SourceKind, cli_choice, own_choice
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.source import Source, environment_source, source_of, unusable_words
from astro_tui.cli.output import Output
from astro_tui.platform.servers import origin_of
from astro_tui.presentation.remedies import in_shell
from astro_tui.text.foreign import visible
from astro_tui.text.times import span

if TYPE_CHECKING:
    from astro_tui.errors import Fix
    from astro_tui.state.settings import Settings

SIGNED_IN, NOT_SIGNED_IN, TROUBLE = 0, 1, 2
_COLORS = {"used": "1;32", "problem": "1;31"}


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a login can be stored. `message` is a sentence about the login there.

    `source` is None if there is no usable login. `problem` means that the login cannot be used or renewed. `fix`
    makes it usable.
    """

    kind: SourceKind
    message: str
    source: Source | None = None
    problem: bool = False
    fix: Fix | None = None

    @property
    def explained(self) -> str:
        """The message, and how to make the login usable."""
        return " ".join(filter(None, (self.message, in_shell((self.fix,) if self.fix else ()))))

    @property
    def good(self) -> bool:
        """Whether its login is valid, or can be renewed."""
        return self.source is not None and (self.source.valid or self.source.renewable)


def status(settings: Settings, output: Output, *, as_json: bool) -> int:
    """Print which login is used and why. Returns the exit code: 0 signed in, 1 not signed in, 2 unusable login."""
    now = datetime.now(UTC)
    places = places_of(settings, now)
    used = next((place for place in places if place.source or place.problem), None)
    if as_json:
        output.json(json.dumps(_object(settings, places, used), ensure_ascii=False, indent=2))
    else:
        output.lines(_lines(settings, places, used, output))
    if used is not None and used.problem and not used.good:
        return TROUBLE if used.source is None else NOT_SIGNED_IN
    return SIGNED_IN if used is not None and used.good else NOT_SIGNED_IN


def places_of(settings: Settings, now: datetime) -> list[Place]:
    """Return all places in order of precedence. Reads files and the keyring; sends no request."""
    own, cli = OwnLogin(settings.server), CliLogins(settings.server)
    return [_environment(settings.token, now), _own(own, cli, now), _cli(own, cli, now)]


def remaining_logins(settings: Settings) -> Iterator[str]:
    """Yield which other login is used, if any, now that our own was removed."""
    environment, _own_login, cli = places_of(settings, datetime.now(UTC))
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


# ---- the places


def _environment(token: str, now: datetime) -> Place:
    if not token:
        return Place(SourceKind.ENVIRONMENT, "ASTRO_ACCESS_TOKEN is not set.")
    source = environment_source(token, now)
    return Place(SourceKind.ENVIRONMENT, _state(source, now, "never renewed"), source)


def _unusable(chosen: ChosenLogin) -> Place:
    return Place(chosen.kind, chosen.problem, problem=True, fix=chosen.fix)


def _own(own: OwnLogin, cli: CliLogins, now: datetime) -> Place:
    chosen = own_choice(own)
    if chosen.problem:
        return _unusable(chosen)
    if chosen.own is None:
        return Place(SourceKind.OWN, f"No login for {own.server}. Sign in: astro-tui auth login")
    source = source_of(chosen, own, cli, now)
    if not source.renewable:
        return Place(SourceKind.OWN, f"{_state(source, now)} {source.why}", source, problem=True)
    renewed = "renewed automatically" if source.valid else "renewed on next use"
    return Place(SourceKind.OWN, _state(source, now, renewed), source)


def _cli(own: OwnLogin, cli: CliLogins, now: datetime) -> Place:
    if not cli.binary:
        return Place(SourceKind.CLI, f"The platform has no CLI for {own.server}.")
    chosen = cli_choice(cli)
    if chosen.problem:
        return _unusable(chosen)
    if chosen.cli is None:
        return Place(SourceKind.CLI, f"{cli.binary} has no login in {cli.place}.")
    source = source_of(chosen, own, cli, now)
    renewed = f"renewed by {cli.binary}" if cli.installed else f"not renewed because {cli.binary} is not installed"
    return Place(SourceKind.CLI, _state(source, now, f"read-only, {renewed}"), source)


def _state(source: Source, now: datetime, *more: str) -> str:
    """Return whose login it is, when it expires, and where it is stored."""
    if source.expires is None:
        expiry = "unknown expiry"
    else:
        expiry = f"{'valid' if source.valid else 'expired'} {until(source.expires, now)}"
    where = "" if source.kind is SourceKind.ENVIRONMENT else f"in {source.place}"
    return f"{', '.join(part for part in (source.who, expiry, *more, where) if part)}."


def until(moment: datetime, now: datetime) -> str:
    """Return a local time and how far away it is: `until 14:05 (4m left)` or `at 13:00 (1h ago)`."""
    local, today = moment.astimezone(), now.astimezone()
    clock = f"{local:%H:%M}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"
    seconds = (moment - now).total_seconds()
    return f"until {clock} ({span(seconds)} left)" if seconds > 0 else f"at {clock} ({span(-seconds)} ago)"


# ---- the output


def _headline(settings: Settings, used: Place | None) -> tuple[str, str]:
    """Return two sentences: whether the user is signed in, and why or what to do about it."""
    if used is None:
        return f"Not signed in to {origin_of(settings.server)}.", "Sign in: astro-tui auth login"
    name = {
        SourceKind.ENVIRONMENT: "the token in ASTRO_ACCESS_TOKEN",
        SourceKind.CLI: f"the login of {CliLogins(settings.server).binary}",
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


def _way_out(used: Place, settings: Settings) -> str:
    if used.kind is SourceKind.ENVIRONMENT:
        return "Set ASTRO_ACCESS_TOKEN to a new token, or unset it and sign in: astro-tui auth login"
    if used.kind is SourceKind.CLI:
        return f"Run {CliLogins(settings.server).binary} login, or sign in here: astro-tui auth login"
    return used.source.why if used.source else used.message


def _lines(settings: Settings, places: Sequence[Place], used: Place | None, output: Output) -> Iterator[str]:
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
        name = f"\x1b[{_COLORS[state]}m{name}\x1b[0m" if output.color and state else name
        first, *further = output.wrapped(visible(place.explained), indent)
        yield f"{name}  {first}"
        for line in further:
            yield f"{' ' * indent}{line}"


def _object(settings: Settings, places: Sequence[Place], used: Place | None) -> dict[str, Any]:
    return {
        "server": origin_of(settings.server),
        "signed_in": used is not None and used.good,
        "source": (used.kind if used else SourceKind.NONE).value,
        "why": _headline(settings, used)[1],
        "sources": [_place(place, used) for place in places],
    }


def _place(place: Place, used: Place | None) -> dict[str, Any]:
    source = place.source or Source(place.kind)
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
