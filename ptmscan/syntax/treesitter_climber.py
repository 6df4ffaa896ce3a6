"""Moving through a tree without paying for its depth or its width more than once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, TreeCursor

    from ptmscan.syntax.nodes import Span


def move_on(cursor: TreeCursor, start: int) -> int:
    """Move to the leaf at or behind an offset that is not before the cursor; gives the levels moved down.

    Never up for the next child: nodes are wide in error regions, and that would cost their width squared.
    """
    down = 0
    while (node := cursor.node) is not None and node.end_byte <= start:
        if cursor.goto_next_sibling():
            continue
        if not cursor.goto_parent():
            break
        down -= 1
    while cursor.goto_first_child_for_byte(start) is not None:
        down += 1
    return down


class Climber:
    """Climbs from a leaf to what stands around it, on a cursor of its own.

    The cursor is reset and not copied: with tree-sitter 0.26.1 a copy frees the tree once too often, which crashes.
    """

    def __init__(self, cursor: TreeCursor) -> None:
        self._cursor = cursor

    @property
    def node(self) -> Node:
        """Where the climber is."""
        node = self._cursor.node
        if node is None:
            raise AssertionError("a cursor of a whole tree stands on a node")
        return node

    @property
    def field(self) -> str | None:
        """The field in which the node stands."""
        return self._cursor.field_name

    def up(self) -> bool:
        """Go to the parent; False at the root."""
        return self._cursor.goto_parent()

    def reset(self, leaf: TreeCursor) -> None:
        """Go to where another cursor is."""
        self._cursor.reset_to(leaf)

    def enclosing(self, kinds: Collection[str], *keywords: str) -> int | None:
        """From a node to the next of some kinds around it: the place of that one's keyword, None if there is none."""
        while self.up():
            if self.node.type in kinds:
                return next((c.start_byte for c in self.node.children if c.type in keywords), None)
        return None

    def start(self, leaf: TreeCursor, span: Span, kind: str) -> bool:
        """Go to the node of that kind that covers the span as the leaf does; False if there is none."""
        self._cursor.reset_to(leaf)
        while self.node.byte_range == span:
            if self.node.type == kind:
                return True
            if not self.up():  # `print` as a name is an identifier with a token inside.
                break
        return False
