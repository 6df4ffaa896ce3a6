"""On which line of a notebook's file a line of a cell stands: what tools that show files need.

A JSON reader forgets places, so the text is read once more, for its strings and brackets alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ptmscan.source.decoding import decode_utf8, fold_newlines

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
# Keys from the document down to the text of a cell, None for a place in an array: formats 4 and 3 of nbformat.
_PATHS = (("cells", None, "source"), ("worksheets", None, "cells", None, "input"))

_TEXT_KEYS = frozenset(path[-1] for path in _PATHS)


class CellLines:
    """The lines of the code cells of one notebook, whose JSON must have been read without an error."""

    def __init__(self, path: str, raw: bytes) -> None:
        self._pieces: dict[int, list[tuple[int, str]]] = {}
        for cell, line, text in _texts(_decoded(path, raw)):
            self._pieces.setdefault(cell, []).append((line, fold_newlines(text)))

    def file_line(self, cell: int, line: int) -> int | None:
        """The 1-based line of the file that holds a 1-based line of a cell; None where the cell has no such line."""
        before = 0
        for file_line, text in self._pieces.get(cell, ()):
            before += text.count("\n")
            # A piece without a newline at its end goes on in the next one.
            if line <= before or (line == before + 1 and text and not text.endswith("\n")):
                return file_line
        return None


@dataclass(slots=True)
class _Level:
    """One open bracket: the key or the number of what is read inside it."""

    is_object: bool
    key: str | None = None
    number: int = 0
    wants_key: bool = True


def _decoded(path: str, raw: bytes) -> str:
    try:
        return raw.decode(json.detect_encoding(raw))
    except UnicodeError:
        return decode_utf8(path, raw).text


def _texts(text: str) -> Iterator[tuple[int, int, str]]:
    """Each string of a cell's text: the cell, the line of the file, the string."""
    levels: list[_Level] = []
    line, counted, earlier = 1, 0, 0
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark in "{[":
            levels.append(_Level(mark == "{"))
        elif not levels:
            continue
        elif mark in "}]":
            closed = levels.pop()
            # The worksheets of format 3 share one numbering of their cells.
            earlier += closed.number + 1 if _keys(levels) == _PATHS[1][:3] and not closed.is_object else 0
        elif mark == ",":
            levels[-1].number += 1
            levels[-1].wants_key = True
        elif levels[-1].is_object and levels[-1].wants_key:
            levels[-1].key, levels[-1].wants_key = json.loads(mark, strict=False), False
        elif (cell := _cell(levels)) is not None:
            line, counted = line + text.count("\n", counted, found.start()), found.start()
            yield earlier + cell, line, json.loads(mark, strict=False)


def _cell(levels: list[_Level]) -> int | None:
    """The number of the cell whose text is being read, in its array; None: something else is read."""
    inner = levels[-1] if levels[-1].is_object else levels[-2] if len(levels) > 1 else None
    if inner is None or inner.key not in _TEXT_KEYS:
        return None
    keys = _keys(levels)
    for path in _PATHS:
        if keys in (path, (*path, None)):
            return levels[len(path) - 2].number
    return None


def _keys(levels: list[_Level]) -> tuple[str | None, ...]:
    return tuple(level.key if level.is_object else None for level in levels)
