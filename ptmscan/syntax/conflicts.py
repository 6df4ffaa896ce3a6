"""Merge conflict markers: one side is kept, the markers and the other side become blank, so that every offset stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Git's markers with the default size of 7 (`merge.conflictStyle` merge, diff3 and zdiff3).
_MARKER = re.compile(rb"^(?:(<{7})(?: .*)?|(\|{7})(?: .*)?|(={7})|(>{7})(?: .*)?)$", re.MULTILINE)
_NOT_NEWLINE = re.compile(rb"[^\n]")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text of the same length without conflicts, and the [start, end) of what is blank in it now."""

    text: bytes
    dropped: tuple[tuple[int, int], ...]


def blank(text: bytes) -> bytes:
    """The same length and lines, nothing in them."""
    return _NOT_NEWLINE.sub(b" ", text)


def resolve(text: bytes) -> Resolved | None:
    """Keep the first side of every conflict; None if there is no marker.

    Of a marker without its partners only its own line is dropped; `=======` alone may underline a heading and stays.
    """
    dropped = _dropped(text)
    if not dropped:
        return None
    pieces, place = [], 0
    for start, end in dropped:
        pieces += [text[place:start], blank(text[start:end])]
        place = end
    return Resolved(b"".join([*pieces, text[place:]]), tuple(dropped))


def _dropped(text: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    opened = False
    other_side: int | None = None
    for marker in _MARKER.finditer(text):
        opening, base, middle, closing = marker.groups()
        if opening:
            found.append(marker.span())
            opened, other_side = True, None
        elif (base or middle) and opened and other_side is None:
            other_side = marker.start()
        elif closing:
            found.append((marker.start() if other_side is None else other_side, marker.end()))
            opened, other_side = False, None
    if other_side is not None:  # No end in sight: the separator goes, what follows stays.
        found.append((other_side, _line_end(text, other_side)))
    return found


def _line_end(text: bytes, start: int) -> int:
    end = text.find(b"\n", start)
    return len(text) if end < 0 else end
