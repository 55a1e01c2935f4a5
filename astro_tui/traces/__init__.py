"""Traces: observations as a tree with folds, its critical path, and its attributes. Pure."""

from astro_tui.traces.attributes import arguments_of, loops_of, named_attributes, repeated_calls, type_glyph
from astro_tui.traces.outline import Trace, TraceOutline
from astro_tui.traces.timeline import bar_of, timeline_of
from astro_tui.traces.tree import NOWHERE, Span, build

__all__ = [
    "NOWHERE",
    "Span",
    "Trace",
    "TraceOutline",
    "arguments_of",
    "bar_of",
    "build",
    "loops_of",
    "named_attributes",
    "repeated_calls",
    "timeline_of",
    "type_glyph",
]
