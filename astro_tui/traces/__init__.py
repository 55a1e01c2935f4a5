"""Traces: observations as a tree with folds, its critical path, and its attributes. Pure."""

from astro_tui.traces.attributes import arguments_of, loops_of, named_attributes, repeated_calls, type_glyph
from astro_tui.traces.outline import SpanRow, Trace, TraceOutline
from astro_tui.traces.timeline import Bar, Timeline, bar_of, critical_path, timeline_of
from astro_tui.traces.tree import NOWHERE, Span, TraceTree, build, micros

__all__ = [
    "NOWHERE",
    "Bar",
    "Span",
    "SpanRow",
    "Timeline",
    "Trace",
    "TraceOutline",
    "TraceTree",
    "arguments_of",
    "bar_of",
    "build",
    "critical_path",
    "loops_of",
    "micros",
    "named_attributes",
    "repeated_calls",
    "timeline_of",
    "type_glyph",
]
