"""The shell command that does the same as an action."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import join

from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.platform.servers import cli_of
from astro_tui.presentation.presence import Target
from astro_tui.text.foreign import visible


def command_of(action: Action, target: Target, server: str) -> str:
    """Return the command, quoted for a shell and safe to print.

    The platform's CLI is used for the actions that it has. It cannot cancel, roll back, rename, or restart everything.
    It cannot restart a pod either: it looks for pods where the current server does not list them.
    """
    words = _by_platform_cli(action, target, cli_of(server)) or _by_us(action, target)
    return visible(join(words), 500)


def command_of_many(kind: ActionKind, targets: Sequence[Target]) -> str:
    """Return the command that does an action to several agents."""
    return visible(join(["astro-tui", kind.value, *(f"{target.account}/{target.id}" for target in targets)]), 2000)


def _by_platform_cli(action: Action, target: Target, cli: str) -> list[str]:
    command = [cli, "agent"] if cli else []
    match action.kind:
        case ActionKind.PAUSE | ActionKind.RESUME if command:
            return [*command, action.kind.value, "--id", target.id]
        case ActionKind.TRIGGER if command:
            return [*command, "trigger", action.argument, "--id", target.id]
        case ActionKind.DELETE if command:
            return [*command, "delete", "--id", target.id, "--confirm", target.id]
    return []


def _by_us(action: Action, target: Target) -> list[str]:
    agent = f"{target.account}/{target.id}"
    match action.kind:
        case ActionKind.RESTART_POD:
            return ["astro-tui", "restart", "--pod", action.argument, agent]
        case ActionKind.ROLLBACK:
            return ["astro-tui", "rollback", "--to", action.argument, agent]
        case ActionKind.TRIGGER | ActionKind.RENAME:
            return ["astro-tui", action.kind.value, action.argument, agent]
        case ActionKind.DELETE:
            return ["astro-tui", "delete", "--confirm", target.to_type, agent]
        case ActionKind.DEPLOY:
            # Values that were typed in are not part of it.
            return ["astro-tui", "deploy", *(["--build", action.argument] if action.argument else []), agent]
        case ActionKind.REDEPLOY:
            return ["astro-tui", "deploy", "--same", agent]
    return ["astro-tui", action.kind.value, agent]
