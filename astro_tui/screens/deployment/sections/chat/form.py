"""The form of a question from the agent: its message, its fields, and the keys that answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from textual import events
from textual.message import Message

from astro_tui.chat.form import SUBMIT, FieldKind, FormField, Question, answer_of, content_of
from astro_tui.screens.actions.box import Confirmation
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.pick_list import Cells, PickList
from astro_tui.widgets.wrapped import Wrapped

MOST_LINES = 40
"""The most lines of the message, and of a schema that the form cannot express."""
MOST_PIECES = 500
"""The most words and signs of a schema that are drawn: more than fit in these lines."""
AS_JSON = "This question needs a form that is not available here. Decline it, or answer it on the web page."
_EMPTY = "not chosen"


class QuestionForm(PickList[FormField]):
    """Nothing is chosen at first, and only a capital letter that was pressed on purpose answers."""

    BINDINGS = keymap("""
        enter  choose             list.choose    change the value [change]
        Y      answer('submit')   chat.submit    answer with these values; a tool may run [submit|allow]
        N      answer('decline')  chat.decline   decline [decline]
        C      answer('cancel')   chat.cancel    end the question without an answer [end question]
    """)

    class ValueWanted(Message):
        """The user wants to type the value of a field."""

        def __init__(self, field: FormField) -> None:
            super().__init__()
            self.field = field

    class Answered(Message):
        """The user answered."""

        def __init__(self, question: Question, answer: Mapping[str, object]) -> None:
            super().__init__()
            self.question, self.answer = question, answer

    class Refused(Message):
        """A key did not answer, and why."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, look: Look) -> None:
        super().__init__(look, self._cells, self._change)
        self.question: Question | None = None
        self.given: dict[str, str | bool | None] = {}
        """What the user has given so far."""
        self._problems: Mapping[str, str] = {}
        self.confirmation = Confirmation(self)
        self._key: events.Key | None = None
        self._arranged: object = None

    def ask(self, question: Question | None) -> None:
        """Show a question; what was given stays as long as it is the same one."""
        if question != self.question:
            self.question, self._problems = question, {}
            fields = question.fields if question is not None else ()
            self.given = {field.key: field.initial for field in fields or () if field.initial}
            self.confirmation.shown_at = None
            if question is not None:
                # After the next frame, it is on screen and can be read.
                self.call_after_refresh(self.confirmation.shown)
        self._arrange()

    def give(self, field: FormField, value: str | bool | None) -> None:
        """Take the value of a field."""
        self.given[field.key] = value
        self._problems = {}
        self._arrange()

    def resized(self) -> None:
        """Wrap the message for the new width."""
        super().resized()
        self._arrange()

    def _arrange(self) -> None:
        question, width = self.question, self.row_width - 3
        shown = (question, dict(self.given), self._problems, width)
        if question is None or width <= 0 or shown == self._arranged:
            return
        self._arranged = shown
        rows: list[FormField | str] = [*self._wrapped(question.message, width)]
        if question.fields is None:
            pieces = json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(question.schema)
            schema = "".join(islice(pieces, MOST_PIECES))
            rows += [*self._wrapped(AS_JSON, width), *self._wrapped(schema, width)]
        rows += question.fields or ()
        self.styles.height = len(rows)
        self.show(rows, min(self.cursor, len(rows) - 1))

    def _wrapped(self, text: str, width: int) -> Sequence[str]:
        text = redact_text(bounded(text, 2 * MOST_LINES * width))
        lines = Wrapped("\n".join(map(self.look.plain, text.split("\n"))), width)
        shown = [lines.line(number) for number in range(min(len(lines), MOST_LINES))]
        return [*shown, self.look.glyphs.cut] if len(lines) > MOST_LINES else shown

    def _cells(self, field: FormField, width: int) -> Cells:
        entered, plain = self.given.get(field.key), self.look.plain
        title = fit(f"{plain(masked_line(field.title, 60))}{'*' if field.required else ''}", max(8, width // 3))
        value = {True: "yes", False: "no", None: ""}.get(entered, entered) if not isinstance(entered, str) else entered
        choices = field.kind in (FieldKind.CHOICE, FieldKind.YES_NO)
        shown = masked_line(str(value), 200) or (_EMPTY if choices else "empty")
        problem = self._problems.get(field.key, "")
        about = problem or masked_line(field.description, 200)
        return [
            (f"{title} ", "quiet"),
            (f"{plain(shown)}  ", "" if entered not in (None, "") else "muted"),
            (plain(about), "error" if problem else "quiet"),
        ]

    def _change(self, field: FormField) -> None:
        """Take the next choice, or let the user type."""
        if field.kind not in (FieldKind.CHOICE, FieldKind.YES_NO):
            self.post_message(self.ValueWanted(field))
            return
        options: list[Any] = (
            [True, False] if field.kind is FieldKind.YES_NO else [label for _value, label in field.choices]
        )
        answer = self.given.get(field.key)
        at = options.index(answer) + 1 if answer in options else 0
        self.give(field, options[at] if at < len(options) else None)

    # ---- scrolling what has no fields

    def _show_cursor(self) -> None:
        """Stay where the user has scrolled to if there is nothing to choose."""
        if self.row is not None:
            super()._show_cursor()

    def action_move(self, by: int) -> None:
        """Move the cursor, or scroll if there is nothing to choose."""
        if self.row is None:
            self._scroll_top(self.top + by)
        else:
            super().action_move(by)

    # ---- answers

    def on_key(self, event: events.Key) -> None:
        """Keep the key, whose time says whether it was pressed on purpose."""
        self._key = event

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the allowed answers. What the form cannot express cannot be submitted."""
        if action == "answer":
            question = self.question
            allowed = question is not None and parameters[0] in question.answers
            return allowed and not (parameters[0] == SUBMIT and question is not None and question.fields is None)
        if action == "choose":
            return self.row is not None
        return super().check_action(action, parameters)

    def is_on(self, action: str) -> bool:
        """Whether the answer lets a tool run."""
        return action == "answer" and self.question is not None and self.question.runs_a_tool

    def action_answer(self, action: str) -> None:
        """Answer, if the key was pressed on purpose and the values are right."""
        question, key = self.question, self._key
        if question is None or key is None:
            return
        content: Mapping[str, object] = {}
        if action == SUBMIT:
            content, self._problems = content_of(question.fields or (), self.given)
            if self._problems:
                self._arrange()
                self.post_message(self.Refused("Some values are missing or wrong."))
                return

        def confirmed() -> None:
            if self.question is question:
                self.post_message(self.Answered(question, answer_of(action, content=content)))

        def refused() -> None:
            self.post_message(self.Refused("Not answered: press another key first, then this one once."))

        self.confirmation.pressed(key, confirmed, refused)
