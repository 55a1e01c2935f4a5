"""The environment of a workload as rows, with secrets masked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from astro_tui.diagnosis import observe
from astro_tui.presentation.nodes import Copy, Key, Node, more
from astro_tui.presentation.record import Field
from astro_tui.text.redaction import MASK, masked_line, secret_reason
from astro_tui.text.times import counted

NAME, VALUE = 80, 400
"""The most characters of a name, and of a value."""
MOST_ROLES = 12
MOST_OF_ROLE = 200
"""The most variables of one role that are shown."""


class Variables:
    """How many variables can still be shown: each has to be masked, which takes time."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, wanted: int) -> int:
        """Return how many of the `wanted` variables to show."""
        taken = min(wanted, self._left, MOST_OF_ROLE)
        self._left -= taken
        return taken


def environment_of(declared: object, key: Key, variables: Variables) -> Iterator[Node]:
    """Yield one folded row for each role, with its variables below it."""
    env = observe.field(declared, "env")
    roles = list(env.items()) if isinstance(env, Mapping) else [("", env)] if isinstance(env, list | tuple) else []
    for number, (role, listed) in enumerate(roles[:MOST_ROLES]):
        entries = observe.objects({"env": listed}, "env")
        if entries:
            yield _role(masked_line(str(role), NAME), entries, (*key, "env", str(number)), variables)
    if len(roles) > MOST_ROLES:
        yield more((*key, "env"), len(roles) - MOST_ROLES, "role")


def _role(role: str, entries: list[object], key: Key, variables: Variables) -> Node:
    taken = variables.take(len(entries))
    rows = [_variable(entry, (*key, str(place))) for place, entry in enumerate(entries[:taken])]
    if len(entries) > taken:
        rows.append(more(key, len(entries) - taken, "variable"))
    number = counted(len(entries), "variable")
    return Node(
        key,
        "environment",
        note=f"{role} · {number}" if role else number,
        below=tuple(rows),
        folded=True,
        fields=(Field("environment", number), *([Field("role", role)] if role else [])),
    )


def _variable(entry: object, key: Key) -> Node:
    raw, sent = observe.text(entry, "name"), observe.text(entry, "value")
    name, source = masked_line(raw, NAME), masked_line(observe.text(entry, "source"), NAME)
    secret = bool(observe.flag(entry, "is_secret")) or secret_reason(("environment", raw), sent) is not None
    value = MASK if secret else masked_line(sent, VALUE)
    fields = [Field("variable", name), Field("value", value or "empty")]
    if source:
        fields.append(Field("source", source))
    return Node(
        key,
        name,
        note=value,
        fields=tuple(fields),
        copies=(Copy("l", "as one line", f"{name}={value}"), Copy("n", "name", name)),
    )
