"""CONTRACT STUB: helper 'source' replaces the bodies, names and meanings stay."""

from __future__ import annotations

from dataclasses import dataclass

from ptmscan.records import Diagnostic


@dataclass(frozen=True, slots=True)
class Position:
    """A place as a person names it: 1-based line (inside `cell` of a notebook) and 1-based column in code points."""

    line: int
    column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Magic:
    """A notebook line that is not Python and was blanked: `%matplotlib inline`, `!pip install x`, a whole `%%bash` cell line."""

    cell: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One separately parsed piece: a whole .py file (cell None) or one code cell. [start, end) in bytes of `Source.data`."""

    cell: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One module's text, decoded, newlines folded to LF, joined over cells, as UTF-8 bytes. Picklable."""

    path: str
    data: bytes
    units: tuple[Unit, ...]
    magics: tuple[Magic, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def position(self, offset: int) -> Position:
        """The place of a byte offset of `data`."""
        raise NotImplementedError

    def line_text(self, offset: int) -> str:
        """The whole line that holds the byte offset, without its newline."""
        raise NotImplementedError

    def text(self, span: tuple[int, int]) -> str:
        """The text of a span."""
        return self.data[span[0] : span[1]].decode("utf-8", "replace")


def read_source(path: str, raw: bytes) -> Source:
    """Decode the raw bytes of a .py, .pyw or .ipynb file into a Source.

    Raises:
        UnreadableFileError: binary content, a malformed notebook, or an extracted source over the size limit.
    """
    raise NotImplementedError
