"""The copy menu, the clipboard, and saving to files, as functions that screens call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.app import App
from textual.screen import Screen

from astro_tui.auth.browser import open_address
from astro_tui.clipboard.offers import (
    MaskedError,
    Offer,
    Piece,
    address_offer,
    blueprint_offers,
    deployment_offers,
    document_offers,
    document_saved,
)
from astro_tui.errors import AstroError
from astro_tui.runtime import served
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.base.save_prompt import SavePrompt
from astro_tui.screens.base.view import View, show_message
from astro_tui.session.session import Session
from astro_tui.state.files import file_stem
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.prompt import Typed
from astro_tui.widgets.keymap import action_key, keys_for
from astro_tui.widgets.textual_compat import write_to_terminal

if TYPE_CHECKING:
    from astro_tui.clipboard.ways import Clipboard, Copied
    from astro_tui.document import Outline
    from astro_tui.platform.models import Blueprint, Build
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.widgets.document.spec_side import SpecSide


class Copying(Protocol):
    """An app with access to the clipboard."""

    copier: Clipboard


def typing(screen: Screen[Any]) -> bool:
    """Whether the user is typing a text."""
    return isinstance(screen.focused, Typed) and screen.focused.display


def open_menu(screen: Screen[Any], look: Look, title: str, offers: Sequence[Offer]) -> None:
    """Open the copy menu over a screen, and copy the choice; the last line is the address of what is on screen."""
    app = screen.app
    if not offers:
        show_message(app, "Nothing to copy yet.", warning=True)
        return
    if isinstance(screen, View) and screen.route is not None:
        platform, demo = screen.session.platform, screen.session.settings.demo
        offers = [*offers, address_offer(str(screen.route), server=platform.server, demo=demo)]

    def chosen(offer: Offer | None) -> None:
        if offer is not None:
            copy(app, look, offer.make, offer.suffix)

    foot = f"via {copier(app).way()} {look.glyphs.dot} secrets stay masked"
    again = keys_for(screen, "copy_menu")
    app.push_screen(LetterMenu[Offer](look, "copy", title, offers, foot, again=again, starts="yk"), chosen)


def open_document_menu(
    screen: Screen[Any], look: Look, side: SpecSide, more: Sequence[Offer] = (), title: str = "copy"
) -> None:
    """Show the copy menu of a document: the value under the cursor, the document, and `more`."""
    outline, path = shown_outline(side), side.body.location[0]
    offers = document_offers(outline, side.node) if outline is not None else []
    open_menu(screen, look, path if offers and path else title, [*offers, *more])


def shown_outline(side: SpecSide) -> Outline | None:
    """Return the document on screen; None while a notice replaces it."""
    return None if side.notice.display else side.outline


def deployment_menu(screen: Screen[Any], session: Session, entry: Entry, side: SpecSide | None = None) -> None:
    """Show the copy menu of a deployment; with `side`, the menu also offers the spec shown there."""
    deployment, platform, look = entry.deployment, session.platform, session.look
    urls = [endpoint.url for endpoint in deployment.external_urls if endpoint.url]
    facts = deployment_offers(
        entry.key,
        name="" if side is not None else deployment.label,
        url=platform.url(platform.deployment_endpoint(entry.key)),
        endpoint=urls[0] if urls else "",
        server=platform.server,
    )
    if side is None:
        open_menu(screen, look, look.name(entry.label, entry.blueprint), facts)
    else:
        open_document_menu(screen, look, side, facts, look.name(entry.label, entry.blueprint))


def copier(app: App[Any]) -> Clipboard:
    """Return the app's access to the clipboard."""
    return cast("Copying", app).copier


def copy(app: App[Any], look: Look, make: Callable[[], Piece], suffix: str = ".txt") -> None:
    """Create a text in a worker thread, copy it, and report how much was copied and how."""
    clipboard = copier(app)
    number = clipboard.begin()

    def work() -> None:
        try:
            piece = make()
        except AstroError as error:
            more = f" Press {action_key(app, 'document.reveal')} to reveal it, then copy it."
            words = f"{error}{more if isinstance(error, MaskedError) else ''}"
            app.call_later(partial(show_message, app, words, warning=True))
            return
        copied = clipboard.copy_newest(number, piece.text, suffix=suffix)
        if copied is not None:
            app.call_later(partial(_copied, app, look, piece, copied, number))

    app.run_worker(work, thread=True, group="copy", exclusive=True)


def _copied(app: App[Any], look: Look, piece: Piece, copied: Copied, number: int) -> None:
    if copied.sequence and number != copier(app).newest:
        # The terminal would get the older of two copies last.
        return
    if copied.sequence.startswith("\x1b]"):
        app.copy_to_clipboard(piece.encoded.decode("utf-8", "replace"))
    elif copied.sequence:
        write_to_terminal(app, copied.sequence)
    show_message(app, _with_remark(look, copied.message, piece), warning=not copied.done)


def save(app: App[Any], look: Look, stem: str, suffix: str, make: Callable[[], Piece]) -> None:
    """Ask for a file name, then save a text there as a new file."""

    def done(message: str | None) -> None:
        if message:
            show_message(app, message)

    if served():
        show_message(app, "Files cannot be saved from a browser.", warning=True)
        return
    app.push_screen(SavePrompt(look, stem, suffix, make), done)


def save_document(screen: Screen[Any], look: Look, side: SpecSide, *name: str) -> None:
    """Save the document in the form shown on screen, masked; `name` has the parts of the suggested file name."""
    outline = shown_outline(side)
    if outline is None:
        show_message(screen.app, "No document to save.", warning=True)
        return
    make, suffix = document_saved(outline, side.body.form)
    save(screen.app, look, file_stem(*name), suffix, make)


def _with_remark(look: Look, message: str, piece: Piece) -> str:
    return f"{message} {look.glyphs.dot} {piece.remark}" if piece.remark else message


def menu_offers(session: Session, blueprint: Blueprint, build: Build | None) -> list[Offer]:
    """Return what can be copied from a blueprint, and from one of its builds."""
    platform = session.platform
    return blueprint_offers(
        blueprint.account,
        blueprint.name,
        build=build.build_id if build is not None else "",
        readme=build.readme if build is not None else "",
        url=platform.url(platform.blueprint_endpoint(blueprint.account, blueprint.name)),
        server=platform.server,
    )


def open_web_page(page: View, address: str) -> None:
    """Open an address in the browser of this desktop: never one that runs in the terminal, and none over SSH."""
    if page.session.settings.demo:
        page.show_message("The demo has no web pages.", warning=True)
        return

    def work() -> None:
        opened = open_address(address)
        page.app.call_later(partial(_opened, page, address, done=opened))

    page.run_worker(work, thread=True, group="browser", exclusive=True)


def _opened(page: View, address: str, *, done: bool) -> None:
    if done:
        show_message(page.app, f"Opened {address} in the browser.")
    else:
        copy(page.app, page.look, lambda: Piece(address, f"no browser can be opened here; open {address}"))
