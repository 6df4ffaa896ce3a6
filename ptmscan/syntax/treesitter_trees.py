"""Native trees: parsing a part of a text against the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tree_sitter import Parser, Point, Range

from ptmscan.syntax.treesitter_grammar import LANGUAGE

if TYPE_CHECKING:
    from tree_sitter import Tree

SECONDS = 5.0  # What takes less processor time is never stopped, whatever else the machine does.
_CHUNK = 1 << 16
_CALLS_PER_CHECK = 32


def parse_text(text: bytes, base: int = 0, seconds: float | None = None) -> Tree | None:
    """The tree of a text whose first byte stands at offset `base` of the whole; None when it takes too long.

    Every call has a parser of its own: one that was stopped would go on with the old text.
    """
    start = Point(0, 0)
    parser = Parser(LANGUAGE, included_ranges=[Range(start, start, base, base + len(text))])
    clock = _Clock(SECONDS if seconds is None else seconds)

    def read(offset: int, _point: Point) -> bytes:
        # Stops what asks for text, such as an endless string; the callback below stops what does not.
        return b"" if clock.is_over() else text[offset - base : offset - base + _CHUNK]

    def stop(_offset: int, _has_error: bool) -> bool:
        return clock.is_over_now_and_then()

    try:
        tree = parser.parse(read, progress_callback=stop)
    except ValueError:  # "Parsing failed": stopped
        return None
    return None if clock.is_over() else tree


class _Clock:
    """Counts down the time of a parse: so many seconds by the clock, and as many of this thread's processor time then.

    The latter alone would do, but asking for it is a system call, which on virtual machines costs up to a millisecond.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.perf_counter() + seconds
        self._last: float | None = None
        self._calls = 0

    def is_over(self) -> bool:
        if self._last is None:
            if time.perf_counter() < self._end:
                return False
            self._last = time.thread_time() + self._seconds
        return time.thread_time() >= self._last

    def is_over_now_and_then(self) -> bool:
        """Asks only every so many calls."""
        self._calls += 1
        return self._calls % _CALLS_PER_CHECK == 0 and self.is_over()
