"""Every screen, menu, and pane of the app, as tours through it that stop at each of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from astro_tui.app.app import AstroApp
from astro_tui.auth.device import SignInProgress
from astro_tui.auth.grants import DeviceCode
from astro_tui.demo import DemoServer, Fault
from astro_tui.document.loading import Background, parse
from astro_tui.errors import StartOver
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.screens.sign_in import Refusal, SignInScreen
from astro_tui.screens.viewer import ViewerScreen
from astro_tui.session.session import Session
from support.cluster import CLUSTER
from support.demo_deployments import CLAIMS, LEGACY, PARCEL
from support.driving import go_to, listed
from support.on_screen import idle, until, until_text


@dataclass(frozen=True)
class Stop:
    """A place, the keys that lead to it from the place before, and a text that it shows."""

    name: str
    keys: tuple[str, ...]
    shows: str = ""
    opens: Callable[[Session], Screen[Any]] | None = None
    """What opens it where no keys lead."""


@dataclass(frozen=True)
class Tour:
    """Places in the order in which one run of the app visits them, and what is different in this run."""

    stops: tuple[Stop, ...]
    _: KW_ONLY
    agent: str = ""
    """The agent that the cursor of the list is on at the start; empty if the run does not begin with a list."""
    settings: Mapping[str, object] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    prepare: Callable[[DemoServer], None] = lambda _demo: None

    def begin(self, demo: DemoServer) -> None:
        """Let the demo platform be what this run needs."""
        self.prepare(demo)
        for path, fault in self.faults.items():
            demo.faults.set(path, fault)

    async def visit(self, pilot: Pilot[Any]) -> AsyncIterator[str]:
        """Yield the name of each place when all of it is on screen."""
        if self.agent:
            await listed(pilot)
            await idle(pilot)
            await go_to(pilot, self.agent)
            await idle(pilot)
        for stop in self.stops:
            await pilot.press(*stop.keys)
            if stop.opens is not None:
                await pilot.app.push_screen(stop.opens(session_of(pilot)))
            await until_text(pilot, stop.shows)
            if not any(fault.kind == "hang" for fault in self.faults.values()):
                await idle(pilot)
            for pane in pilot.app.screen.query(LogsPane):
                await until(pilot, lambda pane=pane: pane.complete or not pane.active, "the lines of the log")
            yield stop.name


def _troubled(demo: DemoServer) -> None:
    """Let the cluster of a deployment have problems of every kind."""
    for path, body in CLUSTER.items():
        demo.faults.set(rf"^/deployments/{CLAIMS}{path}$", Fault.response(200, json.dumps(body)))


class Asking(SignInScreen):
    """A sign-in that waits until its code is entered, or was refused. It sends no request."""

    def __init__(self, session: Session, refusal: Refusal | None = None) -> None:
        super().__init__(session)
        self._refused_with = refusal

    def action_again(self) -> None:
        """Show the code, or that it was refused."""
        address = "https://auth.example.com/device"
        code = DeviceCode("unseen", "WDJB-MJHT", address, f"{address}?user_code=WDJB-MJHT", 900, 5)
        self._refusal = self._refused_with
        if self._refusal is None:
            self._step, self._codes = SignInProgress(code, 872, 5), self._drawn(code)
        self._show()


def refused(session: Session) -> Screen[Any]:
    """Return a sign-in that was refused."""
    return Asking(session, Refusal("The sign-in was refused in the browser.", (StartOver(),), "POST /token"))


def file_viewer(session: Session) -> Screen[Any]:
    """Return the screen of `astro-tui view` with a file."""
    text = (
        b'{"name": "x", "list": [1, 2.5, null, true], "api_key": "sk-example", "path": "/a/b", "text": "caf\xc3\xa9"}'
    )
    return ViewerScreen(session, "file.json", Background(lambda: parse(text)).start())


def session_of(pilot: Pilot[Any]) -> Session:
    """Return the session of the app."""
    assert isinstance(pilot.app, AstroApp)
    return pilot.app.session


_LIST = r"^/deployments\?"
TOURS = {
    "list": Tour(
        (
            Stop("picker", (), "FAILED"),
            Stop("picker-preview", ("i",)),
            Stop("picker-help", ("question_mark",), "type to search"),
            Stop("picker-messages", ("escape", "at"), "GET /api/v1"),
            Stop("palette", ("escape", "ctrl+p", *"moor"), "moor"),
            Stop("command", ("escape", "colon", *"account "), "account"),
            Stop("picker-filter", ("escape", "/", *"is:active desk"), "esc clears"),
            Stop("picker-no-match", ("escape", "/", *"invoce"), "No agent"),
            Stop("accounts", ("escape", "escape", "A"), "harborline"),
            Stop("accounts-filter", ("/", *"harb"), "harb"),
            Stop("find", ("escape", "escape", "colon", *"find k:image", "enter"), "matches in"),
            Stop("find-prompt", ("slash",), "type to replace"),
            Stop("find-groups", (*"--differs .agent.replicas", "enter"), "values in"),
        ),
        agent=CLAIMS,
    ),
    "deployment": Tour(
        (
            Stop("spec", ("enter",), "values"),
            Stop("spec-value", ("j", "l", "j", "v")),
            Stop("spec-secret", ("equals_sign", "pagedown")),
            Stop("spec-search", ("/", *"image"), "image"),
            Stop("spec-found", ("enter", "n"), "image"),
            Stop("spec-yaml", ("escape", "m")),
            Stop("spec-json", ("m",)),
            Stop("record", ("m", "2"), "record"),
            Stop("history", ("3",), "c1f00a92"),
            Stop("history-other-pane", ("tab",)),
            Stop("copy-menu-waiting", ("1", "y", "question_mark"), "jq path"),
            Stop("save", ("escape", "W"), "save to"),
            Stop("compare-menu", ("escape", "D", "question_mark"), "another agent"),
            Stop("help", ("escape", "question_mark"), "type to search"),
            Stop("diff", ("escape", "d"), "c1f00a92"),
            Stop("diff-side-by-side", ("b",)),
            Stop("diff-everything", ("equals_sign", "n")),
        ),
        agent=CLAIMS,
    ),
    "cluster": Tour(
        (
            Stop("workloads", ("enter", "4"), "CONTAINERS"),
            Stop("workloads-unfolded", ("j", "j", "space", "j")),
            Stop("workloads-filter", ("/", *"agent"), "agent"),
            Stop("events", ("escape", "5"), "stuck"),
            Stop("events-unfolded", ("j", "space")),
            Stop("numbers", ("9", "m"), "CPU cores"),
            Stop("numbers-table", ("T",), "CPU CORES"),
            Stop("numbers-peers", ("w",), "api.models.example"),
            Stop("why", ("6",), "why"),
            Stop("why-2", ("j", "j")),
            Stop("chat", ("0",), "CONVERSATION"),
            Stop("chat-input", ("enter", *"hello"), "hello"),
        ),
        agent=CLAIMS,
        prepare=_troubled,
    ),
    "logs": Tour(
        (
            Stop("logs", ("enter", "7"), "live"),
            Stop("logs-search", ("/", *"claim")),
            Stop("logs-found", ("enter", "n")),
            Stop("logs-line", ("escape", "k", "enter")),
            Stop("logs-repeats", ("escape", "number_sign")),
            Stop("logs-errors", ("number_sign", "e")),
            Stop("logs-up", ("e",)),
            Stop("logs-wrapped", ("k", "w", "t")),
            Stop("logs-sources", ("P",)),
            Stop("logs-only", ("escape", "/", *"claim", "enter", "ampersand")),
        ),
        agent=CLAIMS,
    ),
    "logs-together": Tour(
        (Stop("logs-together", ("space", "j", "space", "l"), "logs of 2 agents"),),
        agent=CLAIMS,
    ),
    "traces": Tour(
        (
            Stop("traces", ("enter", "8"), "refund"),
            Stop("traces-searched", ("/", *"refund", "enter"), "of the newest 1,000 traces"),
            Stop("traces-failed", ("E",), "3 errors"),
            Stop("trace", ("enter",), "lookup_policy"),
            Stop("trace-search", ("/", *"plan"), "plan"),
            Stop("trace-span", ("enter", "escape", "enter"), "input"),
            Stop("trace-sent", ("R",), "parent_id"),
        ),
        agent=CLAIMS,
    ),
    "failed": Tour(
        (
            Stop("failed-why", ("enter", "6"), "why"),
            Stop("failed-logs", ("7",), "live"),
            Stop("failed-workloads", ("4",)),
            Stop("failed-spec", ("1",)),
            Stop("failed-history", ("3",)),
        ),
        agent=PARCEL,
    ),
    "actions": Tour(
        (
            Stop("actions-menu", ("enter", "a"), "Restart all pods"),
            Stop("actions-refused", ("s",), "the agent is not paused"),
            Stop("actions-preview-read-only", ("p",), "read-only"),
            Stop("actions-journal", ("enter", "a", "j"), ""),
            Stop("actions-arm", ("escape", "w", *"meridian", "enter"), "not the account"),
            Stop("actions-armed", (*"-labs", "enter"), "armed"),
            Stop("actions-preview", ("p",), "stop"),
            Stop("actions-rollback", ("enter", "a", "b"), "which revision"),
            Stop("actions-rollback-preview", ("enter",), "becomes the current one"),
            Stop("actions-delete", ("enter", "a", "d"), "to continue"),
            Stop("actions-delete-wrong", (*"Claims", "enter"), "that is not"),
            Stop("armed-header", ("escape",), "armed"),
            Stop("bulk-preview", ("escape", "escape", "escape", "space", "j", "space", "a", "p"), "to continue"),
        ),
        agent=CLAIMS,
    ),
    "secrets": Tour((Stop("spec-secrets", ("enter", "equals_sign", "pagedown"), "values"),), agent=LEGACY),
    "catalog": Tour(
        (
            Stop("welcome", (), "sign in"),
            Stop("catalog", ("c",), "public catalog"),
            Stop("catalog-search", ("/", *"mail"), "mail"),
            Stop("catalog-again", ("escape",), "harvest-planner"),
            Stop("blueprint-readme", ("j", "j", "enter"), "publisher"),
            Stop("blueprint-spec", ("1",)),
            Stop("blueprint-record", ("2",)),
            Stop("blueprint-builds", ("3",)),
            Stop("blueprint-card", ("5",)),
            Stop("view", (), "document", file_viewer),
            Stop("view-value", ("equals_sign", "v", "j"), "value"),
            Stop("sign-in", (), "waiting for the browser", Asking),
            Stop("sign-in-refused", (), "was refused", refused),
        ),
        settings={"token": ""},
    ),
    "account": Tour(
        (
            Stop("audit-log", ("colon", *"audit", "enter"), "Priya Raman"),
            Stop("variables", ("q", "colon", *"variables", "enter"), "SHOP_TOKEN"),
            Stop("money", ("q", "A"), "runs out around"),
        ),
        settings={"account": "copper-lantern"},
    ),
    "list-error": Tour((Stop("list-error", (), "FAILED at"),), faults={_LIST: Fault.response(500)}),
    "list-loading": Tour((Stop("list-loading", (), "loading"),), faults={_LIST: Fault.hang()}),
    "signed-out": Tour((Stop("signed-out", (), "SIGNED OUT"),), faults={"/": Fault.response(401)}),
    "empty": Tour((Stop("empty", (), "No agents are deployed"),), settings={"account": "quiet-harbor"}),
}
