"""The code cells of a notebook of format 3 or 4, read from its JSON without trusting its shape."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptmscan.errors import UnreadableFileError
from ptmscan.records import Diagnostic, DiagnosticCode
from ptmscan.source.decoding import decode_utf8, fold_newlines, refuse_stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

# The keys that are read here; of a key that occurs twice the last value counts, in Jupyter as in Python.
_KEYS = frozenset({"cell_type", "cells", "input", "metadata", "source", "worksheets"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its index among all cells, from 0, and its text with LF as the only newline."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code cells of a notebook, in order, and what was wrong with others."""

    cells: tuple[Cell, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def read_notebook(path: str, raw: bytes) -> Notebook:
    """The code cells of an .ipynb file.

    Raises:
        UnreadableFileError: it is no JSON of a notebook, or nested too deeply to be read.
    """
    refuse_stand_in(path, raw)
    if not raw.strip():
        raise _malformed(path, "it is empty")
    return _Reader(path).read(raw)


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.diagnostics: list[Diagnostic] = []
        self.twice: set[str] = set()

    def read(self, raw: bytes) -> Notebook:
        document = self._parse(raw)
        for key in sorted(self.twice):
            self._tell(None, f"the key {key!r} occurs twice in one object; the last one counts")
        if not isinstance(document, dict):
            raise _malformed(self.path, "its JSON is no object")
        language = _language(document)
        if language is not None and not _is_python(language):
            self._tell(None, f"its language is {language[:40]!r}, not Python; its cells are not read")
            return Notebook((), tuple(self.diagnostics))
        cells = [
            Cell(index, fold_newlines(text))
            for index, cell in enumerate(self._all_cells(document))
            if (text := self._code(index, cell)) is not None
        ]
        return Notebook(tuple(cells), tuple(self.diagnostics))

    def _parse(self, raw: bytes) -> Any:
        try:
            text = raw.decode(json.detect_encoding(raw))
        except UnicodeError:
            decoded = decode_utf8(self.path, raw)
            self.diagnostics += decoded.diagnostics
            text = decoded.text
        try:
            # Numbers stand in outputs only; a plot may hold millions.
            return json.loads(text, object_pairs_hook=self._object, parse_int=bool, parse_float=bool)
        except RecursionError as error:
            raise _malformed(self.path, "its JSON is nested too deeply") from error
        except json.JSONDecodeError as error:
            raise _malformed(self.path, f"{error.msg} at line {error.lineno} column {error.colno}") from error

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            self.twice |= {key for key in _KEYS & counts.keys() if counts[key] > 1}
        return made

    def _all_cells(self, document: dict[str, Any]) -> Iterator[Any]:
        """Format 4 has ``cells``, format 3 ``worksheets`` with ``cells`` in each (nbformat's JSON schemas)."""
        sheets = [document] if "cells" in document else document.get("worksheets")
        if not isinstance(sheets, list):
            raise _malformed(self.path, "it has no cells")
        for sheet in sheets:
            cells = sheet.get("cells") if isinstance(sheet, dict) else None
            if isinstance(cells, list):
                yield from cells
            else:
                self._tell(None, "its cells are no list")

    def _code(self, index: int, cell: Any) -> str | None:
        """The text of a code cell; None for another cell, and for one that is malformed."""
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            self._tell(index, "the cell has no type")
            return None
        if cell["cell_type"] != "code":
            return None
        language = cell.get("language")  # format 3 has it in each cell
        if isinstance(language, str) and not _is_python(language):
            self._tell(index, f"the language of the cell is {language[:40]!r}, not Python; it is not read")
            return None
        text = _joined(cell.get("source", cell.get("input")))  # format 3 calls it input
        if text is None or "\0" in text:
            self._tell(index, "the source of the cell is no text")
            return None
        return text

    def _tell(self, cell: int | None, message: str) -> None:
        self.diagnostics.append(Diagnostic(self.path, None, DiagnosticCode.NOTEBOOK, message, cell))


def _joined(source: Any) -> str | None:
    """A text, or a list of its lines, which have their newlines; None if it is neither."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _malformed(path: str, message: str) -> UnreadableFileError:
    return UnreadableFileError(path, DiagnosticCode.NOTEBOOK, message)


def _language(document: dict[str, Any]) -> str | None:
    """What the notebook says it is written in: of its languages Python if that is among them. None: it says nothing."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return None
    stated = [
        found
        for section, key in (("language_info", "name"), ("kernelspec", "language"))
        if isinstance(metadata.get(section), dict) and isinstance(found := metadata[section].get(key), str) and found
    ]
    return next(filter(_is_python, stated), stated[0] if stated else None)


def _is_python(language: str) -> bool:
    """``python``, ``ipython``, ``python3``, ``pyspark``, ``sage``: dialects that Python's grammar reads."""
    return "python" in language.lower() or language.lower() in {"pyspark", "sage", "sagemath"}
