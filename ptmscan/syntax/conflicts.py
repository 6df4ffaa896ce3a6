"""Merge conflict markers: one side is kept, the markers and the other side become blank, so that every offset stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

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


class Side(StrEnum):
    """The version that is kept."""

    OURS = "ours"
    THEIRS = "theirs"


def resolve(text: bytes, side: Side) -> Resolved | None:
    """Keep one side of every conflict; None if there is no marker.

    Of a marker without its partners only its own line is dropped; `=======` alone may underline a heading and stays.
    """
    dropped = _dropped(text, side)
    if not dropped:
        return None
    pieces, place = [], 0
    for start, end in dropped:
        pieces += [text[place:start], blank(text[start:end])]
        place = end
    return Resolved(b"".join([*pieces, text[place:]]), tuple(dropped))


def _dropped(text: bytes, side: Side) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    opened: re.Match[bytes] | None = None
    middle: re.Match[bytes] | None = None
    last_separator = 0
    for marker in _MARKER.finditer(text):
        opening, base, separator, closing = marker.groups()
        if opening:
            found += _half(opened, middle)
            opened, middle = marker, None
        elif (base or separator) and opened:
            middle, last_separator = middle or marker, marker.end()
        elif closing:
            if opened and middle and side is Side.OURS:
                found += [opened.span(), (middle.start(), marker.end())]
            elif opened and middle:
                found += [(opened.start(), last_separator), marker.span()]
            else:
                found += [*_half(opened, middle), marker.span()]
            opened = middle = None
    return [*found, *_half(opened, middle)]


def _half(*markers: re.Match[bytes] | None) -> list[tuple[int, int]]:
    """The lines of markers of a conflict that has no end."""
    return [marker.span() for marker in markers if marker is not None]
