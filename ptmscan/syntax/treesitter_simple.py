"""Simple statements: tree-sitter nodes to the neutral skeleton. Expressions stay spans, only targets are lowered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.treesitter_aliases import lower_type_alias
from ptmscan.syntax.treesitter_expressions import lower
from ptmscan.syntax.treesitter_imports import lower_import, lower_import_from
from ptmscan.syntax.treesitter_nodes import identifier, inner_span, named

if TYPE_CHECKING:
    from tree_sitter import Node

_RECEIVERS = frozenset((g.IDENTIFIER, g.ATTRIBUTE, g.SUBSCRIPT))


def values(children: Sequence[Node]) -> tuple[n.Span, ...]:
    """The spans of expressions."""
    return tuple([inner_span(c) for c in children])


def lower_target(data: bytes, node: Node) -> n.Expr:
    """What an assignment, a loop or a `with` binds. Nearly always a name, which is why that goes first."""
    if node.kind_id == g.IDENTIFIER:
        start, end = span = node.byte_range
        return n.Name(span, identifier(data, start, end))
    return lower(data, node)


def _expression_statement(data: bytes, node: Node) -> n.Stmt:
    children = node.children
    if len(children) == 1:
        first = children[0]
        kind = first.kind_id
        if kind == g.ASSIGNMENT:
            return _assignment(data, first)
        if kind == g.CALL:
            return _call_statement(data, node, first)
        if kind == g.AUGMENTED_ASSIGNMENT:
            return _augmented(data, first)
        return n.ExprStmt(node.byte_range, inner_span(first))
    if not named(node):
        return n.Other(node.byte_range, "error")
    return n.ExprStmt(node.byte_range, node.byte_range)  # A bare tuple.


def _call_statement(data: bytes, node: Node, call: Node) -> n.ExprStmt:
    """`receiver.method(…)`: the receiver matters to whoever follows `items.append(x)`."""
    function = call.children[0]
    if function.kind_id == g.ATTRIBUTE:
        target, method = function.children[0], function.children[-1]
        if target.kind_id in _RECEIVERS and method.kind_id == g.IDENTIFIER:
            receiver = lower_target(data, target)
            if _is_dotted(receiver):
                return n.ExprStmt(node.byte_range, call.byte_range, receiver, identifier(data, *method.byte_range))
    return n.ExprStmt(node.byte_range, call.byte_range)


def _is_dotted(expr: n.Expr) -> bool:
    while isinstance(expr, n.Attribute | n.Subscript):
        expr = expr.value
    return isinstance(expr, n.Name)


def _assignment(data: bytes, node: Node) -> n.Stmt:
    children = node.children
    if len(children) == 3 and children[1].kind_id == g.EQUALS and children[2].kind_id != g.ASSIGNMENT:
        return n.Assign(node.byte_range, (lower_target(data, children[0]),), inner_span(children[2]))
    left, right = node.child_by_field_id(g.LEFT_FIELD), node.child_by_field_id(g.RIGHT_FIELD)
    annotation = node.child_by_field_id(g.TYPE_FIELD)
    if left is None:
        return n.Other(node.byte_range, "error")
    if annotation is not None:
        value = None if right is None else inner_span(right)
        return n.AnnAssign(node.byte_range, lower_target(data, left), inner_span(annotation), value)
    targets = [lower_target(data, left)]
    while right is not None and right.kind_id == g.ASSIGNMENT:  # `a = b = value`
        left, right = right.child_by_field_id(g.LEFT_FIELD), right.child_by_field_id(g.RIGHT_FIELD)
        if left is not None:
            targets.append(lower_target(data, left))
    if right is None:
        return n.Other(node.byte_range, "error")
    return n.Assign(node.byte_range, tuple(targets), inner_span(right))


def _augmented(data: bytes, node: Node) -> n.Stmt:
    left, right = node.child_by_field_id(g.LEFT_FIELD), node.child_by_field_id(g.RIGHT_FIELD)
    operator = node.child_by_field_id(g.OPERATOR_FIELD)
    if left is None or right is None or operator is None:
        return n.Other(node.byte_range, "error")
    return n.AugAssign(node.byte_range, lower_target(data, left), operator.type[:-1], inner_span(right))


def _return(_data: bytes, node: Node) -> n.Stmt:
    children = named(node)
    return n.Return(node.byte_range, inner_span(children[0]) if children else None)


def _raise(_data: bytes, node: Node) -> n.Stmt:
    return n.Raise(node.byte_range, values(_flat(node)))


def _assert(_data: bytes, node: Node) -> n.Stmt:
    return n.Assert(node.byte_range, values(named(node)))


def _delete(data: bytes, node: Node) -> n.Stmt:
    return n.Delete(node.byte_range, tuple([lower_target(data, c) for c in _flat(node)]))


def _flat(node: Node) -> list[Node]:
    """The children, those of an expression list in its place."""
    return [item for c in named(node) for item in (named(c) if c.kind_id == g.EXPRESSION_LIST else (c,))]


def _names(data: bytes, node: Node) -> tuple[str, ...]:
    return tuple([identifier(data, *c.byte_range) for c in node.children if c.kind_id == g.IDENTIFIER])


def _global(data: bytes, node: Node) -> n.Stmt:
    return n.Global(node.byte_range, _names(data, node))


def _nonlocal(data: bytes, node: Node) -> n.Stmt:
    return n.Nonlocal(node.byte_range, _names(data, node))


def _break(_data: bytes, node: Node) -> n.Stmt:
    return n.Break(node.byte_range)


def _continue(_data: bytes, node: Node) -> n.Stmt:
    return n.Continue(node.byte_range)


def _pass(_data: bytes, node: Node) -> n.Stmt:
    return n.Other(node.byte_range, "pass")


def _print(_data: bytes, node: Node) -> n.Stmt:
    """Python 2: `print >>file, a, b`"""
    children = [item for c in named(node) for item in (named(c) if c.kind_id == g.CHEVRON else (c,))]
    return n.Other(node.byte_range, "print", values(children))


def _exec(_data: bytes, node: Node) -> n.Stmt:
    return n.Other(node.byte_range, "exec", values(named(node)))


Handler: TypeAlias = "Callable[[bytes, Node], n.Stmt]"
SIMPLE: dict[int, Handler] = {
    g.kind("expression_statement"): _expression_statement,
    g.kind("import_statement"): lower_import,
    g.kind("import_from_statement"): lower_import_from,
    g.kind("future_import_statement"): lower_import_from,
    g.kind("return_statement"): _return,
    g.kind("raise_statement"): _raise,
    g.kind("assert_statement"): _assert,
    g.kind("delete_statement"): _delete,
    g.kind("global_statement"): _global,
    g.kind("nonlocal_statement"): _nonlocal,
    g.kind("break_statement"): _break,
    g.kind("continue_statement"): _continue,
    g.kind("pass_statement"): _pass,
    g.kind("print_statement"): _print,
    g.kind("exec_statement"): _exec,
    g.kind("type_alias_statement"): lower_type_alias,
}
