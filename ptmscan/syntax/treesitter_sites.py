"""Call sites, references and walrus expressions: found from the bytes of a name, told apart by the tree around it.

One cursor per search moves from hit to hit, so that deep nesting costs its depth once and not once for every hit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from ptmscan.syntax.treesitter_nodes import named

if TYPE_CHECKING:
    from tree_sitter import Node, Tree, TreeCursor

    from ptmscan.syntax.nodes import Span

_STAR = ord("*")
# What may stand between a callee and its call; the grammar may read `[*f()]` as `(*f)()`.
_AROUND_CALLEE = frozenset(("parenthesized_expression", "list_splat"))
# What may stand between a target and its statement.
_THROUGH = frozenset(
    (
        *_AROUND_CALLEE,
        "as_pattern",
        "type",
        "tuple",
        "list",
        "expression_list",
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
    )
)
_STORES = frozenset(("assignment", "augmented_assignment", "for_statement", "for_in_clause", "type_alias_statement"))
_NO_EXPRESSIONS = frozenset(
    (
        "dotted_name",
        "aliased_import",
        "parameters",
        "lambda_parameters",
        "typed_parameter",
        "dictionary_splat_pattern",
        "as_pattern_target",
        "case_pattern",
        "global_statement",
        "nonlocal_statement",
        "delete_statement",
        "splat_pattern",
        "keyword_pattern",
        "type_parameter",
    )
)
_NAME_FIELDS = frozenset(
    (
        "default_parameter",
        "typed_default_parameter",
        "keyword_argument",
        "function_definition",
        "class_definition",
        "named_expression",
    )
)
# Python itself reads no deeper than 200 brackets, each of which is two or three levels here.
MAX_TREE_DEPTH = 1000
_WALRUS = re.compile(rb":=")


class _Role(Enum):
    CALLEE = auto()
    READ = auto()
    BOUND = auto()


class SiteFinder:
    """Finds what stands at given places of one tree; `too_deep` tells afterwards whether something was left out."""

    def __init__(self, tree: Tree, data: bytes) -> None:
        self._tree, self._data = tree, data
        self.too_deep = False

    def calls(self, hits: Iterable[Span]) -> Iterator[tuple[Span, Node]]:
        """The calls whose callee ends in an identifier at one of the places, which ascend."""
        for climber in self._names(hits, "identifier"):
            if climber.role() is _Role.CALLEE:
                yield self._found(climber.node)

    def references(self, hits: Iterable[Span]) -> Iterator[tuple[Span, Node]]:
        """The names and attributes that end in an identifier at one of the places and are read, but not called."""
        for climber in self._names(hits, "identifier"):
            node = climber.expression()
            if climber.role() is _Role.READ:
                yield self._found(node)

    def walrus(self, unit: Span) -> Iterator[tuple[Span, Node]]:
        """All `name := value`."""
        hits = (hit.span() for hit in _WALRUS.finditer(self._data, *unit))
        for climber in self._names(hits, ":="):
            # The parent of `f"{x:=10}"` is the braces: a specifier, which the grammar overlooks.
            if climber.up() and climber.node.type == "named_expression" and climber.field != "expression":
                yield self._found(climber.node)

    def _names(self, hits: Iterable[Span], kind: str) -> Iterator[_Climber]:
        """At each leaf of that kind which covers exactly one of the places."""
        cursor, climber = self._tree.walk(), _Climber(self._tree.walk())
        depth = 0
        for hit in hits:
            depth += _move_on(cursor, hit[0])
            node = cursor.node
            if node is None or node.byte_range != hit:
                continue
            if depth > MAX_TREE_DEPTH:
                self.too_deep = True
            elif climber.start(cursor, hit, kind):
                yield climber

    def _found(self, node: Node) -> tuple[Span, Node]:
        return _expression_span(node, self._data), node


def _move_on(cursor: TreeCursor, start: int) -> int:
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


class _Climber:
    """Climbs from a leaf to what tells the leaf's role, on a cursor of its own.

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

    def start(self, leaf: TreeCursor, span: Span, kind: str) -> bool:
        """Go to the node of that kind that covers the span as the leaf does; False if there is none."""
        self._cursor.reset_to(leaf)
        while self.node.byte_range == span:
            if self.node.type == kind:
                return True
            if not self.up():  # `print` as a name is an identifier with a token inside.
                break
        return False

    def expression(self) -> Node:
        """From the last identifier of an attribute to the attribute."""
        if self.field == "attribute":
            self.up()
        return self.node

    def role(self) -> _Role:
        """What the name here is to the code around it. The climb ends at the node that decided: the call."""
        self.expression()
        may_be_callee = True
        while True:
            field = self.field
            if not self.up():
                return _Role.READ
            kind = self.node.type
            if field == "function" and kind == "call" and may_be_callee:
                return _Role.CALLEE
            binds = (field == "name" and kind in _NAME_FIELDS) or (field == "left" and kind in _STORES)
            if binds or kind in _NO_EXPRESSIONS:
                return _Role.BOUND
            if kind not in _THROUGH or (kind == "type" and self.field != "left"):
                return _Role.READ
            may_be_callee = may_be_callee and kind in _AROUND_CALLEE


def _expression_span(node: Node, data: bytes) -> Span:
    """The node's span; the grammar reads `[*a.b()]` as `(*a).b()`, and the star is no part of the call."""
    start, end = node.byte_range
    while data[start] == _STAR:
        children = named(node)
        if not children:
            break
        node = children[0]
        start = node.start_byte
    return start, end
