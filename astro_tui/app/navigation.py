"""Routes as screens: builds the screen that a route names, and imports it when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.screens.base.open import Compared, Open, Published
from astro_tui.screens.base.page import Page
from astro_tui.session.routes import (
    AccountsRoute,
    AgentsRoute,
    AuditLogRoute,
    BlueprintRoute,
    BuildLogRoute,
    CatalogRoute,
    DeploymentRoute,
    DiffRoute,
    FindRoute,
    LogsRoute,
    VariablesRoute,
    parse,
)
from astro_tui.theme.look import read_styles
from astro_tui.widgets.lists.rows import RowList

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from astro_tui.screens.base.open import OpenSignIn
    from astro_tui.screens.palette.items import KnownAgents, Target
    from astro_tui.session.agent import Agent
    from astro_tui.session.session import Session


def first_screen(session: Session) -> Screen[object]:
    """Return the screen to start with: the agents, or the welcome screen when there is no login."""
    if session.platform.signed_in:
        from astro_tui.screens.picker.screen import PickerScreen

        return PickerScreen(session)
    from astro_tui.screens.welcome import WelcomeScreen

    return WelcomeScreen(session)


def open_at_start(app: App[None], session: Session) -> None:
    """Open the screen that the command line names, unless it is about an agent: agents open from their list."""
    route = parse(session.settings.address)
    if not isinstance(route, (AgentsRoute, DeploymentRoute, DiffRoute)):
        app.post_message(Open(session, route))


def sign_in(app: App[None], message: OpenSignIn) -> None:
    """Open the sign-in."""
    from astro_tui.screens.sign_in import SignInScreen

    def closed(words: object) -> None:
        if isinstance(words, str):
            message.done(words)

    app.push_screen(_styled(app, SignInScreen(message.session)), closed)


def open_route(app: App[None], message: Open) -> None:
    """Show the screen of a route: one that is open already, else a new one on top."""
    match message.route:
        case AgentsRoute():
            _open_agents(app, message, message.route)
        case DeploymentRoute():
            _open_deployment(app, message, message.route)
        case DiffRoute():
            _open_diff(app, message, message.route)
        case AccountsRoute():
            from astro_tui.screens.accounts import AccountsScreen

            _push(app, AccountsScreen(message.session))
        case AuditLogRoute() | VariablesRoute():
            from astro_tui.screens.account_tables import AuditScreen, VariablesScreen

            route = message.route
            if isinstance(route, AuditLogRoute):
                _push(app, AuditScreen(message.session, route.account, route.text))
            else:
                _push(app, VariablesScreen(message.session, route.account))
        case CatalogRoute():
            from astro_tui.screens.catalog.screen import CatalogScreen

            _push(app, CatalogScreen(message.session, message.route.text, message.route.account))
        case FindRoute():
            from astro_tui.screens.find import FindScreen

            _push(app, FindScreen(message.session, message.route.account, message.route.text))
        case BlueprintRoute():
            _open_blueprint(app, message, message.route)
        case BuildLogRoute():
            from astro_tui.screens.deployment.build_log import BuildLogScreen

            _push(app, BuildLogScreen(message.session, message.route))
        case LogsRoute():
            from astro_tui.screens.deployment.logs_screen import LogsScreen

            rows = [_named(message, account, name) if name else None for account, name in message.route.of]
            agents = [agent for agent in rows if agent is not None]
            _push(app, LogsScreen(message.session, message.route, agents if len(agents) == len(rows) else ()))


def sized(app: App[None], screen: Screen[object]) -> Screen[object]:
    """Give a screen the classes of its size: if they came with the first resize, everything would be styled twice."""
    for cells, points in ((app.size.width, app.HORIZONTAL_BREAKPOINTS), (app.size.height, app.VERTICAL_BREAKPOINTS)):
        screen.add_class(max(point for point in points or () if point[0] <= cells)[1], update=False)
    return screen


def _styled(app: App[None], screen: Screen[object]) -> Screen[object]:
    """Prepare a screen to be pushed: Textual reads its style sheets and sets these classes once it is mounted."""
    read_styles(app.stylesheet, screen.css_path)
    return sized(app, screen)


def _push(app: App[None], screen: Screen[object]) -> None:
    """Show a screen in place of one of its kind, else on top: going from agent to agent must not pile up screens."""
    front = app.screen
    # Textual cannot replace the first screen.
    if type(front) is type(screen) and len(app.screen_stack) > 1:
        if isinstance(front, Page):
            front.keep_place()
        front.dismiss()
    app.push_screen(_styled(app, screen))


def _open_agents(app: App[None], message: Open, route: AgentsRoute) -> None:
    """Go back to the list of this session, saving the state of each screen above it; if there is no list, open one."""
    from astro_tui.screens.picker.screen import PickerScreen

    stack = app.screen_stack
    lists = (one for one in reversed(stack) if isinstance(one, PickerScreen) and one.session is message.session)
    picker = next(lists, None)
    if picker is None:
        # On top, because Textual cannot replace the first screen.
        picker = PickerScreen(message.session, route.account)
        app.push_screen(_styled(app, picker))
        if message.words:
            picker.call_after_refresh(picker.show_message, message.words)
        return
    for screen in reversed(stack[stack.index(picker) + 1 :]):
        if isinstance(screen, Page):
            screen.keep_place()
        app.pop_screen()
    picker.show_account(route.account)


def _named(message: Open, account: str, name: str) -> Agent | None:
    """Return the deployment that a route names, as the sender or the roster knows it."""
    if isinstance(message.loaded, Compared):
        return message.loaded.agent
    entry = message.session.roster.lookup(account, name)
    return message.session.agent(account, entry) if entry is not None else None


def _open_deployment(app: App[None], message: Open, route: DeploymentRoute) -> None:
    """Show a section of a deployment: on its screen, if that is in front or right behind the one in front."""
    from astro_tui.screens.deployment.screen import DeploymentScreen

    agent = _named(message, route.account, route.agent)
    if agent is None:
        _open_from_list(app, message, route)
        return
    for place, screen in enumerate(reversed(app.screen_stack[-2:])):
        if not isinstance(screen, DeploymentScreen) or screen.session is not message.session:
            continue
        if screen.entry.key == agent.key:
            if place:
                app.screen.dismiss()
            if route.section:
                screen.call_later(screen.show_section, route.section, route.detail)
            return
    message.session.memory.use(f"agent {agent.account}/{agent.key}")
    _push(app, DeploymentScreen(message.session, agent.account, agent.entry, route.section, route.detail))


def _open_diff(app: App[None], message: Open, route: DiffRoute) -> None:
    from astro_tui.screens.diff.screen import DiffScreen
    from astro_tui.session.comparison import between

    agent, loaded = _named(message, route.account, route.agent), message.loaded
    if agent is None:
        _open_from_list(app, message, route)
        return
    sides, find = (loaded.sides, loaded.find) if isinstance(loaded, Compared) else (None, None)
    if sides is None and find is None and (route.old or route.new):
        find = between(message.session, agent, route.old, route.new)
    _push(app, DiffScreen(message.session, agent, sides, find))


def _open_from_list(app: App[None], message: Open, route: DeploymentRoute | DiffRoute) -> None:
    """Let the list of an account open an agent that is not known yet."""
    from astro_tui.screens.picker.screen import PickerScreen

    _open_agents(app, message, AgentsRoute(route.account))
    front = app.screen
    if isinstance(front, PickerScreen):
        # A list that has just been opened is not mounted yet.
        front.call_later(front.want, route)


def _open_blueprint(app: App[None], message: Open, route: BlueprintRoute) -> None:
    from astro_tui.platform import models
    from astro_tui.screens.blueprint.screen import BlueprintScreen

    published = message.loaded
    if not isinstance(published, Published):
        published = Published(models.Blueprint(account=route.account, name=route.name))
    _push(app, BlueprintScreen(message.session, published, route.section))


def keep_places(app: App[None]) -> None:
    """Let all screens save their state for the next run."""
    for screen in app.screen_stack:
        if isinstance(screen, Page) and screen.is_mounted:
            screen.keep_place()


async def show_neighbor(app: App[None], step: int) -> None:
    """Let the list behind a blueprint move its cursor, and show the blueprint there."""
    from astro_tui.screens.blueprint.screen import BlueprintScreen
    from astro_tui.screens.catalog.screen import CatalogScreen

    *_, behind, front = [None, *app.screen_stack]
    if not isinstance(front, BlueprintScreen):
        return
    blueprint = behind.neighbor(step) if isinstance(behind, CatalogScreen) else None
    if blueprint is None:
        where = "after" if step > 0 else "before"
        front.show_message(f"No more blueprints are loaded {where} this one.", warning=True)
    else:
        await front.show_blueprint(Published(blueprint, listed=True))


# ---- the palette


def session_of(screen: Screen[object], otherwise: Session) -> Session:
    """Return the session of a screen; a box over a screen has none."""
    return screen.session if isinstance(screen, Page) else otherwise


def open_palette(app: App[None], session: Session, agents: KnownAgents, *, command: bool = False) -> None:
    """Open the palette over the screen in front, and do what the user chooses in it."""
    from astro_tui.screens.base.key_lines import key_lines
    from astro_tui.screens.palette.screen import PaletteScreen

    below = app.screen
    if isinstance(below, Page):
        below.keep_place()

    def chosen(target: Target | None) -> None:
        if target is not None:
            _run(app, session, target)
            if isinstance(below, Page) and below.is_attached:
                below.save_soon()

    palette = PaletteScreen(session, below, key_lines(below, session.look), agents, command=command)
    app.push_screen(palette, chosen)


def _use_theme(app: App[None], session: Session, name: str) -> None:
    """Keep a theme that the user chose for the account on screen."""
    from astro_tui.screens.base.view import show_message

    app.theme, session.theme_given, account = name, False, session.account
    if app.theme != name:
        show_message(app, "NO_COLOR is set, so there are no colors to choose.", warning=True)
    elif account:
        if isinstance(app.screen, Page):
            app.screen.note_place(account, theme=name)
        else:
            session.memory.note(account, theme=name)
        show_message(app, f"{account} now uses the {name} theme.")


def _go_to_row(app: App[None], index: int) -> None:
    if isinstance(app.focused, RowList):
        app.focused.go_to_row(index)


def _run(app: App[None], session: Session, target: Target) -> None:
    """Do what the user chose in the palette."""
    from astro_tui.screens.base.key_lines import KeyLine
    from astro_tui.screens.base.view import show_message
    from astro_tui.screens.palette.items import GoToRow, RefreshEvery, RunAction, Type, UseTheme

    match target:
        case KeyLine():
            app.call_later(app.run_action, target.action, default_namespace=target.owner)
        case RunAction():
            app.call_later(app.run_action, target.action, default_namespace=app)
        case GoToRow():
            app.call_later(_go_to_row, app, target.number - 1)
        case UseTheme():
            _use_theme(app, session, target.name)
        case RefreshEvery():
            session.settings = replace(session.settings, refresh=target.seconds)
            show_message(app, f"The list now refreshes every {target.seconds:g} s.")
        case Type():
            pass
        case _:
            open_route(app, Open(session, target))
