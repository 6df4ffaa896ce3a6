"""Statements that tree-sitter's Python grammar joins across the end of a line, and the text that keeps them apart.

`a = b, ("c", "d")` before a line `[e, f] = g` is read as an item `("c", "d")[e, f]` of a pattern; the same happens
where the next line begins with a parenthesis (tree-sitter-python 0.25.0). Python ends a statement at the end of a line
that is not inside brackets (language reference 2.1.2), which a semicolon says, too.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ptmscan.syntax import treesitter_grammar as g

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MAX_JOINED = 10_000
_LINE_WITH_BRACKET = re.compile(rb"\n[ \t]*([\[(])")
# A line behind one of these goes on with it: rows of tables, arguments, a backslash.
_GOES_ON = frozenset(b",([{\\")
_TRAILERS = frozenset((g.SUBSCRIPT, g.CALL, g.ATTRIBUTE))


def kept_apart(text: bytes, tree: Tree, base: int) -> bytes:
    """The text, of the same length, with a semicolon behind each statement that was joined with the next line's.

    `tree` is that of the text, whose first byte stands at offset `base` of the source.
    """
    lines = (line for line in _LINE_WITH_BRACKET.finditer(text) if not _goes_on(text, line.start()))
    brackets = (base + line.start(1) for line in islice(lines, MAX_JOINED))
    ends = [end - base for bracket in brackets if (end := _end_of_joined(tree, bracket)) is not None]
    if not ends:
        return text
    result = bytearray(text)
    for end in ends:
        result[end] = ord(";")
        if text[end : end + 1] == b"#" and text[end + 1 : end + 2] != b"\n":
            result[end + 1] = ord("#")  # A comment right behind it stays one.
    return bytes(result)


def _goes_on(text: bytes, at: int) -> bool:
    """Whether what stands before a place goes on behind it, whatever the tree says."""
    while at and text[at - 1] in b" \t\r\n":
        at -= 1
    return at == 0 or text[at - 1] in _GOES_ON


def _end_of_joined(tree: Tree, at: int) -> int | None:
    """Where the first of two statements ends that the bracket at an offset joins: the end of what stands before it."""
    bracket = tree.root_node.descendant_for_byte_range(at, at + 1)
    if bracket is None or bracket.start_byte != at:
        return None
    trailer = bracket.parent
    if trailer is not None and trailer.kind_id == g.ARGUMENT_LIST:
        trailer = trailer.parent
    if trailer is None or trailer.kind_id not in _TRAILERS or trailer.children[0].end_byte >= at:
        return None
    node: Node | None = trailer
    while node is not None and node.kind_id in _TRAILERS and node.start_byte == trailer.start_byte:
        node = node.parent
    return trailer.children[0].end_byte if node is not None and node.kind_id == g.PATTERN_LIST else None
