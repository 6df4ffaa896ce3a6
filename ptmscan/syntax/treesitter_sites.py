"""Call sites, references and walrus expressions: found from the bytes of a name, told apart by the tree around it.

One cursor per search moves from hit to hit, so that deep nesting costs its depth once and not once for every hit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from ptmscan.syntax.treesitter_climber import Climber, move_on
from ptmscan.syntax.treesitter_nodes import named

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

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
            if _role(climber) is _Role.CALLEE:
                yield self._found(climber.node)

    def references(self, hits: Iterable[Span]) -> Iterator[tuple[Span, Node]]:
        """The names and attributes that end in an identifier at one of the places and are read, but not called."""
        for climber in self._names(hits, "identifier"):
            node = _expression(climber)
            if _role(climber) is _Role.READ:
                yield self._found(node)

    def walrus(self, unit: Span) -> Iterator[tuple[Span, Node]]:
        """All `name := value`."""
        hits = (hit.span() for hit in _WALRUS.finditer(self._data, *unit))
        for climber in self._names(hits, ":="):
            # The parent of `f"{x:=10}"` is the braces: a specifier, which the grammar overlooks.
            if climber.up() and climber.node.type == "named_expression" and climber.field != "expression":
                yield self._found(climber.node)

    def _names(self, hits: Iterable[Span], kind: str) -> Iterator[Climber]:
        """At each leaf of that kind which covers exactly one of the places."""
        cursor, climber = self._tree.walk(), Climber(self._tree.walk())
        depth = 0
        for hit in hits:
            depth += move_on(cursor, hit[0])
            node = cursor.node
            if node is None or node.byte_range != hit:
                continue
            if depth > MAX_TREE_DEPTH:
                self.too_deep = True
            elif climber.start(cursor, hit, kind):
                yield climber

    def _found(self, node: Node) -> tuple[Span, Node]:
        return _expression_span(node, self._data), node


def _expression(climber: Climber) -> Node:
    """From the last identifier of an attribute to the attribute."""
    if climber.field == "attribute":
        climber.up()
    return climber.node


def _role(climber: Climber) -> _Role:
    """What a name is to the code around it. The climb ends at the node that decided: the call."""
    _expression(climber)
    may_be_callee = True
    while True:
        field = climber.field
        if not climber.up():
            return _Role.READ
        kind = climber.node.type
        if field == "function" and kind == "call" and may_be_callee:
            return _Role.CALLEE
        binds = (field == "name" and kind in _NAME_FIELDS) or (field == "left" and kind in _STORES)
        if binds or kind in _NO_EXPRESSIONS:
            return _Role.BOUND
        if kind not in _THROUGH or (kind == "type" and climber.field != "left"):
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
