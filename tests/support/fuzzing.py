"""Random keys, mouse events, pastes, and resizes for a running app, and what must be true about what it sends."""

from __future__ import annotations

import asyncio
import random
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._compositor import Compositor
from textual.geometry import Size

from astro_tui.actions import follow, run_bulk
from astro_tui.actions.arming import ARMED, Arming
from astro_tui.actions.bulk import KINDS, Bulk, Result
from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.actions.presses import READABLE, SAME_KEY, TYPED
from astro_tui.actions.preview import Preview
from astro_tui.app.app import AstroApp
from astro_tui.platform import rounds
from astro_tui.screens.actions import acting, confirm
from astro_tui.screens.actions import bulk as bulk_box
from astro_tui.screens.actions.argument import ArgumentBox
from astro_tui.screens.actions.box import ArmBox
from astro_tui.screens.actions.bulk import BulkBox
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.screens.actions.confirming import ConfirmBox
from astro_tui.screens.actions.menu import ActionsMenu
from astro_tui.screens.picker.screen import PickerScreen
from support.acting import EU, LABS
from support.idle import idle, render_update
from support.in_process import InProcess
from support.on_screen import screen_text
from support.open_demo import OpenDemo
from support.virtual_time import STEP, VirtualLoop

WIDTH, HEIGHT = 80, 24
NAME = "Claims Desk (EU)"
PAUSED, BUSY = "ibb-xnp-9uz", "hbr-spz-8w9"
"""An agent that is paused, and one that is made to deploy."""
ACTIVE = (EU, "active", "ACTIVE")
TARGETS = {ActionKind.RESUME: (PAUSED, "stopped", "PAUSED"), ActionKind.CANCEL: (BUSY, "deploying", "DEPLOYING")}
"""Where an action works: the agent, its state, and its word in the list. All others work on the active one."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEYS = [
    *(LETTERS + LETTERS.upper() + "0123456789/:?@.-+=#&*[] "),
    *("enter", "escape", "up", "down", "left", "right", "pagedown", "pageup", "home", "end", "tab", "shift+tab"),
    *("backspace", "delete", "ctrl+p", "ctrl+d", "ctrl+u", "ctrl+r", "ctrl+f", "f1"),
]
LIKELY = [*"aaaarospcbtndwjyu", *"ROSPCBTNDU", "enter", "enter", "escape", "j", "k"]
"""What matters most to actions."""
CAPITALS = [about.confirm for about in ABOUT.values()]
SIZES = [(80, 24), (40, 15), (20, 5), (120, 40), (80, 10), (160, 45), (200, 60), (99, 19)]
OPENERS = [
    *(
        ["enter"],
        *(["enter", section] for section in "234567"),
        ["d"],
        ["A"],
        ["I"],
        ["question_mark"],
        ["ctrl+p"],
        ["@"],
    ),
    *(
        [*":catalog", "enter"],
        [*":catalog", "enter", "enter"],
        [*":diff", "enter"],
        ["greater_than_sign"],
        ["a"],
        ["y"],
    ),
]
"""Keys that open the screens, the sections, and the boxes, or start to load something."""
SLOW = 0.01
"""Real seconds that each response takes while screens load: several frames."""
DRAWN = 40
"""One frame in so many is really drawn: drawing decides nothing, and would take half of the time."""


class Observer:
    """What was on screen, and what was confirmed, as seen from outside of the code that decides."""

    def __init__(self, demo: OpenDemo, platform: InProcess) -> None:
        self.demo, self.platform = demo, platform
        self.events = 0
        self.kinds: Counter[str] = Counter()
        """Events by what they are."""
        self.screens: Counter[str] = Counter()
        self.resized: Counter[str] = Counter()
        """Resizes while something loads, by the screen in front."""
        self.cells: set[tuple[int, int]] = set()
        """The cells that were clicked."""
        self.previews: Counter[ActionKind] = Counter()
        self.confirmed: Counter[ActionKind] = Counter()
        self.wrong: list[str] = []
        self._expected: Counter[str] = Counter()
        self._keys: list[tuple[str, float]] = []
        self._text = ""
        self._shown: dict[int, tuple[ConfirmBox, float]] = {}
        self._armed: float | None = None

    def begin(self) -> None:
        """A new app: nothing is armed, and nothing was typed."""
        self._keys, self._text, self._armed = [], "", None
        self._shown = {}

    def count(self, what: str, number: int = 1) -> None:
        """Count events."""
        self.events += number
        self.kinds[what] += number

    def typed(self, key: str, at: float) -> None:
        """Note a key."""
        self._keys.append((key, at))
        self._text += key if len(key) == 1 else f"<{key}>"

    def crashed(self, error: Exception) -> None:
        """Note a bug that ended an app."""
        self.wrong.append("".join(traceback.format_exception(error)[-8:]))

    def watch(self, patch: pytest.MonkeyPatch, loop: VirtualLoop) -> None:
        """Note each preview that comes on screen, each action that begins, and what arms an account."""
        drawn, start, start_bulk, arm = ConfirmBox._on_screen, acting.start, acting.start_bulk, Arming.arm

        def on_screen(box: ConfirmBox) -> None:
            if box.subject is not None and box.is_current and isinstance(box, PreviewBox | bulk_box.BulkBox):
                if id(box) not in self._shown:
                    self.previews[box.kind_of_action] += 1
                    word = "state" if isinstance(box, PreviewBox) else "marked agent"
                    seen = self.previews.total() % DRAWN or box.app.size.height < HEIGHT or word in screen_text(box.app)
                    if not seen:
                        self.wrong.append(f"the preview is not on screen:\n{screen_text(box.app)}")
                self._shown[id(box)] = (box, loop.now)
            drawn(box)

        def starts(app: AstroApp, agent: Any, preview: Preview, permit: Any, again: Any) -> None:
            self._starts(app, preview.action.kind, preview, loop.now)
            self._typed_where_needed(app, preview)
            self._expected[preview.request] += 1
            start(app, agent, preview, permit, again)

        def starts_bulk(app: AstroApp, agents: Any, bulk: Bulk, *more: Any) -> None:
            self._starts(app, bulk.kind, bulk, loop.now)
            if bulk.needs_number and f"{bulk.count}<enter>" not in self._text:
                self.wrong.append(f"{bulk.title} without the number")
            for item in bulk.items:
                if item.result is Result.WAITING and item.preview is not None:
                    self._typed_where_needed(app, item.preview)
                    self._expected[item.preview.request] += 1
            start_bulk(app, agents, bulk, *more)

        def arms(arming: Arming, account: str, typed: str) -> None:
            arm(arming, account, typed)
            if not self._text.rpartition("<enter>")[0].endswith(account):
                self.wrong.append(f"{account} was armed without its name: {self._text[-60:]}")
            self._armed = loop.now

        patch.setattr(ConfirmBox, "_on_screen", on_screen)
        patch.setattr(confirm, "start", starts)
        patch.setattr(bulk_box, "start_bulk", starts_bulk)
        patch.setattr(Arming, "arm", arms)

    def _starts(self, app: AstroApp, kind: ActionKind, subject: object, now: float) -> None:
        about, settings = ABOUT[kind], app.session.settings
        shown = next(at for box, at in self._shown.values() if box.subject is subject)
        # Other keys may have come at the same moment.
        pressed = [at for key, at in self._keys[-20:] if key == about.confirm]
        if not pressed or pressed[-1] < shown + READABLE:
            self.wrong.append(f"{about.title} by a key at {pressed}, of a preview that came on screen at {shown}")
        (before, earlier), (last, at) = self._keys[-2:]
        if last != about.confirm or at - earlier < TYPED or (before == last and at - earlier < SAME_KEY):
            self.wrong.append(f"{about.title} by {self._keys[-3:]}, which nobody typed on purpose")
        armed = settings.write or (self._armed is not None and now - self._armed < ARMED)
        if settings.read_only or not armed:
            self.wrong.append(f"{about.title} in a session that is read-only")
        self.confirmed[kind] += 1

    def _typed_where_needed(self, app: AstroApp, preview: Preview) -> None:
        target, about = preview.target, preview.action.about
        protected = target.account in app.session.settings.protected
        if (preview.action.kind is ActionKind.DELETE or protected) and f"{target.to_type}<enter>" not in self._text:
            self.wrong.append(f"{about.title} of {target.to_type} without its name")

    @property
    def unconfirmed(self) -> Counter[str]:
        """The requests that change something and were not confirmed."""
        return self.platform.writes - self._expected

    def report(self, title: str) -> str:
        """Return the numbers in words."""
        lines = [
            f"{title}: {self.events:,} events ({', '.join(f'{n:,} {what}' for what, n in self.kinds.most_common())})",
            f"  {len(self.screens)} screens, {len(self.cells):,} of {WIDTH * HEIGHT:,} cells clicked",
            f"  {self.resized.total():,} resizes while something loads: {dict(self.resized)}",
            f"  {self.previews.total():,} previews: {_counts(self.previews)}",
            f"  {self.confirmed.total():,} confirmed: {_counts(self.confirmed)}",
            f"  {self.platform.requests:,} requests, {self.platform.writes.total():,} of them to change something",
            f"  {self.unconfirmed.total():,} requests that nobody confirmed: {dict(self.unconfirmed)}",
        ]
        return "\n".join([*lines, *(f"  WRONG: {each}" for each in self.wrong[:20])])


def _counts(counted: Counter[ActionKind]) -> str:
    return ", ".join(f"{kind.value} {counted[kind]:,}" for kind in ActionKind)


def isolated(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Touch nothing of the machine (files, browser, terminal), and draw few frames."""
    patch.setenv("XDG_STATE_HOME", str(folder / "state"))
    patch.setenv("BROWSER", "true")
    patch.chdir(folder)
    patch.setattr(AstroApp, "exit", lambda _app, *_result, **_code: None)
    patch.setattr(AstroApp, "action_suspend_process", lambda _app: None)
    patch.setattr(rounds, "FOLLOWED", 0.05)
    patch.setattr(acting, "follow", partial(follow.follow, limit=0.1))
    patch.setattr(acting, "run_bulk", partial(run_bulk.run_bulk, limit=0.1))
    frames = cycle(range(DRAWN))

    def some(compositor: Compositor, *given: Any, **more: Any) -> Any:
        if next(frames) == 0:
            return render_update(compositor, *given, **more)
        compositor._dirty_regions.clear()
        return None

    patch.setattr(Compositor, "render_update", some)


OTHER_WAYS = ("early", "held", "canceled", "pasted", "clicked", "changed", "other", "unnamed")
"""What is done with a preview instead of confirming it as it should be."""


class Fuzzer:
    """Drives one app."""

    def __init__(self, app: AstroApp, seen: Observer, chance: random.Random, cells: Iterator[tuple[int, int]]) -> None:
        self.app, self.demo, self.seen, self.chance, self._cells = app, seen.demo, seen, chance, cells
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        loop.busy = self.busy

    # ---- events

    async def key(self, *names: str) -> None:
        """Press keys at the same moment, as the terminal's driver does, and let the app handle them."""
        for name in names:
            event = events.Key({" ": "space"}.get(name, name), name if len(name) == 1 else None)
            self.seen.typed(name, event.time)
            self.seen.count("keys")
            self.app.post_message(event)
        await self.handled()

    async def type(self, text: str) -> None:
        """Type a text, and enter."""
        await self.key(*text, "enter")

    async def held(self, name: str, times: int) -> None:
        """Hold a key down, so that the terminal repeats it."""
        for _ in range(times):
            await self.key(name)
            await self.passes(0.03)

    async def post(self, what: str, *sent: events.Event) -> None:
        """Send other events, and let the app handle them."""
        self.seen.count(what)
        for event in sent:
            self.app.post_message(event)
        await self.handled()

    async def click(self, x: int, y: int) -> None:
        """Click a cell."""
        self.seen.cells.add((x, y))
        await self.post("clicks", *(_mouse(kind, x, y) for kind in (events.MouseDown, events.MouseUp)))

    async def paste(self, text: str) -> None:
        """Paste a text."""
        self.seen._text += text
        await self.post("pastes", events.Paste(text))

    async def resize(self, width: int, height: int) -> None:
        """Resize the terminal."""
        assert self.app._driver is not None
        self.app._driver._size = (width, height)
        size = Size(width, height)
        await self.post("resizes", events.Resize(size, size))

    async def anything(self) -> None:
        """Send something random."""
        chance = self.chance
        self.seen.screens[type(self.app.screen).__name__] += 1
        what = chance.random()
        if what < 0.08:
            await self.click(*next(self._cells))
        elif what < 0.09:
            x, y = chance.randrange(self.app.size.width), chance.randrange(self.app.size.height)
            kind = chance.choice([events.MouseScrollDown, events.MouseScrollUp, events.MouseMove])
            await self.post("wheel and moves", _mouse(kind, x, y))
        elif what < 0.12:
            own = chance.choice(
                ["P", "R\n", "aP", NAME, f"{NAME}\n", "meridian-labs", "".join(chance.choices(KEYS[:60]))]
            )
            await self.paste(own if self.app.session.settings.write else own.replace(LABS, ""))
        elif what < 0.125:
            await self.resize(*chance.choice(SIZES))
        elif what < 0.17:
            await self.resize_while_loading()
        elif what < 0.175:
            await self.post("focus", events.AppBlur(), events.AppFocus())
        elif what < 0.2:
            await self.held(chance.choice([*CAPITALS, "enter", "a", "j"]), chance.randrange(2, 20))
        else:
            source = LIKELY if what < 0.45 else KEYS
            await self.key(*chance.choices(source, k=chance.choice([1, 1, 1, 2, 3, 6])))
        await self.passes(chance.choice([0, 0, 0.02, 0.1, 0.4]))
        if chance.random() < 0.01:
            self.redeploy(chance.choice([EU, PAUSED, BUSY]))

    async def resize_while_loading(self) -> None:
        """Open something, and resize the window while it loads: it must be laid out for each size within 3 seconds."""
        chance, platform = self.chance, self.seen.platform
        platform.delay = SLOW
        await self.key(*chance.choice(OPENERS))
        for _ in range(chance.randrange(1, 4)):
            await self.passes(chance.choice([0, 0.02, 0.1]))
            width, height = chance.choice(SIZES)
            await self.resize(width, height)
            if chance.random() < 0.3:
                await self.key("r")
            self.seen.resized[type(self.app.screen).__name__] += 1
            begun = self.loop.now
            if not await self.until(lambda: self.app.screen.outer_size == self.app.size) or self.loop.now > begun + 3:
                self.seen.wrong.append(f"{self.app.screen} is not laid out for {width}x{height}")
        platform.delay = 0.0

    # ---- time

    async def passes(self, seconds: float) -> None:
        """Let time go by; a long time in one leap."""
        if seconds > 1:
            self.loop.now += seconds - 0.1
            seconds = 0.1
        if seconds:
            await asyncio.sleep(seconds)

    async def handled(self) -> None:
        """Let the app handle what was sent. Threads go on meanwhile, and time does only if a key was lost."""
        app: Any = self.app
        for _ in range(50):
            await idle()
            if not app._waiting and app._started is None:
                return
            # A page holds the key until its rows are there, or the key was lost.
            await asyncio.sleep(0.02)

    def busy(self) -> bool:
        """Whether a thread is at something that it will report."""
        working = any(worker.is_running for worker in self.app.workers)
        return working or any(each.name == "action" for each in threading.enumerate())

    async def until(self, condition: Callable[[], object]) -> bool:
        """Wait until something holds; False if it does not although nothing goes on any more."""
        idle_since = self.loop.now
        while not condition():
            if self.busy():
                idle_since = self.loop.now
            elif self.loop.now > idle_since + 0.3:
                return False
            await asyncio.sleep(STEP)
        return True

    # ---- other people

    def redeploy(self, key: str) -> None:
        """Another user deploys an agent again."""
        world = self.demo.world
        world.change(world.by_id[key], revisions=world.by_id[key].revisions + 1, current=0)
        self.seen.kinds["redeploys"] += 1

    def reset(self, key: str, word: str) -> None:
        """Reset an agent to its first state."""
        before = self._first(key)
        self.demo.put(key, word)
        world = self.demo.world
        world.change(world.by_id[key], display_name=before.display_name, current=before.current, restarts={})

    def _first(self, key: str) -> Any:
        known: dict[str, Any] = vars(self.demo).setdefault("first", {})
        return known.setdefault(key, self.demo.world.by_id[key])

    # ---- with a plan

    def front(self, screen: type[Any]) -> bool:
        """Whether a screen is in front and has its widgets."""
        return isinstance(self.app.screen, screen) and bool(self.app.screen.query("#box"))

    async def home(self, key: str, word: str, label: str) -> bool:
        """Go back to the list, with the cursor on an agent."""
        while len(self.app.screen_stack) > 1:
            await self.app.pop_screen()
        await self.handled()
        picker = self.app.screen
        if not isinstance(picker, PickerScreen):
            return False
        if self.app.size != (WIDTH, HEIGHT):
            await self.resize(WIDTH, HEIGHT)
        for _ in range(3):
            rows = [(entry.key, entry.status.label) for entry in picker.table.rows]
            if (key, label) in rows:
                picker.table.focus()
                picker.table.show_marks(())
                picker.table.move_to(rows.index((key, label)))
                return True
            # It may have been changed, deleted, or filtered away.
            await self.key("escape")
            self.reset(key, word)
            picker.load()
            await self.until(lambda: not self.busy())
        return False

    async def plan(self, kind: ActionKind) -> bool:
        """Open the preview of an action, and then confirm it, too early, not at all, or as it should be.

        Returns False if the app is in no state for it.
        """
        chance, before = self.chance, self.seen.confirmed.total()
        key, word, label = TARGETS.get(kind, ACTIVE)
        if not await self.home(key, word, label):
            return False
        if chance.random() < 0.1:
            await self.key("enter")
        if kind in KINDS and chance.random() < 0.4 and isinstance(self.app.screen, PickerScreen):
            await self.bulk(kind)
            self.reset(key, word)
            return True
        await self.key("a")
        if not await self.until(lambda: self.front(ActionsMenu)):
            return True
        await self.arm()
        await self.key(ABOUT[kind].letter)
        if ABOUT[kind].needs and not await self.argument(kind):
            return True
        if await self.until(lambda: self.front(PreviewBox)):
            await self.preview(kind, key)
        self.seen.screens[type(self.app.screen).__name__] += 1
        if self.seen.confirmed.total() > before:
            self.reset(key, word)
            # The list shows it, too.
            first = self.app.screen_stack[0]
            if isinstance(first, PickerScreen):
                first.agents.acted(key)
        return True

    async def bulk(self, kind: ActionKind) -> None:
        """Mark the agent and perhaps others, and confirm an action on them, too early or as it should be."""
        chance, confirm_key = self.chance, ABOUT[kind].confirm
        await self.key("space", *["j", "space"] * chance.randrange(8), "a", ABOUT[kind].letter)
        if not await self.until(lambda: self.front(BulkBox)):
            return
        box = self.app.screen
        assert isinstance(box, BulkBox)
        if await self.until(lambda: box.subject is not None) and box.subject is not None and box.subject.needs_number:
            await self.type(chance.choice([box.to_type, box.to_type, "1", ""]))
        await self.passes(chance.choice([READABLE - 0.05, READABLE + 0.05, 2]))
        await self.key(confirm_key)
        await self.passes(2 * TYPED)
        await self.until(lambda: not self.busy())

    async def arm(self) -> None:
        """Type the account's name, or something else in a session that is to stay read-only."""
        app, chance = self.app, self.chance
        if app.session.settings.write or app.session.arming.armed(LABS) or chance.random() < 0.5:
            return
        await self.key("w")
        if await self.until(lambda: self.front(ArmBox)):
            good = app.arms and chance.random() < 0.8  # type: ignore[attr-defined]
            await self.type(LABS if good else chance.choice([LABS.upper(), LABS[:-1], NAME, ""]))
            if self.front(ArmBox):
                await self.key("escape")
            await self.until(lambda: self.front(ActionsMenu))

    async def preview(self, kind: ActionKind, key: str) -> None:
        """Do something with a preview that is opening."""
        box, chance, confirm_key = self.app.screen, self.chance, ABOUT[kind].confirm
        assert isinstance(box, PreviewBox)
        # An action that needs a name, or a state that random keys rarely leave, is confirmed rarely.
        rare = self.seen.confirmed[kind] * len(ActionKind) < self.seen.confirmed.total()
        how = chance.choice([*OTHER_WAYS, *["confirmed"] * (25 if rare else 7)])
        if how == "early":
            await self.key(*[confirm_key] * chance.randrange(1, 6))
        if how == "held":
            await self.held(confirm_key, chance.randrange(5, 20))
        if not await self.until(lambda: box._preview is not None):
            return
        arming = self.app.session.arming
        if arming.armed(LABS) and arming.needs_name(kind, LABS) and how not in ("early", "unnamed"):
            name = box._preview.target.to_type  # type: ignore[union-attr]
            await self.type(name.lower() if chance.random() < (0.02 if rare else 0.2) else name)
        if how == "early":
            await self.key(confirm_key)
            return
        waits = (READABLE - 0.05, READABLE + 0.05, READABLE + 0.05, 2, ARMED + 1)
        await self.passes(READABLE + 0.05 if rare and how == "confirmed" else chance.choice(waits))
        if how == "canceled":
            await self.key(chance.choice(["enter", "escape", "q"]))
        elif how == "pasted":
            await self.paste(confirm_key)
        elif how == "clicked":
            for _ in range(20):
                await self.click(*next(self._cells))
        elif how == "other":
            await self.key(*chance.sample([each for each in CAPITALS if each != confirm_key], 5))
        else:
            if how == "changed":
                self.redeploy(key)
            await self.key(confirm_key)
            await self.passes(2 * TYPED)
            if self.app.screen is not box:
                await self.until(lambda: not self.busy())

    async def argument(self, kind: ActionKind) -> bool:
        """Enter what an action asks for."""
        if not await self.until(lambda: self.front(ArgumentBox)):
            return False
        box = self.app.screen
        if kind is ActionKind.RENAME:
            await self.type(f"Claims {self.chance.randrange(1000)}")
            return True
        if not await self.until(lambda: box.table is not None and box.table.rows):
            return False
        with suppress(IndexError):
            await self.key("enter")
        return True


def _mouse(kind: type[events.MouseEvent], x: int, y: int) -> events.MouseEvent:
    return kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y)


def all_cells(chance: random.Random) -> Iterator[tuple[int, int]]:
    """Yield all cells in a random order, again and again."""
    cells = [(x, y) for x in range(WIDTH) for y in range(HEIGHT)]
    while True:
        chance.shuffle(cells)
        yield from cells
