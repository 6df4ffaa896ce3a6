"""Repairs text that does not parse, so that one mistake costs its own lines and not the scopes of a file.

A file is cut at its definitions, by indentation. Only pieces that do not parse by themselves are touched: at most six
times the change that does the least damage is made, among a few that the errors suggest. A change blanks lines or
characters, or shortens the header of a definition; every offset stays. What was blanked is parsed by itself afterwards.
Measured by `benchmarks/mutation.py`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.syntax.changes import Change, changed, suggestions
from ptmscan.syntax.damage import Damage, Expected, assess
from ptmscan.syntax.outline import Outline
from ptmscan.syntax.treesitter_trees import parse_text

if TYPE_CHECKING:
    from ptmscan.syntax.nodes import Span

MAX_ROUNDS = 6
MAX_CANDIDATES = 24
MAX_PIECES = 100
# How much may be parsed in trying (a single mistake takes about 6 bytes a byte), and the processor time for it, which
# only text that is no program at all needs: the parser is fifty times slower there.
MIN_PARSED, PARSED_PER_BYTE = 1_000_000, 8
SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text that parses better. `regions` were blanked, `headers` shortened (their lines), `touched` is all of it."""

    text: bytes
    regions: tuple[Span, ...]
    headers: tuple[Span, ...]
    touched: tuple[Span, ...]


def repair(text: bytes) -> Repaired:
    """Change as little of a text as makes it parse, or nearly so."""
    repairer = _Repairer(text)
    repairer.piece(0, repairer.outline.count - 1)
    changes = repairer.changes
    return Repaired(
        repairer.text,
        _merged([c.span for c in changes if c.is_region]),
        tuple(sorted({c.span for c in changes if c.is_header})),
        _merged([c.span for c in changes]),
    )


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """Touching spans (a newline between them) become one."""
    found: list[Span] = []
    for start, end in sorted(set(spans)):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


class _Repairer:
    """The text as it is now, and what was changed. Lines never move: those of the first outline hold all the time."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.outline = Outline(text)
        self.changes: list[Change] = []
        self._parents = self.outline.parents()
        self._pieces = 0
        self._remaining = max(MIN_PARSED, PARSED_PER_BYTE * len(text))
        self._deadline = time.thread_time() + SECONDS

    def piece(self, first: int, last: int) -> None:
        """Repair lines [first, last]: the definitions inside one by one, then what is wrong between them."""
        damage = self._damage(first, last)
        self._pieces += 1
        if damage is None or not damage.errors or self._pieces > MAX_PIECES:
            return
        parts = self._parts(first, last)
        for part in parts if len(parts) > 1 else []:
            damage = self._repair_part(first, last, part, damage)
        if damage.errors:
            self._repair_lines(first, last, damage)

    def _repair_part(self, first: int, last: int, part: Span, damage: Damage) -> Damage:
        """Repair a part of lines [first, last] and undo it if it does the whole no good; gives the whole's damage."""
        text, changes = self.text, list(self.changes)
        self.piece(*part)
        if self.text is text:
            return damage
        after = self._damage(first, last)
        # What looks wrong by itself may be right where it stands, such as an `else` after a definition; where one error
        # covers it all, there is no telling.
        if after is not None and (after.cost < damage.cost or self._covers(after, first, part)):
            return after
        self.text, self.changes = text, changes
        return damage

    def _covers(self, damage: Damage, first: int, part: Span) -> bool:
        origin = self.outline.starts[first]
        start, end = self.outline.span(*part)
        return any(s <= start - origin and end - origin <= e for s, e in damage.errors)

    def _parts(self, first: int, last: int) -> list[Span]:
        """The lines cut at the definitions of the least indentation that has several, further in for a class."""
        columns = sorted({self.outline.indent(h.line) for h in self.outline.headers if first <= h.line <= last})
        for column in columns[:2]:
            parts = list(self.outline.chunks(first, last, column))
            if len(parts) > 1:
                return parts
        return []

    def _repair_lines(self, first: int, last: int, damage: Damage) -> None:
        start, end = self.outline.span(first, last)
        for _ in range(MAX_ROUNDS):
            piece = self.text[start:end]
            best, change = damage, None
            for suggested in suggestions(piece, (*damage.inner, *damage.errors))[:MAX_CANDIDATES]:
                candidate = suggested.moved(start)
                outcome = self._damage(first, last, candidate)
                if outcome is not None and outcome.cost < best.cost:
                    best, change = outcome, candidate
            if change is None:
                return
            self.text = changed(self.text, change)
            self.changes.append(change)
            damage = best
            if not damage.errors:
                return

    def _damage(self, first: int, last: int, change: Change | None = None) -> Damage | None:
        """What is wrong with lines [first, last], after one more change; None when enough was tried."""
        start, end = self.outline.span(first, last)
        piece = self.text[start:end]
        changes = [c for c in self.changes if start <= c.start and c.end <= end]
        if change is not None:
            piece = changed(piece, change.moved(-start))
            changes.append(change)
        self._remaining -= len(piece)
        seconds = self._deadline - time.thread_time()
        tree = parse_text(piece + b"\n", seconds=seconds) if self._remaining > 0 < seconds else None
        if tree is None:
            return None
        lost = sum([c.lost_lines for c in changes])
        return assess(tree, self._expected(first, last), lost_lines=lost, string_lines=len(Outline(piece).string_lines))

    def _expected(self, first: int, last: int) -> list[Expected]:
        """The definitions of a piece, with offsets inside it."""
        start, headers = self.outline.starts[first], self.outline.headers
        found = []
        for header, parent in zip(headers, self._parents, strict=True):
            if first <= header.line <= last:
                inside = parent is not None and headers[parent].line >= first
                around = headers[parent].keyword[0] - start if parent is not None and inside else None
                keyword = (header.keyword[0] - start, header.keyword[1] - start)
                found.append(Expected(keyword, around))
        return found
