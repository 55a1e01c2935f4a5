"""The private names of Textual that this program reads, in one place: look here first when Textual changes.

All of this was checked for Textual 8.2.5 to 8.2.8, and `missing_names` checks it at startup. `app/driver.py` overrides
private methods of Textual's driver, and `app/app.py` those that handle errors; each says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["XTermParser"]
"""The driver filters what its parser gets, and nothing public leads to the parser."""

_NAMES: dict[type, tuple[str, ...]] = {
    App: ("_check_action_state", "_driver", "_fatal_error", "_handle_exception", "_keymap", "_start_widget"),
    DOMNode: ("_bindings",),
    MessagePump: ("_closing", "_parent"),
    Screen: ("_binding_chain",),
    Theme: ("ansi",),
    Timer: ("_repeat", "_skip"),
    Widget: ("_layout_required", "_layout_updates", "_pruning"),
}


def missing_names() -> list[str]:
    """Return the names that the program needs and that this version of Textual lacks: `App._driver`."""
    return [f"{owner.__name__}.{name}" for owner, names in _NAMES.items() for name in names if not _has(owner, name)]


def _has(owner: type, name: str) -> bool:
    """Whether objects of a class have an attribute: it is defined in the class, or set when one is made."""
    made = [
        vars(base)["__init__"].__code__ for base in owner.__mro__ if "__init__" in vars(base) and base is not object
    ]
    return hasattr(owner, name) or any(name in code.co_names for code in made)


def bindings_of(node: DOMNode) -> dict[str, list[Binding]]:
    """Return the bindings of a node by key (`_bindings`). Textual's `bind` takes no ID, and nothing lists them."""
    return node._bindings.key_to_bindings  # noqa: SLF001  see above


def own_keys(app: App[Any]) -> Mapping[str, str]:
    """Return the user's keys by the ID of the action (`_keymap`). Textual has `set_keymap`, but no way to read it."""
    return app._keymap  # noqa: SLF001  see above


def is_enabled(node: DOMNode, binding: Binding) -> bool:
    """Return whether the action of a binding can run now, as Textual's own footer decides (`_check_action_state`)."""
    return node.app._check_action_state(binding.action, node) is not False  # noqa: SLF001  see above


def binding_chain(screen: Screen[Any]) -> Sequence[tuple[DOMNode, BindingsMap]]:
    """Return where keys are looked up, in order (`_binding_chain`). `active_bindings` has no owners.

    Without keys of the user, this is the focused widget and what contains it, and no bindings need to be copied.
    """
    if own_keys(screen.app):
        return screen._binding_chain  # noqa: SLF001  see above
    nodes = screen.focused.ancestors_with_self if screen.focused is not None else (screen, screen.app)
    return [(node, node._bindings) for node in nodes]  # noqa: SLF001  see above


def parent_of(pump: MessagePump) -> MessagePump | None:
    """Return where events bubble to (`_parent`): also from the screen to the app, unlike the public `parent`."""
    return pump._parent  # noqa: SLF001  see above


def is_closing(pump: MessagePump) -> bool:
    """Return whether it takes no more messages (`_closing`). `is_running` is false before the start, too."""
    return pump._closing  # noqa: SLF001  see above


def is_being_removed(widget: Widget) -> bool:
    """Return whether a widget has begun to be removed (`_pruning`): it is still attached, but has lost its children."""
    return widget._pruning  # noqa: SLF001  see above


def start_part(parent: Widget, part: Widget) -> None:
    """Start a widget that is no child, such as a scroll bar (`_start_widget`). `mount` would make it a child."""
    parent.app._start_widget(parent, part)  # noqa: SLF001  see above


def write_to_terminal(app: App[Any], sequence: str) -> None:
    """Write an escape sequence (`_driver`). Textual writes only the one that copies, without what tmux needs."""
    if app._driver is not None:  # noqa: SLF001  see above
        app._driver.write(sequence)  # noqa: SLF001  see above


def let_late_timers_fire() -> None:
    """Let no timer that fires once be skipped, whichever widget sets it (`_repeat`, `_skip`).

    Textual skips a single timer whose moment has passed when its task starts, and never fires it. So a resize, whose
    timer takes 8 ms, was lost if another thread ran in between, and so was the next frame of a log.
    """
    Timer.__init__ = _never_skipped(Timer.__init__)  # type: ignore[method-assign]


def _never_skipped(make: Callable[..., None]) -> Any:
    # Not after `set_timer`: from Python 3.12 on, the task of the timer has begun by then.
    @wraps(make)
    def wrapped(timer: Timer, *args: Any, **options: Any) -> None:
        make(timer, *args, **options)
        if timer._repeat == 0:  # noqa: SLF001  there is no argument of `set_timer` for it
            timer._skip = False  # noqa: SLF001  see above

    return wrapped


def lay_out_every_change() -> None:
    """Let every change of every widget get its own layout (`_layout_required`, `_layout_updates`).

    Textual keeps the size of a widget by the number of its changes, and counts none while one waits for its layout. If
    the screen was laid out between two changes, the widget kept the size of the first: the record's end was cut off.
    """
    refresh = Widget.refresh

    @wraps(refresh)
    def counted(widget: Widget, *regions: Any, layout: bool = False, **options: Any) -> Widget:
        if layout and widget._layout_required:  # noqa: SLF001  see above
            widget._layout_updates += 1  # noqa: SLF001  see above
        return refresh(widget, *regions, layout=layout, **options)

    Widget.refresh = counted  # type: ignore[method-assign,assignment]
