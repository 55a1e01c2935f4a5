"""Whether a text names what changed: a variable, a value, or a host."""

from __future__ import annotations

import re

from astro_tui.diagnosis.aspects import Aspect, Changed, words_in

_WORD = re.compile(r"[A-Za-z0-9_]")
_COMMON_TEXT = (
    "http https tcp grpc true false none null agent app image port path name value value_from type size class memory"
    " web test main data info error rolling kubernetes default public text json secret targets optional ref enabled"
    " running ready status message volume storage host user model models knowledge ingestion integrations interfaces"
    " variables environment resources replicas cpu registry latest"
)
_HOLDERS = frozenset({"environment", "env", "variables"})
_COMMON_WORDS = frozenset(_COMMON_TEXT.split())


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    if not text:
        return False
    words: list[str] = []
    if change.aspect in (Aspect.VARIABLE, Aspect.WHOLE, Aspect.DEPENDENCY):
        words += own_steps(change)
    if change.aspect is not Aspect.REPLICAS:
        words += (
            [word for word in words_in(change.new) if word not in words_in(change.old)]
            if change.new is not None
            else []
        )
        words += words_in(change.old) if change.new is None or change.aspect is Aspect.DEPENDENCY else []
    return any(mentions(text, word) for word in words)


def own_steps(change: Changed) -> list[str]:
    """Return the keys of a path that say what changed, without those of its workload, which every text names."""
    steps = [step for step in change.path if isinstance(step, str)]
    for place, step in enumerate(steps):
        if step in _HOLDERS:
            return steps[place + 1 :]
    return steps


def mentions(text: str, word: str) -> bool:
    """Whether a text contains a whole word; names also match as the cluster writes them, `billing-eu`."""
    if len(word) < 3 or word.lower() in _COMMON_WORDS or (word.isdecimal() and len(word) < 4):
        return False
    if _has(text, word):
        return True
    plain = word.lower().replace("_", "-")
    return plain != word and "-" in plain and len(plain) > 5 and _has(text, plain)


def _has(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        stop = start + len(word)
        before = text[start - 1 : start]
        after = text[stop : stop + 1]
        if not (_WORD.match(before) and _WORD.match(word[0])) and not (_WORD.match(after) and _WORD.match(word[-1])):
            return True
        start = text.find(word, start + 1)
    return False
