"""Which of thousands of texts match what was typed, the best first. Pure, and fast enough for the UI thread.

`textual.fuzzy` scores every way to find the letters, which takes 50–83 ms for ten thousand texts. This module finds
one way for each word typed: at the start of the text, at the start of a word, inside a word, or the first letter at
the start of a word and the others somewhere after it, in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[\s/_.:#-]+")


def searchable(text: str) -> str:
    """Return a text in the form that is searched: in lower case, with one space before each word."""
    return f" {_SEPARATORS.sub(' ', text.lower()).strip()}"


class Ranking:
    """Searches texts; a longer query searches only what the query before it matched."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._words: list[str] = []
        self._found: Sequence[int] = range(len(texts))

    def search(self, query: str) -> Sequence[int]:
        """Return the indexes of the texts that match all words of a query, the best first, equal ones in order."""
        words = searchable(query).split()
        if not words:
            self._words, self._found = [], range(len(self._texts))
            return self._found
        narrower = len(words) >= len(self._words) and all(
            new.startswith(old) for new, old in zip(words, self._words, strict=False)
        )
        places = sorted(self._found) if narrower and self._words else range(len(self._texts))
        ranks = [0] * len(self._texts) if len(words) > 1 else []
        for word in words[:-1]:
            kept = []
            for rank, group in enumerate(self._grouped(word, places)):
                for place in group:
                    ranks[place] += rank
                kept += group
            places = sorted(kept)
        groups = self._grouped(words[-1], places)
        found = [place for group in groups for place in group]
        if ranks:
            for rank, group in enumerate(groups):
                for place in group:
                    ranks[place] += rank
            found.sort()
            found.sort(key=ranks.__getitem__)
        self._words, self._found = words, found
        return found

    def _grouped(self, word: str, places: Sequence[int]) -> tuple[list[int], ...]:
        """Return the indexes of the texts that match a word, in four groups, the best first."""
        groups: tuple[list[int], ...] = ([], [], [], [])
        first, begun, part, letters = (group.append for group in groups)
        texts, start = self._texts, f" {word}"
        head, *tail = map(re.escape, word)
        # If the letters could begin in the middle of a word, half of all texts would match by chance.
        has_letters = re.compile(f" {head}" + "".join(f"[^{one}]*{one}" for one in tail)).search
        alone = len(word) > 1
        for place in places:
            text = texts[place]
            if word in text:
                if start not in text:
                    part(place)
                elif text.startswith(start):
                    first(place)
                else:
                    begun(place)
            elif alone and has_letters(text):
                letters(place)
        return groups
