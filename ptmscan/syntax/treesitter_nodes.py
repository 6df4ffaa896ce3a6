"""What every lowering asks of a tree-sitter node."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ptmscan.syntax import treesitter_grammar as g

if TYPE_CHECKING:
    from tree_sitter import Node

    from ptmscan.syntax.nodes import Span

_WRAPPERS = frozenset((g.PARENTHESIZED, g.TYPE))


def named(node: Node) -> list[Node]:
    """The named children without comments and line continuations."""
    return [c for c in node.children if c.is_named and c.kind_id not in g.EXTRAS]


def identifier(data: bytes, start: int, end: int) -> str:
    """A name as Python sees it: NFKC-normalised (language reference 2.3)."""
    raw = data[start:end]
    return raw.decode() if raw.isascii() else unicodedata.normalize("NFKC", raw.decode("utf-8", "replace"))


def inner_span(node: Node) -> Span:
    """The span of an expression without the parentheses around it, and of an annotation without its wrapper."""
    while node.kind_id in _WRAPPERS:
        children = named(node)
        if len(children) != 1:
            break
        node = children[0]
    return node.byte_range
