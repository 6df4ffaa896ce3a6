"""JSON with lines: the standard parser gives the values, one pass over the tokens their places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ptmscan.documents.model import MAX_DEPTH, MAX_NODES, DocumentError, Items, Node, Plain, Scalar, table

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]|\n|[^\s\[\]{},:"]+', re.DOTALL)


class _Pairs(list[tuple[str, Any]]):
    """The pairs of an object in the order of the file."""


def read_json(text: str) -> Node | None:
    """The tree of a JSON text.

    Raises:
        DocumentError: malformed, or beyond a limit.
    """
    lines = _lines(text)
    try:
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise DocumentError("malformed JSON" + (f" in line {line}" if line else "")) from error
    return _node(value, iter(lines))


def _lines(text: str) -> list[int]:
    """The lines of all keys, scalars and opening brackets in order; bounds nesting before a recursive parser runs."""
    found: list[int] = []
    line, depth = 1, 0
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first == "\n":
            line += 1
            continue
        if first in "]}":
            depth -= 1
            continue
        depth += first in "[{"
        found.append(line)
        if depth > MAX_DEPTH:
            raise DocumentError(f"nested more than {MAX_DEPTH} deep")
        if len(found) > 2 * MAX_NODES:
            raise DocumentError(f"more than {MAX_NODES:,} values")
    return found


def _node(value: Any, lines: Iterator[int]) -> Node:
    """The node of a parsed value; its depth was bounded before."""
    line = next(lines, 1)
    if isinstance(value, _Pairs):
        pairs: list[tuple[Plain, Node]] = []
        for key, item in value:
            next(lines, 1)
            pairs.append((key, _node(item, lines)))
        return table(pairs, line)
    if isinstance(value, list):
        return Items(tuple(_node(item, lines) for item in value), line)
    return Scalar(value, line)
