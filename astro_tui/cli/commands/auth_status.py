"""`astro-tui auth status`: every place a login can come from, in order, and which one is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.source import Source, SourceKind, environment_source, source_of, unusable_words
from astro_tui.auth.tokens import Found
from astro_tui.cli.output import Output
from astro_tui.platform.servers import origin_of
from astro_tui.presentation.remedies import in_shell
from astro_tui.text.foreign import visible
from astro_tui.text.times import span

if TYPE_CHECKING:
    from astro_tui.errors import Fix
    from astro_tui.state.settings import Settings

SIGNED_IN, NOT_SIGNED_IN, TROUBLE = 0, 1, 2
_COLOURS = {"used": "1;32", "problem": "1;31"}


@dataclass(frozen=True, slots=True)
class Place:
    """One place a login can come from: `said` is a sentence about what was found there.

    `source` is None if there is no usable login. `problem` means that what was found cannot be used or renewed, and
    `fix` is what makes it usable.
    """

    kind: SourceKind
    said: str
    source: Source | None = None
    problem: bool = False
    fix: Fix | None = None

    @property
    def explained(self) -> str:
        """What was found, and how to make it usable."""
        return " ".join(filter(None, (self.said, in_shell((self.fix,) if self.fix else ()))))

    @property
    def good(self) -> bool:
        """Whether its login is accepted now, or will be after it was renewed."""
        return self.source is not None and (self.source.valid or self.source.renewable)


def status(settings: Settings, output: Output, *, as_json: bool) -> int:
    """Print which login is used and why; returns the exit code: 0 signed in, 1 not, 2 trouble."""
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
    """Return every place in the order in which they count; reads files and the keyring, asks no server."""
    own, cli = OwnLogin(settings.server), CliLogins(settings.server)
    return [_environment(settings.token, now), _own(own, cli, now), _cli(own, cli, now)]


def what_is_left(settings: Settings) -> Iterator[str]:
    """Say which login is used once our own is gone, if there is one."""
    environment, _own_login, cli = places_of(settings, datetime.now(UTC))
    if environment.source is not None:
        yield "ASTRO_ACCESS_TOKEN is set and still used."
    elif cli.source is not None:
        name = CliLogins(settings.server).binary
        yield f"From now on the login of {name} is used ({cli.source.place}); {name} logout ends that one."
    elif cli.problem:
        yield f"The login of the CLI cannot be used. {cli.explained}"


# ---- the places


def _environment(token: str, now: datetime) -> Place:
    if not token:
        return Place(SourceKind.ENVIRONMENT, "ASTRO_ACCESS_TOKEN is not set.")
    source = environment_source(token, now)
    return Place(SourceKind.ENVIRONMENT, _state(source, now, "used as it is, never renewed"), source)


def _own(own: OwnLogin, cli: CliLogins, now: datetime) -> Place:
    try:
        stored = own.stored()
    except LoginProblem as problem:
        return Place(SourceKind.OWN, str(problem), problem=True, fix=problem.fix)
    if stored is None:
        return Place(SourceKind.OWN, f"None at {own.server}: astro-tui auth login")
    source = source_of(Found(SourceKind.OWN, own=stored), own, cli, now)
    if not source.renewable:
        return Place(SourceKind.OWN, f"{_state(source, now)} {source.why}", source, problem=True)
    renewed = "renews itself" if source.valid else "is renewed when next used"
    return Place(SourceKind.OWN, _state(source, now, renewed), source)


def _cli(own: OwnLogin, cli: CliLogins, now: datetime) -> Place:
    if not cli.binary:
        return Place(SourceKind.CLI, f"No CLI of the platform works with {own.server}.")
    try:
        found = cli.read()
    except LoginProblem as problem:
        return Place(SourceKind.CLI, str(problem), problem=True, fix=problem.fix)
    if found is None:
        return Place(SourceKind.CLI, f"{cli.binary} has no login in {cli.place}.")
    source = source_of(Found(SourceKind.CLI, cli=found), own, cli, now)
    how = f"{cli.binary} renews it" if cli.installed else f"{cli.binary} is not installed to renew it"
    return Place(SourceKind.CLI, _state(source, now, f"read only, {how}"), source)


def _state(source: Source, now: datetime, *more: str) -> str:
    """Return whose it is, until when it is good, and where it lies."""
    if source.expires is None:
        good = "its end is not known"
    else:
        good = f"good {until(source.expires, now)}" if source.valid else f"ran out {until(source.expires, now)}"
    where = "" if source.kind is SourceKind.ENVIRONMENT else f"in {source.place}"
    return f"{', '.join(part for part in (source.who, good, *more, where) if part)}."


def until(moment: datetime, now: datetime) -> str:
    """Return a moment as the user's clock shows it, and how far it is: `until 14:05 (4m left)`, `at 13:00 (1h ago)`."""
    local, today = moment.astimezone(), now.astimezone()
    clock = f"{local:%H:%M}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"
    seconds = (moment - now).total_seconds()
    return f"until {clock} ({span(seconds)} left)" if seconds > 0 else f"at {clock} ({span(-seconds)} ago)"


# ---- the output


def _headline(settings: Settings, used: Place | None) -> tuple[str, str]:
    """Return whether the user is signed in, and why."""
    if used is None:
        return f"Not signed in to {origin_of(settings.server)}.", "Sign in: astro-tui auth login"
    name = {
        SourceKind.ENVIRONMENT: "the token in ASTRO_ACCESS_TOKEN",
        SourceKind.CLI: f"the login of {CliLogins(settings.server).binary}",
    }.get(used.kind, "astro-tui's own login")
    if used.source is None:
        words = unusable_words(used.kind, used.said, used.fix)
        why = f"{words.message} {in_shell(words.remedies)}"
        return f"Not signed in to {origin_of(settings.server)}: {name} cannot be used.", why
    who = used.source.who
    if used.good:
        return f"Signed in to {origin_of(settings.server)}{f' as {who}' if who else ''}: by {name}.", used.source.why
    whose = f" ({who})" if who else ""
    return f"Not signed in to {origin_of(settings.server)}: {name}{whose} has run out.", _way_out(used, settings)


def _way_out(used: Place, settings: Settings) -> str:
    if used.kind is SourceKind.ENVIRONMENT:
        return "Set ASTRO_ACCESS_TOKEN to a new token, or unset it and sign in: astro-tui auth login"
    if used.kind is SourceKind.CLI:
        return f"Run {CliLogins(settings.server).binary} login, or sign in here: astro-tui auth login"
    return used.source.why if used.source else used.said


def _lines(settings: Settings, places: Sequence[Place], used: Place | None, output: Output) -> Iterator[str]:
    for sentence in _headline(settings, used):
        yield from output.wrapped(visible(sentence))
    yield ""
    width = max(len(place.kind.value) for place in places)
    indent = width + 4
    for place in places:
        mark, look = (">", "used") if place is used and place.good else ("!", "problem") if place.problem else (" ", "")
        name = f"{mark} {place.kind.value:{width}}"
        name = f"\x1b[{_COLOURS[look]}m{name}\x1b[0m" if output.color and look else name
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
        "said": place.said,
    }
