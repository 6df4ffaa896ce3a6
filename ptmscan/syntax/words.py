"""Where names stand in the bytes of a source: what makes finding call sites cheaper than walking a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptmscan.syntax.nodes import Span

_MANY = 16
_MAX_KNOWN = 500_000
_WORD = re.compile(rb"[\w\x80-\xff]+")  # Bytes above ASCII belong to words.
_PLAIN = re.compile(rb"[A-Za-z0-9_]+")
_IS_WORD = {bytes((b,)): _WORD.fullmatch(bytes((b,))) is not None for b in range(256)}
_WORDS_ONLY = bytes([byte[0] if is_word else 0x20 for byte, is_word in _IS_WORD.items()])


class Words:
    """Where each identifier-like word of a source stands, comments and strings included."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _words(self) -> frozenset[bytes]:
        return frozenset(self._data.translate(_WORDS_ONLY).split())

    def hits(self, names: re.Pattern[bytes]) -> list[Span]:
        """The spans of the words that `names` fully matches, in order.

        A search for a pattern of thousands of names would take longer than parsing; the words of a file are few.
        """
        if (few := few_words(names)) is not None:
            return sorted(span for word in few for span in occurrences(self._data, word))
        known = _known_matches(names)
        if len(known) > _MAX_KNOWN:
            known.clear()
        for word in self._words.difference(known):
            known[word] = names.fullmatch(word) is not None
        return sorted(self._places(frozenset([word for word in self._words if known[word]])))

    def _places(self, words: frozenset[bytes]) -> Iterator[Span]:
        if len(words) > _MANY:  # One pass over everything instead of one for each word.
            return (hit.span() for hit in _WORD.finditer(self._data) if hit[0] in words)
        return (span for word in words for span in occurrences(self._data, word))


def few_words(names: re.Pattern[bytes]) -> frozenset[bytes] | None:
    """The words that a pattern of alternatives matches; None when they are many, or it is no such pattern."""
    literals = names.pattern.split(b"|")
    return frozenset(literals) if len(literals) <= _MANY and all(map(_PLAIN.fullmatch, literals)) else None


def occurrences(data: bytes, word: bytes, within: Span | None = None) -> Iterator[Span]:
    """Where a word stands in a text, or in a part of it, in order."""
    width = len(word)
    start, last = within or (0, len(data))
    start = data.find(word, start, last)
    while start >= 0:
        end = start + width
        if not _IS_WORD[data[start - 1 : start] or b" "] and not _IS_WORD[data[end : end + 1] or b" "]:
            yield start, end
        start = data.find(word, end, last)


@lru_cache(maxsize=32)
def _known_matches(_names: re.Pattern[bytes]) -> dict[bytes, bool]:
    """What is known of each word: the same few thousand occur in every file."""
    return {}
