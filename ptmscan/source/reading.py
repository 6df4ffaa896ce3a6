"""From a file's bytes to a Source."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from ptmscan.errors import UnreadableFileError
from ptmscan.records import Diagnostic, DiagnosticCode
from ptmscan.source.decoding import decode
from ptmscan.source.magics import BlankedCell, blank_magics
from ptmscan.source.model import Magic, Source, Unit
from ptmscan.source.notebook import Cell, read_notebook

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of the Python in a file, decoded: for a notebook the cells without their outputs.
MAX_SOURCE_BYTES = 16_000_000
MAX_DIAGNOSTICS = 100


def read_source(path: str, raw: bytes) -> Source:
    """Decode the raw bytes of a .py, .pyw or .ipynb file into a Source.

    Raises:
        UnreadableFileError: binary content, a malformed notebook, a stand-in of Git LFS, a source over the size limit.
    """
    return _notebook_source(path, raw) if path.endswith(".ipynb") else _file_source(path, raw)


def _file_source(path: str, raw: bytes) -> Source:
    decoded = decode(path, raw)
    data = _encoded(path, decoded.text)
    return Source(path, data, (Unit(None, 0, len(data)),), diagnostics=decoded.diagnostics)


def _notebook_source(path: str, raw: bytes) -> Source:
    notebook = read_notebook(path, raw)
    blanked = [blank_magics(_ended(cell.text)) for cell in notebook.cells]
    texts = [cell.text.encode("utf-8", "replace") for cell in blanked]
    ends = list(accumulate(map(len, texts), initial=0))
    units = [Unit(cell.index, start, end) for cell, start, end in zip(notebook.cells, ends, ends[1:], strict=False)]
    data = b"".join(texts)
    _require_size(path, len(data))
    diagnostics = _bounded(path, [*notebook.diagnostics, *_notices(path, notebook.cells, blanked)])
    return Source(path, data, tuple(units), _magics(notebook.cells, blanked), diagnostics)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _magics(cells: Sequence[Cell], blanked: Sequence[BlankedCell]) -> tuple[Magic, ...]:
    return tuple(
        Magic(cell.index, magic.line, magic.text)
        for cell, result in zip(cells, blanked, strict=True)
        for magic in result.magics
    )


def _notices(path: str, cells: Sequence[Cell], blanked: Sequence[BlankedCell]) -> list[Diagnostic]:
    return [
        Diagnostic(path, magic.line, DiagnosticCode.MAGIC, magic.notice, cell.index)
        for cell, result in zip(cells, blanked, strict=True)
        for magic in result.magics
        if magic.notice
    ]


def _bounded(path: str, found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    if len(found) <= MAX_DIAGNOSTICS:
        return tuple(found)
    message = f"{len(found) - MAX_DIAGNOSTICS:,} more problems of its cells are not listed"
    return (*found[:MAX_DIAGNOSTICS], Diagnostic(path, None, DiagnosticCode.LIMIT, message))


def _encoded(path: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")  # a lone surrogate, from an escape of JSON, cannot be encoded
    _require_size(path, len(data))
    return data


def _require_size(path: str, size: int) -> None:
    if size > MAX_SOURCE_BYTES:
        message = f"{size:,} bytes of Python; the limit is {MAX_SOURCE_BYTES:,}"
        raise UnreadableFileError(path, DiagnosticCode.TOO_LARGE, message)
