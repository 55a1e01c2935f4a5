"""Levels from words and from texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs.levels import Level, guess, level_of

WORDS = {
    "warn": Level.WARN,
    "WARNING": Level.WARN,
    "Err": Level.ERROR,
    "[I]": Level.INFO,
    "E": Level.ERROR,
    "critical": Level.FATAL,
    "emerg": Level.FATAL,
    "notice": Level.NOTICE,
    "verbose": Level.TRACE,
    "\x1b[31mERROR\x1b[0m": Level.ERROR,
    "INFO:": Level.INFO,
    "0": Level.FATAL,
    "3": Level.ERROR,
    "7": Level.DEBUG,
    "10": Level.TRACE,
    "30": Level.INFO,
    "50": Level.ERROR,
    "99": Level.FATAL,
    "": Level.NONE,
    "9": Level.NONE,
    "1234": Level.NONE,
    "²": Level.NONE,
    "unheard": Level.NONE,
}


@pytest.mark.parametrize(("word", "level"), WORDS.items())
def test_any_spelling_of_a_level_is_known(word: str, level: Level) -> None:
    assert level_of(word) is level


def test_a_level_reads_back_as_its_word_and_in_order() -> None:
    assert [level_of(level.word) for level in Level] == sorted(Level)


TEXTS = {
    "[INFO] started": Level.INFO,
    "INFO:     127.0.0.1 - GET": Level.INFO,
    "2026-11-26 10:00:00,123 - my.logger - ERROR - failed": Level.ERROR,
    "[2026-11-26 10:00:00 +0000] [12] [CRITICAL] WORKER TIMEOUT": Level.FATAL,
    "10:00:00.123 [main] WARN com.example.Main - slow": Level.WARN,
    "WARNING:root:text": Level.WARN,
    "\x1b[33mwarn\x1b[0m: text": Level.WARN,
    "E1126 12:00:00.000000       1 main.go:12] no route": Level.ERROR,
    "time=2026 level=warning msg=x": Level.WARN,
    '{"severity": "ERROR", "message": "x"}': Level.ERROR,
    "Error: cannot find it": Level.ERROR,
    "ValueError: not a number": Level.ERROR,
    "java.lang.IllegalStateException: closed": Level.ERROR,
    "Traceback (most recent call last):": Level.ERROR,
    "panic: runtime error: index out of range": Level.FATAL,
    "fatal error: all goroutines are asleep": Level.FATAL,
    "Segmentation fault (core dumped)": Level.FATAL,
    "npm WARN deprecated left-pad": Level.WARN,
    "npm ERR! code 1": Level.ERROR,
    "/app/x.py:3: DeprecationWarning: use y": Level.WARN,
}


@pytest.mark.parametrize(("text", "level"), TEXTS.items())
def test_the_level_is_found_in_the_text_of_a_line(text: str, level: Level) -> None:
    assert guess(text) is level


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error handling is on",
        "finished with 0 errors",
        "no error",
        "information about warnings",
        "log level: debug",
        "log_level=debug",
        "set --level=ERROR-ish",
        "INFORMATION desk",
        "level=unheard of",
        "request handled in 12 ms",
    ],
)
def test_an_uncertain_level_is_not_guessed(text: str) -> None:
    assert guess(text) is Level.NONE


@given(st.sampled_from([level for level in Level if level]), st.text(max_size=40))
def test_a_level_in_brackets_is_found_whatever_follows(level: Level, text: str) -> None:
    assert guess(f"[{level.word}] {text}") is level or "level" in text.lower() or "severity" in text.lower()
