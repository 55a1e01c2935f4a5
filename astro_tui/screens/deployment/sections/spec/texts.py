"""What is said in place of a spec. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.errors import DocumentError
from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.record import DeploymentState
from astro_tui.text.redaction import masked_line
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.platform.models import ActiveDeployment
    from astro_tui.widgets.chrome.notice import Notice


def say_why_not(notice: Notice, state: DeploymentState, keys: Sequence[tuple[str, str]], look: Look) -> bool:
    """Say why there is no spec; returns False if it is still loading. `keys` are the key hints shown below an error."""
    if state.failure is not None:
        notice.say_error(state.failure, keys)
    elif state.foreign is not None:
        say_foreign(notice, state.entry, state.foreign, look)
    elif state.absent:
        say_absent(notice, state, look)
    elif state.problem is not None:
        say_unreadable(notice, state.problem, look)
    else:
        return False
    return True


def say_foreign(notice: Notice, entry: Entry, record: ActiveDeployment, look: Look) -> None:
    """Say that the blueprint's record belongs to another deployment (platform.md §8.7), and to which."""
    blueprint = look.plain(masked_line(record.agent_name or entry.deployment.name))
    notice.say(
        Content.assemble(
            ("The platform shows one spec per blueprint, and it belongs to another deployment.", "bold $text-warning")
        ),
        [
            Content.assemble(("this deployment  ", "$quiet"), look.plain(f"{entry.label}  {entry.key}")),
            Content.assemble(
                ("the record's     ", "$quiet"), look.plain(f"{record.id}  build {masked_line(record.build_id)}")
            ),
            "",
            f"{blueprint} has several deployments. Its record belongs to the newest active one.",
        ],
        [(".", "open that deployment"), ("esc", "go back")],
    )


def say_absent(notice: Notice, state: DeploymentState, look: Look) -> None:
    """Say that there is no active record, and what is known of the state."""
    about = ". The platform keeps a spec only for an active deployment."
    if not state.inactive:
        about = ", but the platform has no active record yet. This may take a moment."
    lines: list[Content | str] = [Content.assemble("The state is ", look.badge(state.status), about)]
    missing = "deployment" if state.inactive else "record"
    sentence, hint = why(state.entry)
    if sentence:
        lines += ["", look.plain(sentence)]
    if hint:
        lines += ["", Content.assemble(("next  ", "$quiet"), look.plain(hint))]
    lines += ["", Content.assemble(("request  ", "$quiet"), look.plain(state.absent))]
    notice.say(
        Content.assemble((f"{look.plain(state.entry.label)} has no active {missing}.", "bold")),
        lines,
        [("r", "refresh"), ("2", "show the record"), ("esc", "go back")],
    )


def say_unreadable(notice: Notice, problem: DocumentError, look: Look) -> None:
    """Say why the spec is not a readable document."""
    notice.say(
        Content.assemble(("The spec cannot be shown.", "bold $text-error")),
        [look.plain(str(problem))],
        [("r", "try again")],
    )
