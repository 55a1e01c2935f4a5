"""From one account to another in the same window."""

from __future__ import annotations

from astro_tui.screens.base.page import Page


def open_account(page: Page, name: str) -> None:
    """Leave the screens of the account on screen and show the agents of another one.

    The list that is the ground of this window changes its account; all above it go, each keeping its place.
    """
    from astro_tui.screens.base.signed_in import SignedInPage
    from astro_tui.screens.picker.screen import PickerScreen

    app, stack = page.app, page.app.screen_stack
    ground = next((screen for screen in reversed(stack) if isinstance(screen, PickerScreen)), None)
    if ground is None:
        return
    for screen in reversed(stack[stack.index(ground) + 1 :]):
        if isinstance(screen, SignedInPage):
            screen.keep_place()
        app.pop_screen()
    ground.show_account(name)
