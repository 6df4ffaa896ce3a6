"""Answers that are worked out once for a whole program, whichever question needs them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator

# An answer that was cut short is worked out again, a few times: what it led to may have been found meanwhile.
MAX_TRIES = 3

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Keeps answers by key, worked out with a budget of their own; an answer asked for meanwhile is `empty`."""

    def __init__(self, empty: Callable[[], V]) -> None:
        self._empty = empty
        self._kept: dict[K, V] = {}
        self._tries: dict[K, int] = {}

    def get(self, ev: Evaluator, key: K, compute: Callable[[], V]) -> V:
        """The answer of a key."""
        if key in self._kept:
            return self._kept[key]
        self._kept[key] = self._empty()
        # What is asked for while it is worked out itself makes an answer that another question would not get.
        disturbed = ev.cuts, ev.cycles
        try:
            with ev.aside():
                value = compute()
        except BaseException:
            del self._kept[key]
            raise
        self._tries[key] = self._tries.get(key, 0) + 1
        if (ev.cuts, ev.cycles) == disturbed or self._tries[key] >= MAX_TRIES:
            self._kept[key] = value
        else:
            del self._kept[key]
        return value
