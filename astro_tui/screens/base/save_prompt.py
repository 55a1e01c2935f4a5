"""Asks where to save a text, and shows its size. Nothing is written before Enter."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from astro_tui.errors import AstroError
from astro_tui.screens.base.box import Box
from astro_tui.screens.base.open import ClosesItself
from astro_tui.state.files import next_free, write_new
from astro_tui.text.times import amount
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit_middle
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Piece

FORMS = {".json": "JSON", ".yaml": "YAML", ".md": "Markdown"}


class SavePrompt(Box[str | None], ClosesItself[str | None]):
    """Returns what was saved and where; None if nothing was."""

    prompt: Prompt
    BINDINGS = keymap("""
        enter!  enter  save.write      write the file [write]
        tab!    take   save.take-name  use the suggested name [|use the suggested name]
    """)

    def __init__(self, look: Look, stem: str, suffix: str, make: Callable[[], Piece]) -> None:
        super().__init__(look, "save")
        self._offered = f"{stem}{suffix}"
        self.prompt = Prompt(look, "save to: ")
        self.prompt.text = self._offered
        self._form = FORMS.get(suffix, "text")
        self._make = make
        self._data: bytes | None = None
        self._remark = ""
        self._free = ""
        self._writing = False

    def on_mount(self) -> None:
        """Suggest a name, and prepare the text in a worker thread to find its size."""
        self.show_title("save")
        self._say(f"Preparing the {self._form}{self.look.glyphs.cut}")
        self.run_worker(self._prepare, thread=True)

    def on_screen_resume(self) -> None:
        """Close if the file was written while another screen was in front."""
        self.close_in_front()

    def _prepare(self) -> None:
        try:
            piece = self._make()
            data = piece.encoded
            free = _free(self._offered)
        except AstroError as error:
            self._later(partial(self._say, str(error), warning=True))
        else:
            self._later(partial(self._prepared, data, piece.remark, free))

    def _later(self, callback: Callable[[], None]) -> None:
        """Call something on the UI thread, unless the prompt was closed meanwhile (worker thread)."""
        self.app.call_later(self._unless_closed, callback)

    def _unless_closed(self, callback: Callable[[], None]) -> None:
        if self in self.app.screen_stack:
            callback()

    def _prepared(self, data: bytes, remark: str, free: str) -> None:
        self._data, self._remark = data, remark
        if free and self.prompt.text == self._offered:
            self.prompt.open(free)
        self._say(self._about)

    @property
    def _about(self) -> str:
        remark = f", {self._remark}" if self._remark else ""
        return f"Saves {amount(len(self._data or b''))} of {self._form}{remark}, as a new file."

    def _say(self, text: str, *, warning: bool = False) -> None:
        words = self.look.plain(text)
        self.say(self.look.line((words, "$text-warning" if warning else "")))

    # ---- writing

    def entered(self, text: str) -> None:
        """Write the file, unless it is being written or the name is empty."""
        if self._writing:
            return
        if self._data is None:
            self._say(f"Still preparing the {self._form}. Press enter again in a moment.", warning=True)
        elif not text.strip():
            self._say("Type a file name.", warning=True)
        else:
            self._writing = True
            self._say(f"Writing {amount(len(self._data))}{self.look.glyphs.cut}")
            self.run_worker(partial(self._write, text.strip(), self._data), thread=True)

    def _write(self, typed: str, data: bytes) -> None:
        """Write the file (worker thread)."""
        free = ""
        try:
            path = Path(os.path.abspath(os.path.expanduser(typed)))  # noqa: PTH100, PTH111  a wrong ~user stays as typed
            if path.is_dir():
                free = _free(os.path.join(typed, self._offered))  # noqa: PTH118  as it was typed
                said = f"{typed} is a folder."
            else:
                write_new(path, data)
                self._later(partial(self._written, path))
                return
        except FileExistsError:
            free = _free(typed)
            said = f"{typed} already exists."
        except OSError as error:
            said = f"Not saved: {(error.strerror or 'the file cannot be written').lower()}."
        except ValueError:
            said = "Not saved: this file name is not allowed."
        self._later(partial(self._refused, said, free))

    def _written(self, path: Path) -> None:
        remark = f" ({self._remark})" if self._remark else ""
        message = f"saved {amount(len(self._data or b''))}{remark} to "
        where = str(path)
        # In a narrow window, the middle of the folders is cut, but never the file name.
        room = max(12, self.app.size.width - cell_len(message) - 2)
        where = where if cell_len(where) <= room else fit_middle(where, room, self.look.glyphs.cut)
        self.close_with(message + where)

    def _refused(self, said: str, free: str) -> None:
        self._writing, self._free = False, free
        self._say(f"{said} Suggested: {free}" if free else said, warning=True)
        self.show_keys()

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether a free name is suggested."""
        return bool(self._free)

    def action_take(self) -> None:
        """Use the suggested name."""
        if self._free:
            self.prompt.open(self._free)
            self._free = ""
            self._say(self._about)
            self.show_keys()


def _free(typed: str) -> str:
    """Return the next free file name, written like `typed`; empty if none is free."""
    try:
        free = next_free(Path(os.path.expanduser(typed)))  # noqa: PTH111  a wrong ~user stays as typed
    except (OSError, ValueError):
        return ""
    return os.path.join(os.path.dirname(typed), free.name) if free is not None else ""  # noqa: PTH118, PTH120  the folder as it was typed
