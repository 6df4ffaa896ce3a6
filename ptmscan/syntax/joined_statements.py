"""Statements that tree-sitter's Python grammar joins across the end of a line, and the text that keeps them apart.

`a = b, ("c", "d")` before a line `[e, f] = g` is read as an item `("c", "d")[e, f]` of a pattern; the same happens
where the next line begins with a parenthesis (tree-sitter-python 0.25.0). Python ends a statement at the end of a line
that is not inside brackets (language reference 2.1.2), which a semicolon says, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.syntax import treesitter_grammar as g

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MAX_JOINED = 10_000
_LINE_WITH_BRACKET = re.compile(rb"\n[ \t]*([\[(])")
_TRAILERS = frozenset((g.SUBSCRIPT, g.CALL, g.ATTRIBUTE))


def kept_apart(text: bytes, tree: Tree, base: int) -> bytes:
    """The text, of the same length, with a semicolon behind each statement that was joined with the next line's.

    `tree` is that of the text, whose first byte stands at offset `base` of the source.
    """
    result = bytearray(text)
    for count, line in enumerate(_LINE_WITH_BRACKET.finditer(text)):
        if count >= MAX_JOINED:
            break
        bracket = base + line.start(1)
        token = tree.root_node.descendant_for_byte_range(bracket, bracket + 1)
        end = _end_of_joined(token) - base if token is not None and token.start_byte == bracket else -1
        # Behind a backslash the statement goes on.
        if end >= 0 and not text[: line.start()].rstrip(b"\r").endswith(b"\\"):
            result[end] = ord(";")
            if text[end : end + 1] == b"#" and text[end + 1 : end + 2] != b"\n":
                result[end + 1] = ord("#")  # A comment right behind it stays one.
    return bytes(result)


def _end_of_joined(bracket: Node) -> int:
    """Where the first of two statements ends that a bracket joins: the end of what stands before it, or -1."""
    trailer = bracket.parent
    if trailer is not None and trailer.kind_id == g.ARGUMENT_LIST:
        trailer = trailer.parent
    if trailer is None or trailer.kind_id not in _TRAILERS or trailer.children[0].end_byte >= bracket.start_byte:
        return -1
    node: Node | None = trailer
    while node is not None and node.kind_id in _TRAILERS and node.start_byte == trailer.start_byte:
        node = node.parent
    return trailer.children[0].end_byte if node is not None and node.kind_id == g.PATTERN_LIST else -1
