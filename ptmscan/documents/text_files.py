"""TOML, INI and `.env` files. Their parsers tell no lines, so that keys are looked up in the text once more.

TOML: https://toml.io/en/v1.0.0 (tomllib). INI: configparser of CPython 3.13. `.env`: python-dotenv 1.1.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from typing import Any

from ptmscan.documents.model import (
    MAX_DEPTH,
    MAX_NODES,
    DocumentError,
    Items,
    Node,
    Opaque,
    Plain,
    Scalar,
    Table,
    table,
)

_HEADER = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")
_KEY = re.compile(r"""\s*(?:export\s+)?["']?([^\s"'=:#;\[]+)["']?\s*[=:]""")
_OPTION = re.compile(r"\s*([^\s=:#;\[][^=:]*?)\s*[=:]")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=(.*)")
# The expressions here and in configparser take time that is quadratic in the length of a line.
_MAX_LINE = 4096


def read_toml(text: str) -> Node | None:
    """The tree of a TOML text.

    Raises:
        DocumentError: malformed, or beyond a limit.
    """
    _require_lines(text)
    _require_shallow(text)
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise DocumentError("malformed TOML") from error
    return _TomlNodes(_lines_of_keys(text, _KEY)).node(value, (), 1)


def _require_lines(text: str) -> None:
    lines = text.split("\n")
    if len(lines) > MAX_NODES or any(len(line) > _MAX_LINE for line in lines):
        raise DocumentError(f"more than {MAX_NODES:,} lines, or one of more than {_MAX_LINE:,} characters")


def _require_shallow(text: str) -> None:
    depth = 0
    for bracket in re.finditer(r"[\[{\]}]", text):
        depth = depth + 1 if bracket[0] in "[{" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            raise DocumentError(f"nested more than {MAX_DEPTH} deep")
    if text.count(".") > MAX_NODES * 4:
        raise DocumentError(f"more than {MAX_NODES:,} values")


def _lines_of_keys(text: str, key: re.Pattern[str]) -> dict[tuple[str, str], int]:
    """(header, key) → line of its first assignment; headers without quotes."""
    found: dict[tuple[str, str], int] = {}
    header = ""
    for number, line in enumerate(text.split("\n"), 1):
        if (opened := _HEADER.match(line)) is not None:
            header = re.sub(r"[\"'\s]", "", opened[1])
            found.setdefault((header, ""), number)
        elif (assigned := key.match(line)) is not None:
            found.setdefault((header, assigned[1]), number)
    return found


class _TomlNodes:
    """Turns parsed TOML into nodes, counting them."""

    def __init__(self, lines: dict[tuple[str, str], int]) -> None:
        self._lines, self._count = lines, 0

    def node(self, value: Any, path: tuple[str, ...], line: int) -> Node:
        """The node of a value at a dotted path; depth is bounded by the text's brackets and dots."""
        self._count += 1
        if self._count > MAX_NODES or len(path) > MAX_DEPTH:
            raise DocumentError("too many values or too deep")
        here = self._line(path, line)
        match value:
            case dict():
                pairs: list[tuple[Plain, Node]] = [(k, self.node(v, (*path, k), here)) for k, v in value.items()]
                return table(pairs, here)
            case list():
                return Items(tuple(self.node(v, path, here) for v in value), here)
            case str() | int() | float():
                return Scalar(value, here)
            case _:
                return Opaque(f"a {type(value).__name__}", here)

    def _line(self, path: tuple[str, ...], otherwise: int) -> int:
        for cut in range(len(path) - 1, -1, -1):
            line = self._lines.get((".".join(path[:cut]), ".".join(path[cut:])))
            if line is not None:
                return line
        return self._lines.get((".".join(path), ""), otherwise)


def read_ini(text: str) -> Table:
    """Sections as tables of texts, `DEFAULT` among them; values as they are written, interpolations not filled in.

    Raises:
        DocumentError: malformed, or beyond a limit.
    """
    _require_lines(text)
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="\0")
    # Names keep their case: whoever reads them decides what is the same.
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, AttributeError) as error:
        raise DocumentError("malformed INI") from error
    lines = _lines_of_keys(text, _OPTION)
    sections: list[tuple[Plain, Node]] = []
    for name in parser.sections():
        header = re.sub(r"[\"'\s]", "", name)
        start = lines.get((header, ""), 1)
        options: list[tuple[Plain, Node]] = [
            (key, Scalar(value, lines.get((header, key), start))) for key, value in parser.items(name)
        ]
        sections.append((name, table(options, start)))
    if sum(len(t.pairs) for _, t in sections if isinstance(t, Table)) > MAX_NODES:
        raise DocumentError(f"more than {MAX_NODES:,} values")
    return table(sections, 1)


def read_env(text: str) -> Table:
    """The assignments of a `.env` file, one a line. A value that refers to other variables is opaque."""
    pairs: list[tuple[Plain, Node]] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _ASSIGNMENT.match(line[:_MAX_LINE])
        if found is not None:
            pairs.append((found[1], _env_value(found[2].strip(), number)))
        if len(pairs) > MAX_NODES:
            raise DocumentError(f"more than {MAX_NODES:,} values")
    return table(pairs, 1)


def _env_value(written: str, line: int) -> Node:
    quote = written[:1]
    if quote and quote in "'\"" and (end := written.find(quote, 1)) > 0:
        value = written[1:end]
    else:
        value = re.split(r"\s#", written, maxsplit=1)[0].rstrip()
    if quote != "'" and "$" in value:
        return Opaque("a value with variables", line)
    return Scalar(value, line)
