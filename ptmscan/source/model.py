"""The text of one module as the parsers get it, and the way back to the places that a person sees."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from ptmscan.records import Diagnostic
from ptmscan.source.lines import LineMap


@dataclass(frozen=True, slots=True)
class Position:
    """A place as a person names it: 1-based line (inside `cell` of a notebook) and 1-based column in code points."""

    line: int
    column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Magic:
    """Lines of a notebook cell that are not, or not only, Python, as they were written; `line` is that of the first.

    ``%matplotlib inline``, ``!pip install x`` with its continuation lines, ``x = !ls``, ``%time model = load()``, or a
    whole cell that begins with ``%%bash``. In `Source.data` what is not Python of it has been blanked.
    """

    cell: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One separately parsed piece, bytes [start, end) of `Source.data`: a whole .py file (cell None) or a code cell."""

    cell: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One module's text, decoded, newlines folded to LF, joined over cells, as UTF-8 bytes. Picklable.

    Every cell ends with a newline, so that units never run together. Lines and columns are those of the original file:
    blanking a magic neither adds nor removes lines, nor moves what is kept.
    """

    path: str
    data: bytes
    units: tuple[Unit, ...]
    magics: tuple[Magic, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    _lines: LineMap = field(default_factory=LineMap, init=False, repr=False, compare=False)

    def position(self, offset: int) -> Position:
        """The place of a byte offset of `data`, from 0 to its length; logarithmic in the number of lines."""
        row = self._lines.row(self.data, offset)
        column = self._lines.column(self.data, offset)
        unit = self.unit_at(offset)
        if unit is None or unit.start == 0:
            return Position(row + 1, column, unit.cell if unit else None)
        return Position(row - self._lines.row(self.data, unit.start) + 1, column, unit.cell)

    def unit_at(self, offset: int) -> Unit | None:
        """The unit that holds the byte offset; the end of the text belongs to the last one. None: there is no code."""
        after = bisect_right(self.units, offset, key=lambda unit: unit.start)
        return self.units[after - 1] if after else None

    def line_text(self, offset: int) -> str:
        """The whole line that holds the byte offset, as it was written (magics included), without its newline."""
        if self.magics:
            written = self._magic_line(self.position(offset))
            if written is not None:
                return written
        start, end = self._lines.line(self.data, offset)
        return self.text((start, end))

    def text(self, span: tuple[int, int]) -> str:
        """The text of a span [start, end) of `data`."""
        return self.data[span[0] : span[1]].decode("utf-8", "replace")

    def _magic_line(self, position: Position) -> str | None:
        place = (position.cell if position.cell is not None else -1, position.line)
        after = bisect_right(self.magics, place, key=lambda magic: (magic.cell, magic.line))
        if not after or self.magics[after - 1].cell != position.cell:
            return None
        lines = self.magics[after - 1].text.split("\n")
        index = position.line - self.magics[after - 1].line
        return lines[index] if index < len(lines) else None
