"""Byte offsets of a UTF-8 text to rows and columns, computed once on first demand."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

# Continuation bytes of UTF-8 (RFC 3629) are not the first of a code point.
_FIRST_BYTES = bytes(byte for byte in range(256) if byte & 0xC0 != 0x80)
_BLOCK_BYTES = 1024


class LineMap:
    """The line starts of one text. It is a cache: equal to any other, and empty after unpickling.

    The text is given to each method, so that the map can live inside the frozen object that holds the text.
    """

    __slots__ = ("_continuations", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._continuations: list[int] | None = None

    def __reduce__(self) -> tuple[type[LineMap], tuple[()]]:
        return LineMap, ()

    def row(self, data: bytes, offset: int) -> int:
        """The line that holds the offset, counted from 0."""
        if not self._starts:
            lengths = (len(line) + 1 for line in data.split(b"\n"))
            self._starts = [*accumulate(lengths, initial=0)][:-1]
        return bisect_right(self._starts, offset) - 1

    def line(self, data: bytes, offset: int) -> tuple[int, int]:
        """Start and end of the line that holds the offset, without its newline."""
        row = self.row(data, offset)
        end = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(data)
        return self._starts[row], end

    def column(self, data: bytes, offset: int) -> int:
        """The column of the offset in its line, from 1, in code points."""
        start = self._starts[self.row(data, offset)]
        if self._continuations is None:
            self._continuations = _continuations_before_blocks(data)
        if not self._continuations:
            return offset - start + 1
        inside = self._continuations_before(data, offset) - self._continuations_before(data, start)
        return offset - start - inside + 1

    def _continuations_before(self, data: bytes, offset: int) -> int:
        # Counting from the start of the line would take quadratic time on a file that is one long line.
        assert self._continuations is not None  # noqa: S101 - its only caller has just filled it
        block, rest = divmod(offset, _BLOCK_BYTES)
        return self._continuations[block] + _continuations(data[offset - rest : offset])


def _continuations(data: bytes) -> int:
    return len(data.translate(None, delete=_FIRST_BYTES))


def _continuations_before_blocks(data: bytes) -> list[int]:
    """How many continuation bytes come before each block; empty for a text that has none."""
    if data.isascii():
        return []
    blocks = (data[start : start + _BLOCK_BYTES] for start in range(0, len(data), _BLOCK_BYTES))
    return list(accumulate(map(_continuations, blocks), initial=0))
