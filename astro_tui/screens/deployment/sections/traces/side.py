"""One trace: its spans as a tree with a waterfall, the details of one, and its input and output as a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from astro_tui.clipboard.offers import Offer, masked_offer, text_offer
from astro_tui.document import Document, Masking, as_yaml
from astro_tui.document.paths import find
from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.client.decode import plain
from astro_tui.presentation.log_places import LogAddress
from astro_tui.presentation.record import DeploymentState, Field
from astro_tui.presentation.status import Severity
from astro_tui.presentation.traces import message_of, span_fields, span_name, started, summary_of, title_of
from astro_tui.screens.base.sections import SectionPane
from astro_tui.text.foreign import visible
from astro_tui.text.times import amount, counted, when
from astro_tui.theme.look import TONES
from astro_tui.traces import Span, Trace, TraceOutline, arguments_of, loops_of, named_attributes
from astro_tui.widgets.chrome.bar import KeyHints, TitledRule
from astro_tui.widgets.document.reading_side import ReadingSide
from astro_tui.widgets.drawn import changed
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.trace_tables import BARS, SpanTree
from astro_tui.widgets.text.record_pane import DetailPane

SKEW = 2_000_000
"""Microseconds by which the clocks of an agent and of its log may always differ."""
LARGEST = 8 << 20
"""The most bytes of an observation that are shown as a document."""
MOST_LINES, LONGEST = 40, 400
"""The most lines of an input and of an output below the tree, and their most characters."""
SHORT_ENOUGH = 1 << 18
"""The most bytes of an observation whose input and output are shown below the tree."""
REST = 0.3
"""Seconds that the cursor stays on a span before its input and output are read."""
TEXTS = "texts"
"""The request for these."""
SPAN = "span"
"""The request of one span, or of the calls of a tool."""
ROOMY = 14
"""The fewest free lines below the spans for the input and the output."""
MOST_COMPARED = 12
"""The most calls of a tool whose arguments are read."""
_CONVERSATION = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The IDs of conversations; the sessions of other traces have any form."""
_VALUES = ("status_message", "input", "output", "model_parameters")


def document_of(members: Mapping[str, bytes], *, raw: bool) -> Document:
    """Return what an observation contains: in common names, or, if `raw`, as it was sent. Raises DocumentError."""
    # Raw or not, so that one form can always be replaced by the other.
    if (size := sum(map(len, members.values()))) > LARGEST:
        raise DocumentError(f"This observation is too large to show ({size >> 20} MiB).")
    parts = dict(members)
    if not raw:
        named = named_attributes(plain(members.get("metadata", b"null")))
        parts = {name: members[name] for name in _VALUES if members.get(name, b"null") not in (b"null", b'""')}
        parts |= {"attributes": msgspec.json.encode(named)} if named else {}
        parts |= {"metadata": members["metadata"]} if "metadata" in members else {}
    text = b",".join(msgspec.json.encode(name) + b":" + value for name, value in parts.items())
    return Document.parse(b"{" + text + b"}")


def texts_of(members: Mapping[str, bytes]) -> list[Field]:
    """Return the beginning of the input, the output, and the attributes as lines of YAML, masked (worker thread)."""
    if (size := sum(map(len, members.values()))) > SHORT_ENOUGH:
        return [Field("input", f"{amount(size)}, with the output: open the span to read it")]
    try:
        document = document_of(members, raw=False)
    except DocumentError as error:
        return [Field("input", str(error))]
    masking, fields = Masking(document), list[Field]()
    for name in ("input", "output", "model_parameters", "attributes"):
        if (node := find(document, (name,))) is not None:
            lines = as_yaml(document, masking, node).splitlines()[:MOST_LINES]
            fields += [Field("" if number else name, visible(line, LONGEST)) for number, line in enumerate(lines)]
    return fields


def _arguments(members: Mapping[str, bytes]) -> str:
    """Return the arguments of a call of a tool."""
    return arguments_of(*(plain(members.get(name, b"null")) for name in ("input", "metadata")))


class TraceSide(ReadingSide):
    """Shows one trace. The pane opens it, and closes it at escape."""

    BODY = "#trace-body"
    BINDINGS = keymap("""
        n          error(1)     trace.next      next error or match [errors|matches]
        N          error(-1)    trace.previous  previous error or match [errors|matches]
        l!         logs         trace.logs      log lines of this time [logs]
        c          compare      trace.compare   compare the arguments of repeated calls [|compare arguments]
        C          chat         trace.chat      your conversation that this trace belongs to [|conversation]
        b          bars         trace.bars      bars show time, tokens, or cost [bars]
        R          raw          trace.raw       show an open span as it was sent [as sent|common names]
        escape     close_front  trace.close     close the span, end the search, or close the trace
    """)

    class Closed(Message):
        """The user wants to see the list again."""

    def __init__(self, pane: SectionPane[DeploymentState]) -> None:
        super().__init__(pane.look, id="trace-side")
        self._pane, self.session = pane, pane.session
        self.spans = SpanTree(self.look, id="trace-tree")
        """Its spans."""
        self.detail = DetailPane(self.look, most=10)
        """What is known about the span under the cursor."""
        self._members: Mapping[str, bytes] = {}
        self._raw = False
        self._origin = 0
        self._loops = ""
        self._wanted = ""
        """The ID of the span whose input and output are shown, or will be."""
        self._texts: Sequence[Field] = ()
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """The title, the tree, and the details."""
        with Vertical(id="trace-body"):
            yield TitledRule(self.look, id="trace-rule")
            yield self.spans
            yield self.detail

    # ---- what the pane calls

    @property
    def trace(self) -> Trace:
        """The trace that is shown; an empty one at first."""
        return self.spans.shown.trace

    def show(self, outline: TraceOutline) -> None:
        """Show a trace, with the cursor on the first span that failed by itself."""
        self.close_document()
        self._loops = ""
        self.spans.show(outline)

    def go_to_span(self, span_id: str) -> None:
        """Move the cursor to a span, if the trace has it."""
        spans = enumerate(self.trace.tree.spans)
        index = next((at for at, span in spans if span.seen.id == span_id), None)
        if index is not None:
            self.spans.go_to(index)

    @property
    def address(self) -> str:
        """The ID of the trace, and that of the span under the cursor."""
        span = self.spans.span
        return f"{self.trace.head.trace_id}/{span.seen.id if span is not None else ''}".strip("/")

    def take_focus(self) -> None:
        """Focus the tree, or the span that is open."""
        if self.document is not None:
            self.document.take_focus()
        else:
            self.screen.set_focus(self.spans)

    # ---- drawing

    def on_resize(self) -> None:
        """Divide the lines again: a line above the tree may have appeared or disappeared."""
        changed(self)

    @property
    def _free(self) -> int:
        """Lines that the spans do not need."""
        return self.size.height - 1 - self.spans.heading - self.spans.row_count

    def follow(self) -> None:
        """Read the input and the output of a span if there is room for them and the cursor stays on it."""
        span = self.spans.span
        if span is None or span.seen.id == self._wanted or self.document is not None or self._free < ROOMY:
            return
        self._wanted, self._texts = span.seen.id, ()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, partial(self._read_texts, span.seen.id))

    def _read_texts(self, span_id: str) -> None:
        if span_id == self._wanted and self._pane.in_front:
            read = partial(self.session.agents.traces.observation, self._pane.state.entry.key, span_id)
            took = partial(self._show_texts, span_id)
            self._pane.fetch(TEXTS, lambda call: texts_of(read(call)), took, lambda _error: None)

    def _show_texts(self, span_id: str, texts: Sequence[Field]) -> None:
        if span_id == self._wanted:
            self._texts = texts
            changed(self)

    def draw(self, *, full: bool) -> None:
        """Draw the title, and the details below the tree, unless that has the `full` height."""
        self.detail.share_height(full=full, least=self._free)
        self._show_title()
        self._show_detail()

    def _show_title(self) -> None:
        look, dot, tree = self.look, f" {self.look.glyphs.dot} ", self.trace.tree
        loops = self._loops or ", ".join(
            f"{look.plain(span_name(tree.spans[calls[0]]))} called {len(calls):,} times"
            for calls in self.trace.repeated[:1]
        )
        path = "critical path marked ‣" if not look.ascii else "critical path marked *"
        parts = [*map(look.plain, summary_of(self.trace)), *([loops] if loops else []), path]
        title = look.line(
            (title_of(self.trace.head), "bold"),
            dot,
            (counted(tree.errors, "error") + dot if tree.errors else "", TONES[Severity.ERROR]),
            dot.join(parts),
        )
        self.query_one("#trace-rule", TitledRule).show(title, f"bars: {self.spans.bars}")

    def _show_detail(self) -> None:
        span, trace, look = self.spans.span, self.trace, self.look
        if span is None:
            self.detail.show("The server sent no spans of this trace.")
            return
        at, critical = started(span), trace.timeline.path.get(self.spans.position)
        fields = [
            *span_fields(span, critical=critical, rooted=trace.tree.rooted),
            Field("started", look.plain(when(at.at, at.raw, self.session.clock()))),
            *self._texts,
        ]
        self.detail.show(look.plain(span_name(span)), fields)

    # ---- the search

    def begin_search(self) -> None:
        """The user starts to type a search: search from the cursor on."""
        self._origin = max(0, self.spans.position)

    def search(self, text: str) -> str:
        """Search names, models, and messages; return a note for the prompt."""
        return "" if self.spans.find(text, self._origin) or not text else "no match"

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types or reads a document, letters belong there."""
        if action == "raw":
            return self.document is not None
        if action == "chat" and not self._conversation:
            return False
        if action in ("error", "bars", "logs", "compare", "chat"):
            return self.document is None and self.screen.focused is self.spans
        return super().check_action(action, parameters)

    def is_on(self, action: str) -> bool:
        """Whether a span is shown as it was sent, calls are repeated, or the user searches."""
        if action == "raw":
            return self._raw
        if action == "chat":
            return bool(self._conversation)
        return bool(self.trace.repeated if action == "compare" else self.spans.query_text)

    def action_error(self, by: int) -> None:
        """Go to the next or previous match, or error."""
        if text := self.spans.step(by):
            self._pane.show_message(text)

    def action_bars(self) -> None:
        """Let the bars show the next thing."""
        self.spans.show_bars(BARS[(BARS.index(self.spans.bars) + 1) % len(BARS)])
        changed(self)

    def action_logs(self) -> None:
        """Show the log lines of the span's time."""
        if (span := self.spans.span) is not None:
            begin = span.start - max(SKEW, self.trace.tree.skew)
            self.post_message(SectionPane.Wanted("logs", str(LogAddress(ns=begin * 1000))))

    @property
    def _conversation(self) -> str:
        """The ID of the user's own conversation that the trace belongs to; empty if there is none."""
        head, user = self.trace.head, self._pane.session.user
        own = head.user_id == user if user else bool(head.user)
        return head.session_id if own and _CONVERSATION.fullmatch(head.session_id) else ""

    def action_chat(self) -> None:
        """Show the conversation of the trace."""
        self.post_message(SectionPane.Wanted("chat", self._conversation))

    def action_close_front(self) -> None:
        """Close the document, end the search, or close the trace."""
        if self.reading:
            self.close_document()
            self.take_focus()
        elif self.spans.query_text:
            self.spans.find("", 0)
        else:
            self.post_message(self.Closed())
        self.keys_changed()

    def action_compare(self) -> None:
        """Read the arguments of the calls that were repeated most often, and report those that are the same."""
        repeated = self.trace.repeated
        if not repeated:
            self._pane.show_message("No tool was called three times or more.")
            return
        calls = [self.trace.tree.spans[at] for at in repeated[0]]
        self._pane.show_message(self.look.plain(f"Reading the arguments of {span_name(calls[0])}…"))
        span_ids = [span.seen.id for span in calls[:MOST_COMPARED]]
        key, store = self._pane.state.entry.key, self.session.agents.traces

        def request(call: Call) -> Mapping[str, str]:
            return {span_id: _arguments(store.observation(key, span_id, call)) for span_id in span_ids}

        self._pane.fetch(SPAN, request, self._compared, self._failed)

    def _compared(self, arguments: Mapping[str, str]) -> None:
        tree = self.trace.tree
        if loops := loops_of(tree, arguments):
            name = self.look.plain(span_name(tree.spans[loops[0][0]]))
            self._loops = f"loop: {name} called {len(loops[0]):,} times with the same arguments"
            self.spans.looping = frozenset(chain.from_iterable(loops))
            self.spans.refresh()
            changed(self)
            self._pane.show_message(f"{self._loops[0].upper()}{self._loops[1:]}.")
        else:
            self._pane.show_message(f"The arguments of {len(arguments):,} calls differ: this is no loop.")

    # ---- one span as a document

    @on(SpanTree.Opened)
    def _opened(self, message: SpanTree.Opened) -> None:
        message.stop()
        span = self.spans.span
        if span is None or not span.seen.id:
            return
        self._pane.show_message(self.look.plain("Loading…"))
        request = partial(self.session.agents.traces.observation, self._pane.state.entry.key, span.seen.id)
        self._pane.fetch(SPAN, request, partial(self._loaded, span), self._failed)

    def _loaded(self, span: Span, members: Mapping[str, bytes]) -> None:
        self._members, self._raw = members, False
        self.screen.query_one(KeyHints).clear_message()
        try:
            self.open_document(self.look.plain(span_name(span)), document_of(members, raw=False))
        except DocumentError as error:
            self._pane.show_message(str(error), warning=True)

    def _failed(self, error: PlatformError) -> None:
        # One kind of server has no span before the outermost one has arrived.
        missing = error.kind is ErrorKind.NOT_FOUND and not self.trace.tree.rooted
        self._pane.show_message("Not available yet. Try again later." if missing else str(error), warning=True)

    def keys_changed(self) -> None:
        """Report that other keys work now."""
        changed(self)

    def action_raw(self) -> None:
        """Show the open span as it was sent, or in common names again."""
        if self.document is not None:
            self._raw = not self._raw
            self.document.show(document_of(self._members, raw=self._raw))
            self.keys_changed()

    def offers(self) -> list[Offer]:
        """Return what can be copied from the span under the cursor."""
        span = self.spans.span
        if span is None:
            return []
        offers = [
            masked_offer("m", "message", message_of(span)),
            masked_offer("n", "name", span.seen.name),
            text_offer("s", "span ID", span.seen.id),
            text_offer("t", "trace ID", self.trace.head.trace_id),
            text_offer("a", "start", span.seen.start_time),
        ]
        return [offer for offer in offers if offer.sample]
