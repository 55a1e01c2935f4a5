"""The commands that change an agent, such as `astro-tui pause ACCOUNT/AGENT`, from their preview to their outcome."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.bulk import MOST, MOST_PARALLEL, MOST_UNTYPED
from astro_tui.actions.commands import command_of
from astro_tui.actions.context import ActionContext
from astro_tui.actions.described import LABEL, PreviewLine, PreviewTone, lines_of
from astro_tui.actions.follow import follow
from astro_tui.actions.kinds import DEPLOYS, Action, ActionKind, Inputs
from astro_tui.actions.preview import Preview, prepare
from astro_tui.actions.resolving import resolve_all, words_of
from astro_tui.actions.run import ActionOutcome, run
from astro_tui.chat.words import command_to_ask
from astro_tui.cli.agents import agent_to_act_on
from astro_tui.cli.bulk import DONE, NOT_DONE, UNKNOWN, act_together, context_on
from astro_tui.cli.confirming import PROTECTED, ConfirmedBy, add_confirming
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.explaining import in_short, page_of
from astro_tui.cli.output import COMMAND, HEADING, QUIET, Output, ProgressLine, badge, note, trouble
from astro_tui.cli.parsing import Parser, add_agent, add_connection, revision_of, seconds_of, settings_of
from astro_tui.cli.streams import complain
from astro_tui.errors import AstroError, ConfigError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.remedies import in_shell
from astro_tui.session.agent import Agent
from astro_tui.state.journal import RENEWS, ActionStage
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.styled import Line, painted

_MOST_CHANGES = 40
"""Lines of a difference that are printed."""
_LAST = {PreviewTone.CAUTION: 1, PreviewTone.REFUSAL: 2}
"""Notes and refusals come last, right above the question."""
_AS_IS = (PreviewTone.QUIET, PreviewTone.COMMAND)
"""A request, a difference, and a command are not wrapped: they are copied."""


def act(action: Action, options: dict[str, Any]) -> int:
    """Do one action, or print what it would do, and return the exit code. Raises ConfigError for a wrong setting."""
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        return _ActionRun(connection, output, action, options).run()


class _ActionRun:
    """One run of a command."""

    def __init__(self, connection: CliConnection, output: Output, action: Action, options: dict[str, Any]) -> None:
        self._connection, self._output, self._action, self._kind = connection, output, action, action.kind
        self._dry, self._yes, self._wait = options["dry_run"], options["yes"], options["wait"]
        self._typed, self._timeout, self._agent = options["confirm"], options["timeout"], options["agent"]

    def run(self) -> int:
        try:
            context = context_on(self._connection)
            agent = agent_to_act_on(self._connection, self._agent)
            self._report_open_actions(context, agent)
            preview = self._previewed(context, agent)
        except AstroError as error:
            complain(trouble(error, ["--ascii"] if self._output.ascii else []))
            unread = self._dry and isinstance(error, PlatformError)
            return UNKNOWN if unread else NOT_DONE
        if self._dry:
            self._print(preview)
            return DONE if preview.verdict.allowed or preview.verdict.nothing else NOT_DONE
        if not preview.verdict.allowed:
            code = self._refuse(f"{preview.target.label}: {preview.verdict.reason}.")
            return DONE if preview.verdict.nothing else code
        return self._confirmed(context, preview, agent)

    def _report_open_actions(self, context: ActionContext, agent: Agent) -> None:
        """Look up the outcome of earlier actions on this agent that are still unresolved, and print it."""
        for earlier in resolve_all(context, self._connection.call(), agent.key):
            self._connection.note(f"earlier: {words_of(earlier, context.clock())}")

    def _previewed(self, context: ActionContext, agent: Agent) -> Preview:
        preview = prepare(context, agent.target, self._action, self._connection.call())
        if (plan := preview.rollback) is not None:
            shown = (plan.new.user, plan.old.user if plan.old is not None else "")
            self._connection.platform.names.read(agent.account, shown)
        return preview

    def _print(self, preview: Preview) -> None:
        self._output.lines(_preview_lines(preview, self._output))

    def _refuse(self, words: str) -> int:
        note(words, ascii_alone=self._output.ascii)
        return NOT_DONE

    # ---- confirming

    def _confirmed(self, context: ActionContext, preview: Preview, agent: Agent) -> int:
        settings = self._connection.settings
        arming = Arming(read_only=settings.read_only, write=True, protected=settings.protected)
        try:
            typed = self._confirmation(preview, arming)
            if typed is None:
                return self._refuse("Canceled. Nothing was sent.")
            permit = arming.permit(preview, typed)
        except NotArmedError as error:
            return self._refuse(f"{error} Nothing was sent.")

        line = ProgressLine(ascii_alone=self._output.ascii)
        try:
            outcome = run(context, preview, permit, self._connection.call(), lambda words: line.draw(f"{words} …"))
        except KeyboardInterrupt:
            line.clear()
            self._connection.note("interrupted; the request may have been sent: see astro-tui journal")
            raise
        finally:
            line.clear()
        return self._ended(context, preview, outcome, agent)

    def _confirmation(self, preview: Preview, arming: Arming) -> str | None:
        """Return the name typed to confirm (empty if not required), or None if declined. Raises NotArmedError."""
        if arming.read_only:
            return ""  # `permit` says why not
        about, target = preview.action.about, preview.target
        needs_name = arming.needs_name(self._kind, target.account)
        if self._yes and self._typed is None and not needs_name and preview.deploy is not None:
            # The preview is not printed, and what it warns of must not happen without a word.
            for words in preview.deploy.notes:
                self._connection.note(words)
        why = "" if about.letter == "d" else PROTECTED
        confirmation = ConfirmedBy(target.to_type, about.confirm, about.title.lower(), needs_name, why)
        show = partial(self._print, preview)
        return confirmation.typed(self._output, yes=self._yes, named=self._typed, show=show)

    # ---- afterwards

    def _ended(self, context: ActionContext, preview: Preview, outcome: ActionOutcome, agent: Agent) -> int:
        if outcome.exit_code != DONE:
            note(f"{outcome.sentence} {in_shell(outcome.remedies)}".rstrip(), ascii_alone=self._output.ascii)
            # If the response was lost, the state tells how it ends. A job that was triggered leaves no trace there.
            lost = outcome.step in (ActionStage.UNKNOWN, ActionStage.RESOLVED) and self._kind is not ActionKind.TRIGGER
            return self._waited(context, preview, outcome, agent) if self._wait and lost else outcome.exit_code
        self._output.lines(self._output.wrapped(outcome.sentence))
        code = self._waited(context, preview, outcome, agent) if self._wait else DONE
        if code == DONE and (undo := preview.undo) is not None:
            self._connection.note(f"to undo: {command_of(undo, preview.target, context.platform.server)}")
        if code == DONE and self._kind in RENEWS:
            self._connection.note(f"to see that it works: {command_to_ask(f'{agent.account}/{agent.key}')}")
        return code

    def _waited(self, context: ActionContext, preview: Preview, outcome: ActionOutcome, agent: Agent) -> int:
        line = ProgressLine(ascii_alone=self._output.ascii)
        try:
            settled = follow(context, preview, outcome, self._connection.call(), line.draw, limit=float(self._timeout))
        except PlatformError as error:
            line.clear()
            complain(trouble(error))
            return UNKNOWN
        finally:
            line.clear()
        self._output.lines(self._output.wrapped(settled.sentence))
        if settled.ok is None:
            return UNKNOWN
        if not settled.ok:
            self._explain(agent)
            if self._kind in DEPLOYS and (undo := preview.undo) is not None:
                back = command_of(undo, preview.target, context.platform.server)
                self._connection.note(f"to go back: {back}")
        return DONE if settled.ok else NOT_DONE

    def _explain(self, agent: Agent) -> None:
        """Print why the action failed, if that can be found out."""
        with suppress(PlatformError):
            entry = agent.judged(Call()).entry
            if entry.diagnosis is not None:
                self._output.lines(["", *in_short(entry, entry.diagnosis, page_of(self._connection, self._output))])


# ---- the preview


def _preview_lines(preview: Preview, output: Output) -> Iterator[Line]:
    """Yield what an action would do, the exact request, and the command that does the same."""
    target = preview.target
    name = f"{visible(target.account, 100)}/{target.label}"
    title = painted(f"{preview.action.about.title}: {name}", HEADING, color=output.color)
    yield title + painted(f"  {visible(target.id, 100)}", QUIET, color=output.color)
    lines = lines_of(preview, _MOST_CHANGES, color=output.color, width=max(0, output.width - 2))
    for line in sorted(lines, key=lambda line: _LAST.get(line.tone, 0)):
        yield from _lines(line, preview, output)


def _lines(line: PreviewLine, preview: Preview, output: Output) -> Iterator[Line]:
    label, text, tone = line
    if tone is PreviewTone.STATE:
        state = preview.state
        shown = badge(state.status, ascii_alone=output.ascii, color=output.color)
        yield f"{label:{LABEL}}" + shown + state.words_after_status
    elif not label:
        yield "  " + text
    elif tone in _AS_IS:
        color = output.color and tone is PreviewTone.COMMAND
        yield f"{label:{LABEL}}" + painted(str(text), COMMAND, color=color)
    else:
        text = ascii_only(str(text)) if output.ascii else str(text)
        for number, part in enumerate(output.wrapped(text, LABEL)):
            yield f"{'' if number else label:{LABEL}}{part}"


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
    """One command. `usage` has its own arguments. `kind_with_detail` is its kind if the optional `detail` is given.

    `options` adds further options to its parser, and `chosen` returns the action that they choose. It can be about
    `many` agents.
    """

    name: str
    kind: ActionKind
    description: str
    examples: Sequence[tuple[str, str]]
    usage: str = ""
    detail: Detail | None = None
    kind_with_detail: ActionKind | None = None
    options: Callable[[Parser], None] | None = None
    many: bool = False
    chosen: Callable[[dict[str, Any]], Action] | None = None

    def parser(self) -> Parser:
        """Return the parser of the command's arguments."""
        width = max(len(example) for example, _words in self.examples)
        lines = "\n".join(f"  {example:<{width}}   {words}" for example, words in self.examples)
        usage = f"{self.usage} ACCOUNT/AGENT{'...' if self.many else ''}".lstrip()
        more = _SHARED.format(command=self.name) + (_MANY if self.many else "")
        text = f"{self.description}\n\nexamples:\n{lines}\n{more}"
        result = Parser(self.name, f"[options] {usage}", text, missing=self._missing)
        result.flag("--dry-run", help="print what would happen, and do nothing")
        name = "the agent's exact name, for deletions and in protected accounts, where --yes is not enough"
        if self.many:
            name = "where --yes is not enough: the agent's exact name, in protected accounts, or the number of agents"
        add_confirming(result, name)
        result.flag("--wait", help="wait until the platform has finished")
        timeout = "how long to wait with --wait (default: 10m)"
        result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=600, help=timeout)
        detail = self.detail
        if detail is not None:
            required: dict[str, Any] = {"required": detail.required} if detail.name.startswith("--") else {}
            result.add_argument(detail.name, metavar=detail.metavar, type=detail.type, help=detail.help, **required)
        if self.options is not None:
            self.options(result)
        if self.many:
            _many_options(result)
        else:
            add_agent(result)
        add_connection(result)
        return result

    @property
    def _missing(self) -> str:
        return f"missing argument: astro-tui {self.name} {self.usage} ACCOUNT/AGENT".replace("  ", " ")

    def run(self, arguments: Sequence[str]) -> int:
        """Run the command and return its exit code. Raises ConfigError."""
        options = vars(self.parser().parse_args(arguments))
        if self.chosen is not None:
            return act(self.chosen(options), options)
        detail = options.get(self.detail.name.removeprefix("--")) if self.detail is not None else None
        kind = self.kind if detail is None else self.kind_with_detail or self.kind
        if self.many:
            names = [*options["agents"], *_marked(options["marked_from"])]
            if not names:
                raise ConfigError("the file names no agents" if options["marked_from"] else self._missing)
            if len(names) > 1 or options["marked_from"]:
                if kind is not self.kind:
                    raise ConfigError(f"{self.usage.strip('[]').split()[0]} is for one agent")
                return act_together(kind, names, options)
            options["agent"] = names[0]
        return act(Action(kind, "" if detail is None else str(detail)), options)


def _many_options(parser: Parser) -> None:
    agents = "the agents; AGENT is enough if an account is set"
    parser.add_argument("agents", metavar="ACCOUNT/AGENT", nargs="*", default=[], help=agents)
    marked = "also act on the agents in this file, one per line; - is standard input"
    parser.add_argument("--marked-from", metavar="FILE", default="", help=marked)
    parallel = "how many agents to act on at a time (default: 1)"
    parser.add_argument("--parallel", type=int, choices=range(1, MOST_PARALLEL + 1), default=1, help=parallel)


def _marked(file: str) -> list[str]:
    """Return the addresses in a file. Raises ConfigError."""
    return [line.strip() for line in _read(file).splitlines() if line.strip()] if file else []


def _deploy_options(parser: Parser) -> None:
    parser.add_argument("--build", metavar="BUILD", default="", help="deploy this build (default: the newest one)")
    parser.flag("--same", help="deploy the build that runs again: this is how changed variables reach the agent")
    value = "set a variable that is not a secret; others can see arguments"
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help=value)
    file = "set a variable to the contents of a file, without a newline at the end; - is standard input"
    parser.add_argument("--set-file", metavar="NAME=FILE", action="append", default=[], help=file)
    timeout = "the agent's response timeout, such as 45s; the one that is set is kept if it can be read"
    parser.add_argument("--response-timeout", metavar="TIME", default="", help=timeout)


def _deploy(options: dict[str, Any]) -> Action:
    """Return the deploy that was requested. Raises ConfigError."""
    if options["build"] and options["same"]:
        raise ConfigError("--build and --same exclude each other")
    pairs = [(_pair("--set", each), False) for each in options["set"]]
    pairs += [(_pair("--set-file", each), True) for each in options["set_file"]]
    names = [name for (name, _value), _file in pairs]
    if len(set(names)) < len(names):
        raise ConfigError("a variable is set twice")
    if sum(value == "-" for (_name, value), file in pairs if file) > 1:
        raise ConfigError("--set-file can read standard input only once")
    values = tuple((name, _read(value) if file else value) for (name, value), file in pairs)
    seen = frozenset(name for (name, _value), file in pairs if not file)
    kind = ActionKind.REDEPLOY if options["same"] else ActionKind.DEPLOY
    return Action(kind, options["build"], Inputs(values, seen, options["response_timeout"]))


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        # The text may be a value that nobody may see.
        raise ConfigError(f"{option} needs a name and a value: {option} NAME={'FILE' if 'file' in option else 'VALUE'}")
    return name, value


def _read(file: str) -> str:
    """Return the contents of a file without a newline at its end. Raises ConfigError."""
    shown = masked_line(file, 200)
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
            raw = stream.read(_LARGEST_VALUE + 1)
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror}") from None
    if len(raw) > _LARGEST_VALUE:
        raise ConfigError(f"{shown} is larger than {_LARGEST_VALUE >> 10} KiB")
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigError(f"{shown} is not UTF-8 text") from None


_MANY = f"""
You can name up to {MOST} agents. Each is previewed, and you confirm once for all. To pause several, or for more than
{MOST_UNTYPED} agents, --yes is not enough: give their number with --confirm. Agents in protected accounts are skipped,
and so are those that have changed since their preview. A restarted or resumed agent must be ready within --timeout
before the next one starts. After two failures, nothing more starts. The exit code is 0 if all are done, 2 if an outcome
is unknown, and otherwise 1.
"""
_LARGEST_VALUE = 256 << 10
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
            ("astro-tui pause --confirm 2 acme/claims-desk acme/mail-triage", "in a script: pause two agents"),
        ),
        many=True,
    ),
    ActionCommand(
        "resume",
        ActionKind.RESUME,
        "Resume a paused agent.",
        (
            ("astro-tui resume acme/claims-desk", _INTERACTIVE),
            ("astro-tui resume --yes --wait acme/claims-desk && echo up", "wait until it is ready"),
            ("astro-tui resume --marked-from agents.txt", "resume the agents in a file, one after another"),
        ),
        many=True,
    ),
    ActionCommand(
        "restart",
        ActionKind.RESTART,
        "Restart an agent: replace all of its pods, or one.",
        (
            ("astro-tui restart acme/claims-desk", "replace all pods"),
            ("astro-tui restart --pod claims-desk-agent acme/claims-desk", "only the pod of this workload"),
            ("astro-tui restart --yes --wait acme/claims-desk", "wait until the new pods are ready"),
            ("astro-tui restart --parallel 4 acme/claims-desk acme/mail-triage", "several agents, four at a time"),
        ),
        "[--pod P]",
        Detail("--pod", "P", "restart only this pod, by its name or its workload's name", required=False),
        ActionKind.RESTART_POD,
        many=True,
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
        "deploy",
        ActionKind.DEPLOY,
        "Deploy a build of an agent's blueprint: the newest one, another one, or the same one again.",
        (
            ("astro-tui deploy acme/claims-desk", "show what the newest build changes, and ask to confirm"),
            ("astro-tui deploy --dry-run acme/claims-desk", "have the platform check it; change nothing"),
            ("astro-tui deploy --yes --wait acme/claims-desk", "in a script: wait until it runs, or say why not"),
            ("astro-tui deploy --same acme/claims-desk", "apply changed variables"),
            ("astro-tui deploy --set-file API_KEY=key.txt acme/claims-desk", "give a value that the build requires"),
        ),
        "[--build BUILD | --same]",
        options=_deploy_options,
        chosen=_deploy,
    ),
    ActionCommand(
        "rebuild",
        ActionKind.REBUILD,
        "Build the head of the branch of an agent's blueprint again. Nothing is deployed.",
        (("astro-tui rebuild acme/claims-desk", _INTERACTIVE),),
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
