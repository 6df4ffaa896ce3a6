"""Lines of notebook cells that are IPython's and not Python's: found, kept, and blanked without moving anything.

The rules are those of IPython.core.inputtransformer2 (8.x). A cell magic is the first line of its cell. An escape
(``%``, ``!``, ``?``, …) counts only where a statement begins: a line of an expression or a string that happens to begin
with ``%`` is left alone. ``name = !command`` and ``name = %magic`` assign. A statement ending in ``?`` asks for help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.source.magic_names import (
    AUTOMAGICS,
    BODY_IS_PYTHON,
    DATABRICKS_CELLS,
    OTHER_CELLS,
    PREFIX_MAGICS,
    unfollowed,
)
from ptmscan.source.statements import statement_end

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOUND = r"(?:async|class|def|for|if|match|try|while|with)\b"

# Most cells hold none of these, and need no closer look.
_MAY_HOLD = re.compile(rf"^[ \t]*(?:[!%?,;/]|(?:{'|'.join(AUTOMAGICS)})[ \t])|=[ \t]*[!%]|\?[ \t]*$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"%%([\w.-]++|!!?)(?!\?)")
_DATABRICKS = re.compile(rf"%(?:{'|'.join(DATABRICKS_CELLS)})\b|%sql[ \t]*$", re.MULTILINE)
_BEFORE_CELL_MAGIC = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")
_ESCAPE = re.compile(r"[ \t]*(?:!(?!=)|[%?,;/])")
_AUTOMAGIC = re.compile(rf"[ \t]*(?:{'|'.join(AUTOMAGICS)})[ \t]+(?!(?:and|as|else|for|if|in|is|not|or)\b)[A-Za-z_]")
_ASSIGNMENT = re.compile(
    r"(?P<target>[ \t]*\*?[A-Za-z_][\w.,* \t]*(?:\[[^\]\n]*\][ \t]*)?(?::[ \t]*[\w.\[\], \t]+)?=[ \t]*)"
    r"(?:!(?!=)|%(?=[A-Za-z_]))"
)
_LINE_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?:%{1,2}[ \t]*)?(?P<name>[A-Za-z_][\w.]*)[ \t]*")
# Lines that neither hold a magic nor reach into the next one; most are, and are passed over at once.
_PLAIN_LINES = re.compile(
    rf"(?:[ \t]*+(?:#[^\n]*|(?![,;/]|(?:{'|'.join(AUTOMAGICS)})[ \t])[^\"'()\[\]{{}}\\!%?\n]*)\n)+"
)
_CONTINUED_LINE = re.compile(r"(?:[^\n]*\\\n)*[^\n]*")


@dataclass(frozen=True, slots=True)
class FoundMagic:
    """Lines of one cell that hold a magic: the first one's number (from 1), their text, and what to tell about them."""

    line: int
    text: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class BlankedCell:
    """A cell's text in which only Python is left, with as many lines as before."""

    text: str
    magics: tuple[FoundMagic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Replacement:
    """`text` stands for the characters [start, end) of the cell, which hold a magic."""

    start: int
    end: int
    text: str
    notice: str | None = None


def blank_magics(cell: str) -> BlankedCell:
    """Take the magics out of a code cell, whose only newlines are LF.

    >>> blank_magics("%matplotlib inline\\nx = 1").text
    '                  \\nx = 1'
    >>> blank_magics("%time x = f()").text
    'pass; x = f()'
    """
    if not _MAY_HOLD.search(cell):
        return BlankedCell(cell)
    pieces: list[str] = []
    magics: list[FoundMagic] = []
    done, line = 0, 1
    for found in _replacements(cell):
        line += cell.count("\n", done, found.start)
        pieces += [cell[done : found.start], found.text]
        magics.append(FoundMagic(line, cell[found.start : found.end], found.notice))
        line += cell.count("\n", found.start, found.end)
        done = found.end
    return BlankedCell("".join([*pieces, cell[done:]]), tuple(magics))


def _replacements(cell: str) -> Iterator[_Replacement]:
    start = 0
    while (found := _cell_magic(cell, start)) is not None:
        yield found
        start = found.end + 1
    while (start := _end_of(_PLAIN_LINES, cell, start)) < len(cell):
        found = _statement_magic(cell, start)
        if found is not None:
            yield found
            start = found.end + 1
            continue
        end, asks_for_help = statement_end(cell, start)
        if asks_for_help:
            yield _Replacement(start, end, _blank_statement(cell[start:end]))
        start = end + 1


def _cell_magic(cell: str, start: int) -> _Replacement | None:
    """The magic that the cell, or what an outer magic has left of it, begins with; comments may come before it."""
    start = _end_of(_BEFORE_CELL_MAGIC, cell, start)
    last = len(cell) - cell.endswith("\n")
    if _DATABRICKS.match(cell, start):
        return _Replacement(start, last, _blank(cell[start:last]))
    matched = _CELL_MAGIC.match(cell, start)
    if matched is None:
        return None
    name = matched[1]
    end = _end_of(_CONTINUED_LINE, cell, start)
    if name in PREFIX_MAGICS:
        return _Replacement(start, end, _without_prefix(cell[start:end]))
    if name in BODY_IS_PYTHON:
        return _Replacement(start, end, _blank(cell[start:end]))
    notice = (
        None if name in OTHER_CELLS else f"the cell magic %%{name[:40]} is not known; its cell is not read as Python"
    )
    return _Replacement(start, last, _blank(cell[start:last]), notice)


def _statement_magic(cell: str, start: int) -> _Replacement | None:
    """The magic that begins where a statement begins."""
    assignment = _ASSIGNMENT.match(cell, start)
    if assignment is None and not (_ESCAPE.match(cell, start) or _AUTOMAGIC.match(cell, start)):
        return None
    end = _end_of(_CONTINUED_LINE, cell, start)
    if assignment is not None:
        return _Replacement(start, end, _assigned(assignment["target"], cell[assignment.end("target") : end]))
    text = cell[start:end]
    matched = _LINE_MAGIC.match(text)
    if matched is None:
        return _Replacement(start, end, _blank_statement(text))
    if matched["name"] in PREFIX_MAGICS:
        return _Replacement(start, end, _without_prefix(text))
    return _Replacement(start, end, _blank_statement(text), unfollowed(matched["name"]))


def _assigned(target: str, escaped: str) -> str:
    """``x = %time f()`` assigns the value of f(); what other magics give is not known, as IPython's own call says."""
    matched = _LINE_MAGIC.match(escaped)
    if matched is not None and escaped.startswith("%") and matched["name"] in PREFIX_MAGICS:
        options = _end_of(PREFIX_MAGICS[matched["name"]], escaped, matched.end())
        return target + " " * options + escaped[options:]
    first, newline, rest = escaped.partition("\n")
    return target + "get_ipython()".ljust(len(first)) + newline + _blank(rest)


def _without_prefix(text: str) -> str:
    """``%time statement`` and its like: the magic becomes ``pass;``, so that the statement keeps its column."""
    matched = _LINE_MAGIC.match(text)
    assert matched is not None  # noqa: S101 - the caller knows the magic's name
    start = _end_of(PREFIX_MAGICS[matched["name"]], text, matched.end())
    statement = text[start:]
    if not statement.strip():
        return _blank_statement(text)
    # No compound statement may follow a semicolon; being indented does it less harm.
    keyword = "" if re.match(COMPOUND, statement) else "pass;"
    indent = matched["indent"]
    return indent + keyword.ljust(start - len(indent)) + statement


def _blank_statement(text: str) -> str:
    """Spaces; in an indented block ``pass``, since the block may hold nothing else."""
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    if not indent:
        return _blank(text)
    first, newline, rest = text.partition("\n")
    return f"{indent}pass".ljust(len(first)) + newline + _blank(rest)


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    matched = pattern.match(text, start)
    return matched.end() if matched else start
