"""Native trees: parsing a part of a text against the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tree_sitter import Parser, Point, Range

from ptmscan.syntax.treesitter_grammar import LANGUAGE

if TYPE_CHECKING:
    from tree_sitter import Tree

SECONDS = 10.0
_CHUNK = 1 << 16


def parse_text(text: bytes, base: int = 0, seconds: float | None = None) -> Tree | None:
    """The tree of a text whose first byte stands at offset `base` of the whole; None when it takes too long.

    Every call has a parser of its own: one that was stopped would go on with the old text.
    """
    start, end = Point(0, 0), base + len(text)
    parser = Parser(LANGUAGE, included_ranges=[Range(start, start, base, end)])
    deadline = time.monotonic() + (SECONDS if seconds is None else seconds)

    def read(offset: int, _point: Point) -> bytes:
        # The end of the text stops what asks for text; what does not is stopped by the callback below.
        return text[offset - base : offset - base + _CHUNK] if time.monotonic() < deadline else b""

    def stop(_offset: int, _has_error: bool) -> bool:
        return time.monotonic() >= deadline

    try:
        tree = parser.parse(read, progress_callback=stop)
    except ValueError:  # "Parsing failed": stopped
        return None
    return tree if time.monotonic() < deadline else None
