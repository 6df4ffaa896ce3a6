"""What might make broken text parse: small changes that keep every offset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.syntax.conflicts import blank
from ptmscan.syntax.outline import HEADER, Outline

if TYPE_CHECKING:
    from ptmscan.syntax.nodes import Span

MAX_QUOTES = 8
MAX_ERRORS = 5
_TRIPLE = re.compile(rb"\"\"\"|'''")
_QUOTE = re.compile(rb"[\"']")
_BLOCK = re.compile(rb"([ \t]*)(?:async[ \t]+)?(?:if|for|while|with)(?![\w\x80-\xff])")
_STRANGE = re.compile(rb"[^\x20-\x7e\t\n]+|[$?]|!(?!=)|^(?:<{7}|\|{7}|={7}|>{7}).*$", re.MULTILINE)
_LINE_COST, _CONTINUATION_COST, _CHARACTER_COST, _HEADER_COST = 0.9, 0.0, 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Change:
    """Replaces [start, end) by `new` of the same length, at a cost of `lost_lines`.

    A region was blanked and may be parsed by itself; a header, of a definition or a block, was shortened.
    """

    start: int
    end: int
    new: bytes
    lost_lines: float
    is_region: bool = False
    is_header: bool = False

    @property
    def span(self) -> Span:
        """The bytes that are replaced."""
        return self.start, self.end

    def moved(self, by: int) -> Change:
        """The same change in a text that begins elsewhere."""
        return replace(self, start=self.start + by, end=self.end + by)


def changed(text: bytes, change: Change) -> bytes:
    """The text after a change."""
    return text[: change.start] + change.new + text[change.end :]


def suggestions(text: bytes, errors: Sequence[Span]) -> list[Change]:
    """What to try, the likeliest first. `errors` are what a parser complained about."""
    outline = Outline(text)
    found: dict[Change, None] = {}
    if not outline.strings_end:
        found |= dict.fromkeys(_quotes(outline))
    brackets = outline.unmatched_brackets()
    for start, end in errors[:2]:
        found |= dict.fromkeys(_strange_characters(outline, start, end))
    lines = _suspects(outline, errors, brackets)
    for line in lines:
        found |= dict.fromkeys(_line_changes(outline, line))
    closers = [offset for offset in brackets if text[offset] in b")]}"]  # Without an opener, a call would be none.
    for offset in (*closers[:4], *outline.open_quotes[:2]):
        found[_blanked(text, offset, offset + 1)] = None
    for line in lines[:2]:
        found |= dict.fromkeys(_quote_changes(outline, line))
    return list(found)


def _suspects(outline: Outline, errors: Sequence[Span], brackets: Sequence[int]) -> list[int]:
    """Lines that may be to blame: where errors begin, the code before, what does not match, where errors end."""
    unmatched = [*brackets[:2], *outline.open_quotes[:2]]
    found = [outline.line_at(offset) for offset in unmatched]
    for start, end in errors[:MAX_ERRORS]:
        line = outline.line_at(start)
        last = outline.line_at(max(start, end - 1))
        found += [line, *_code_before(outline, line), last, *_code_after(outline, last)]
    return [line for line in dict.fromkeys(found) if outline.is_code(line)]


def _code_before(outline: Outline, line: int) -> Iterator[int]:
    for before in range(line - 1, max(-1, line - 4), -1):
        if outline.is_code(before):
            yield before
            return


def _code_after(outline: Outline, line: int) -> Iterator[int]:
    for after in range(line + 1, min(outline.count, line + 4)):
        if outline.is_code(after):
            yield after
            return


def _line_changes(outline: Outline, line: int) -> Iterator[Change]:
    """The header of a definition or a block shortened; a line blanked, alone or with what goes with it."""
    header = _short_header(outline, line)
    if header is not None:
        yield header
    last = outline.group(line)
    if last > line and HEADER.match(outline.bytes_of(line)) is None:
        yield _blank_lines(outline, line, last)
    yield _blank_lines(outline, line, line)
    first = outline.opening(line)
    if first < line:
        yield _blank_lines(outline, first, line)


def _blank_lines(outline: Outline, first: int, last: int, *, is_region: bool = True) -> Change:
    start, end = outline.span(first, last)
    count = sum(outline.is_code(line) for line in range(first, last + 1))
    # What goes on over several lines is as good as one: by itself it will parse.
    cost = _LINE_COST + (count - 1) * (_CONTINUATION_COST if outline.leaves_open(first) else _LINE_COST)
    return Change(start, end, blank(outline.text[start:end]), cost, is_region)


def _short_header(outline: Outline, line: int) -> Change | None:
    """`def function(x` as `def functi():` and `with open(x` as `if 1:`, which parse whatever stood there."""
    text = outline.bytes_of(line)
    new = _short_definition(text) or _short_block(text)
    if new is None:
        return None
    start, end = outline.span(line, line)
    return Change(start, end, new.ljust(len(text)), _HEADER_COST, is_header=True)


def _short_definition(text: bytes) -> bytes | None:
    match = HEADER.match(text)
    if match is None:
        return None
    tail = b"():" if match[1] == b"def" else b":"
    name_start, name_end = match.span(2)
    room = len(text.rstrip()) - len(tail)
    return text[: min(name_end, room)] + tail if room > name_start else None


def _short_block(text: bytes) -> bytes | None:
    match = _BLOCK.match(text)
    new = match[1] + b"if 1:" if match else b""
    return new if match and len(new) <= len(text) else None


def _quotes(outline: Outline) -> Iterator[Change]:
    """A triple quote too many or too few: each blanked, or the text behind it up to the next statement."""
    text = outline.text
    places = [m.start() for m in _TRIPLE.finditer(text)]
    for place in (*places[: MAX_QUOTES // 2], *places[MAX_QUOTES // 2 :][-MAX_QUOTES // 2 :]):
        yield _blanked(text, place, place + 3)
        line = outline.line_at(place)
        last = outline.next_statement(line) - 1
        if last > line:
            yield _blank_lines(outline, line, last, is_region=False)


def _strange_characters(outline: Outline, start: int, end: int) -> Iterator[Change]:
    """Characters that no program has outside strings, around an error, blanked."""
    start = outline.span(*[outline.line_at(start)] * 2)[0]
    end = outline.span(*[outline.line_at(end)] * 2)[1]
    for match in list(_STRANGE.finditer(outline.text, start, end))[:4]:
        yield _blanked(outline.text, *match.span())


def _quote_changes(outline: Outline, line: int) -> Iterator[Change]:
    """A quote on a line blanked."""
    for match in list(_QUOTE.finditer(outline.text, *outline.span(line, line)))[:6]:
        yield _blanked(outline.text, *match.span())


def _blanked(text: bytes, start: int, end: int) -> Change:
    return Change(start, end, blank(text[start:end]), _CHARACTER_COST)
