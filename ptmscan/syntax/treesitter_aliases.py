"""`type X = …`, and `type(x).y = …`, which the grammar takes for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax.treesitter_expressions import LEFT_FIELD, MAX_DEPTH, lower_arguments, lower_link
from ptmscan.syntax.treesitter_nodes import inner_span, named

if TYPE_CHECKING:
    from tree_sitter import Node

_OPEN = ord("(")


def lower_type_alias(data: bytes, node: Node) -> n.Stmt:
    """A type alias, or the assignment that it really is."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return n.Other(node.byte_range, "error")
    if data[left.start_byte] != _OPEN:
        return n.Other(node.byte_range, "type", (inner_span(left), inner_span(right)))
    target, annotation = left, None
    inner = named(left)[0]
    if inner.type == "constrained_type":  # `type(x).y: annotation = …`
        target, annotation = named(inner)
    lowered = _called(data, target, node.start_byte)
    if annotation is not None:
        return n.AnnAssign(node.byte_range, lowered, inner_span(annotation), inner_span(right))
    return n.Assign(node.byte_range, (lowered,), inner_span(right))


def _called(data: bytes, target: Node, start: int) -> n.Expr:
    """The target as an expression that begins with a call of `type`; the tree has only its parentheses."""
    bottom = named(target)[0] if target.type == "type" else target
    links: list[Node] = []
    while bottom.type in LEFT_FIELD:
        links.append(bottom)
        left = bottom.child_by_field_name(LEFT_FIELD[bottom.type])
        if left is None or len(links) > MAX_DEPTH:
            return n.Unsupported((start, target.end_byte), "type_alias_statement")
        bottom = left
    name = n.Name((start, start + len("type")), "type")
    value: n.Expr = n.Call((start, bottom.end_byte), name, lower_arguments(data, bottom))
    for link in reversed(links):
        value = lower_link(data, link, value, (start, link.end_byte), 0)
    return value
