"""The commands that change an agent, such as `astro-tui pause ACCOUNT/AGENT`, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act
from astro_tui.cli.parsing import Parser, add_agent, add_connection, revision_of, seconds_of

_SHARED = """
AGENT is a deployment id, a display name, or a blueprint name. If more than one agent has that name, nothing is done,
and the ids are listed. First, the state and the revision are read, and on a terminal you confirm what would happen.
They are read again right before the request is sent; if they have changed, nothing is sent. The request is never sent
twice: if the response is lost, the state is read instead. Somebody else can still act between that check and the
request: usually within milliseconds, and within ten seconds at most. All actions are recorded: astro-tui journal
prints them.

exit code: 0 accepted (with --dry-run, allowed); 1 refused, failed, or not sent; 2 outcome unknown, or an invalid
option. With --wait, 0 means that the platform has finished. To open an account named {command}: astro-tui --account
{command}
"""


class Detail(NamedTuple):
    """What an action needs besides the agent: an argument, or an option if its name begins with `--`."""

    name: str
    metavar: str
    help: str
    type: Callable[[str], object] = str
    required: bool = True


class ActionCommand(Struct, frozen=True):
    """One command. `usage` has its own arguments. `kind_with_detail` is its kind if the optional `detail` is given."""

    name: str
    kind: ActionKind
    description: str
    examples: Sequence[tuple[str, str]]
    usage: str = ""
    detail: Detail | None = None
    kind_with_detail: ActionKind | None = None

    def parser(self) -> Parser:
        """Return the parser of the command's arguments."""
        width = max(len(example) for example, _words in self.examples)
        lines = "\n".join(f"  {example:<{width}}   {words}" for example, words in self.examples)
        usage = f"{self.usage} ACCOUNT/AGENT".lstrip()
        result = Parser(
            self.name,
            f"[options] {usage}",
            self.description,
            f"examples:\n{lines}\n{_SHARED.format(command=self.name)}",
            missing=f"missing argument: astro-tui {self.name} {usage}",
        )
        result.add_argument(
            "--dry-run", action="store_true", default=False, help="print what would happen, and do nothing"
        )
        result.add_argument("--yes", action="store_true", default=False, help="do not ask; required without a terminal")
        name = "the agent's exact name, for deletions and in protected accounts, where --yes is not enough"
        result.add_argument("--confirm", metavar="NAME", default=None, help=name)
        result.add_argument("--wait", action="store_true", default=False, help="wait until the platform has finished")
        timeout = "how long to wait with --wait (default: 10m)"
        result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=600, help=timeout)
        detail = self.detail
        if detail is not None:
            required: dict[str, Any] = {"required": detail.required} if detail.name.startswith("--") else {}
            result.add_argument(detail.name, metavar=detail.metavar, type=detail.type, help=detail.help, **required)
        add_agent(result)
        add_connection(result)
        return result

    def run(self, arguments: Sequence[str]) -> int:
        """Run the command and return its exit code. Raises ConfigError."""
        given = vars(self.parser().parse_args(arguments))
        detail = given.get(self.detail.name.removeprefix("--")) if self.detail is not None else None
        kind = self.kind if detail is None else self.kind_with_detail or self.kind
        return act(kind, given, "" if detail is None else str(detail))


_INTERACTIVE = "show a preview and ask to confirm"
COMMANDS = (
    ActionCommand(
        "pause",
        ActionKind.PAUSE,
        "Pause an agent: it is scaled to zero and keeps its data and its history.",
        (
            ("astro-tui pause acme/claims-desk", _INTERACTIVE),
            ("astro-tui pause --dry-run acme/claims-desk", "print what would happen, and do nothing"),
            ("astro-tui pause --yes --wait acme/claims-desk", "in a script: pause, and wait until the agent is paused"),
        ),
    ),
    ActionCommand(
        "resume",
        ActionKind.RESUME,
        "Resume a paused agent.",
        (
            ("astro-tui resume acme/claims-desk", _INTERACTIVE),
            ("astro-tui resume --yes --wait acme/claims-desk && echo up", "wait until it is ready"),
        ),
    ),
    ActionCommand(
        "restart",
        ActionKind.RESTART,
        "Restart an agent: replace all of its pods, or one.",
        (
            ("astro-tui restart acme/claims-desk", "replace all pods"),
            ("astro-tui restart --pod claims-desk-agent acme/claims-desk", "only the pod of this workload"),
            ("astro-tui restart --yes --wait acme/claims-desk", "wait until the new pods are ready"),
        ),
        "[--pod P]",
        Detail("--pod", "P", "restart only this pod, by its name or its workload's name", required=False),
        ActionKind.RESTART_POD,
    ),
    ActionCommand(
        "cancel",
        ActionKind.CANCEL,
        "Cancel a deploy in progress. The deploy then counts as failed.",
        (("astro-tui cancel acme/claims-desk", _INTERACTIVE),),
    ),
    ActionCommand(
        "rollback",
        ActionKind.ROLLBACK,
        "Roll an agent back or forward to another revision.",
        (
            ("astro-tui rollback --to 11 acme/claims-desk", "show a preview of all changes and ask to confirm"),
            (
                "astro-tui rollback --to 11 --dry-run acme/claims-desk",
                "have the platform check the revision; change nothing",
            ),
            (
                "astro-tui rollback --to 11 --yes --wait acme/claims-desk",
                "in a script: wait until it is ready, or say why not",
            ),
        ),
        "--to N",
        Detail("--to", "N", "the number of the revision", revision_of),
    ),
    ActionCommand(
        "trigger",
        ActionKind.TRIGGER,
        "Run one of an agent's manual ingestions now.",
        (("astro-tui trigger backfill acme/claims-desk", _INTERACTIVE),),
        "INGESTION",
        Detail("ingestion", "INGESTION", "the name of an ingestion whose trigger is manual"),
    ),
    ActionCommand(
        "rename",
        ActionKind.RENAME,
        "Give an agent another display name.",
        (('astro-tui rename "Claims Desk (EU)" acme/claims-desk', _INTERACTIVE),),
        "NAME",
        Detail("name", "NAME", "the new name"),
    ),
    ActionCommand(
        "delete",
        ActionKind.DELETE,
        "Delete an agent and its data. This cannot be undone.",
        (
            ("astro-tui delete acme/claims-desk", "show a preview, then ask for the agent's name"),
            ('astro-tui delete --confirm "Claims Desk (EU)" acme/q7k-0ab-x4d', "in a script"),
            ("astro-tui delete --dry-run acme/claims-desk", "print what would happen, and do nothing"),
        ),
        "[--confirm NAME]",
    ),
)
"""The commands. Their names are also in `cli/main.py`."""
