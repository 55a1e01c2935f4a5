"""Traces: observations as a tree with folds, its critical path, and its attributes. Pure."""

from astro_tui.traces.attributes import Loop, arguments_of, is_tool, loops_of, named_attributes, repeated_calls
from astro_tui.traces.outline import SpanRow, TraceOutline
from astro_tui.traces.timeline import Axis, Bar, Timeline, Wait, bar_of, critical_path, long_waits, timeline_of
from astro_tui.traces.tree import NOWHERE, Span, TraceTree, build, is_error, micros, tokens_of

__all__ = [
    "NOWHERE",
    "Axis",
    "Bar",
    "Loop",
    "Span",
    "SpanRow",
    "Timeline",
    "TraceOutline",
    "TraceTree",
    "Wait",
    "arguments_of",
    "bar_of",
    "build",
    "critical_path",
    "is_error",
    "is_tool",
    "long_waits",
    "loops_of",
    "micros",
    "named_attributes",
    "repeated_calls",
    "timeline_of",
    "tokens_of",
]
