"""Expressions: tree-sitter nodes to the neutral tree, on demand.

Recursion follows nesting and stops at MAX_DEPTH; what nests on its left (`a.b().c()`, `1 + 1 + …`) is a loop.
Spans are those of `ast`: parentheses around an expression are not part of it, those of a tuple or a generator are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.literals import LiteralError, decode_number
from ptmscan.syntax.treesitter_nodes import identifier, named
from ptmscan.syntax.treesitter_parameters import lower_parameters
from ptmscan.syntax.treesitter_strings import lower_strings

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 100  # Five Python frames a level, which leaves half of the default recursion limit to the caller.

LEFT_FIELD = {
    "attribute": "object",
    "call": "function",
    "subscript": "value",
    "binary_operator": "left",
    "boolean_operator": "left",
}
_COMPREHENSIONS = {
    "list_comprehension": n.ComprehensionKind.LIST,
    "set_comprehension": n.ComprehensionKind.SET,
    "dictionary_comprehension": n.ComprehensionKind.DICT,
    "generator_expression": n.ComprehensionKind.GENERATOR,
}
_STAR = ord("*")
_BACKQUOTE = ord("`")


def lower(data: bytes, node: Node, depth: int = 0) -> n.Expr:
    """Lower one expression node of a tree over `data`. Total: what cannot be lowered is an Unsupported."""
    kind = node.type
    if depth > MAX_DEPTH:
        return n.Unsupported(node.byte_range, "too-deep")
    if kind in LEFT_FIELD:
        return _chain(data, node, depth)
    handler = _HANDLERS.get(kind)
    if handler is None or (node.has_error and _is_broken(node)):
        return n.Unsupported(node.byte_range, "error" if node.has_error or node.is_missing else kind)
    return handler(data, node, depth)


def lower_list(data: bytes, children: Iterable[Node], depth: int) -> tuple[n.Expr, ...]:
    """Lower the items of a display or of an expression list."""
    return tuple([_item(data, c, depth) for c in children])


def lower_index(data: bytes, children: list[Node], start: int, end: int, depth: int = 0) -> n.Expr:
    """`a` as itself, `a,`, `*a` and `a, b` as a tuple over [start, end): where a bare tuple has no node of its own."""
    if len(children) == 1 and data[children[0].start_byte] != _STAR and children[0].end_byte == end:
        return lower(data, children[0], depth)
    return n.TupleExpr((start, end), lower_list(data, children, depth))


def _is_broken(node: Node) -> bool:
    """Whether error recovery skipped or invented something right here; an invented closing bracket does no harm."""
    if node.type in _TOLERANT:
        return False
    return any(c.is_error or (c.is_missing and c.type not in ")]}") for c in node.children)


# --- left-nested chains -----------------------------------------------------------------------------------------------


def _chain(data: bytes, node: Node, depth: int) -> n.Expr:
    links = [node]
    base = node.child_by_field_name(LEFT_FIELD[node.type])
    while base is not None and base.type in LEFT_FIELD and depth + len(links) < MAX_DEPTH:
        links.append(base)
        base = base.child_by_field_name(LEFT_FIELD[base.type])
    if base is None:
        return n.Unsupported(node.byte_range, "error")
    star = base.type == "list_splat"
    if star:  # The grammar reads `[*a.b()]` as `(*a).b()`.
        base = named(base)[0]
    start = base.start_byte
    inner = depth + len(links)
    too_deep = base.type in LEFT_FIELD and inner >= MAX_DEPTH
    value = n.Unsupported(base.byte_range, "too-deep") if too_deep else lower(data, base, inner)
    for link in reversed(links):
        inner -= 1
        value = lower_link(data, link, value, (start, link.end_byte), inner)
    return n.Starred((node.start_byte, node.end_byte), value) if star else value


def lower_link(data: bytes, node: Node, left: n.Expr, span: n.Span, depth: int) -> n.Expr:
    """One link of a chain, its left side being lowered already."""
    if node.has_error and _is_broken(node):
        return n.Unsupported(span, "error")
    kind = node.type
    if kind == "attribute":
        name = node.child_by_field_name("attribute")
        return n.Attribute(span, left, identifier(data, *name.byte_range) if name else "")
    if kind == "call":
        arguments = node.child_by_field_name("arguments")
        return n.Call(span, left, lower_arguments(data, arguments, depth + 1) if arguments else ())
    if kind == "subscript":
        return n.Subscript(span, left, _subscript_index(data, node, depth + 1))
    operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
    if operator is None or right is None:
        return n.Unsupported(span, "error")
    if operator.type == "&" and _has_xor_operand(node):
        return n.Unsupported(span, kind)
    if kind == "boolean_operator":
        return n.BoolOp(span, operator.type, left, lower(data, right, depth + 1))
    return n.BinaryOp(span, left, operator.type, lower(data, right, depth + 1))


def _has_xor_operand(node: Node) -> bool:
    """`a ^ b & c`, which the grammar reads as `(a ^ b) & c`."""
    return any(c.type == "binary_operator" and any(g.type == "^" for g in c.children) for c in node.children)


def _subscript_index(data: bytes, node: Node, depth: int) -> n.Expr:
    children = node.children[1:]  # Behind the value: `[`, indices and commas, `]`.
    indices = [c for c in children if c.is_named and c.kind_id not in g.EXTRAS]
    if not indices:
        return n.Unsupported(node.byte_range, "error")
    commas = [c for c in children if c.type == ","]
    end = max(indices[-1].end_byte, commas[-1].end_byte if commas else 0)
    return lower_index(data, indices, indices[0].start_byte, end, depth)


# --- calls ------------------------------------------------------------------------------------------------------------


def lower_arguments(data: bytes, node: Node, depth: int = 0) -> tuple[n.Argument, ...]:
    """The arguments of an `argument_list`, or of the bare generator that stands for one."""
    if node.type == "generator_expression":
        return (n.Argument(node.byte_range, None, lower(data, node, depth), 0),)
    return tuple([_argument(data, c, depth) for c in named(node)])


def _argument(data: bytes, node: Node, depth: int) -> n.Argument:
    kind = node.type
    if kind == "keyword_argument":
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None and not (node.has_error and _is_broken(node)):
            return n.Argument(node.byte_range, identifier(data, *name.byte_range), lower(data, value, depth), 0)
        return n.Argument(node.byte_range, None, n.Unsupported(node.byte_range, "error"), 0)
    if kind == "dictionary_splat":
        return n.Argument(node.byte_range, None, _only_child(data, node, depth), 2)
    value_expr = _item(data, node, depth)
    if isinstance(value_expr, n.Starred):
        return n.Argument(node.byte_range, None, value_expr.value, 1)
    return n.Argument(node.byte_range, None, value_expr, 0)


def _item(data: bytes, node: Node, depth: int) -> n.Expr:
    """An expression where a `*` may stand before it; the grammar binds that `*` to the first operand only."""
    value = lower(data, node, depth)
    if data[node.start_byte] == _STAR and not isinstance(value, n.Starred | n.Unsupported):
        return n.Starred(node.byte_range, value)
    return value


def _only_child(data: bytes, node: Node, depth: int) -> n.Expr:
    children = named(node)
    return lower(data, children[0], depth + 1) if len(children) == 1 else n.Unsupported(node.byte_range, "error")


# --- atoms and displays -----------------------------------------------------------------------------------------------


def _name(data: bytes, node: Node, _depth: int) -> n.Expr:
    return n.Name(node.byte_range, identifier(data, node.start_byte, node.end_byte))


def _number(data: bytes, node: Node, _depth: int) -> n.Expr:
    start, end = node.byte_range
    try:
        return n.Constant((start, end), decode_number(data[start:end].decode()))
    except LiteralError:
        return n.Unsupported((start, end), node.type)


def _string(data: bytes, node: Node, depth: int) -> n.Expr:
    strings = named(node) if node.type == "concatenated_string" else [node]
    return lower_strings(data, node.byte_range, strings, lambda inner: lower(data, inner, depth + 1))


def _constant(value: n.ConstantValue) -> Callable[[bytes, Node, int], n.Expr]:
    return lambda _data, node, _depth: n.Constant(node.byte_range, value)


def _parenthesized(data: bytes, node: Node, depth: int) -> n.Expr:
    """What is inside, through any number of parentheses."""
    inner = node
    while inner.type == "parenthesized_expression":
        children = named(inner)
        if len(children) != 1:
            return n.Unsupported(node.byte_range, "error")
        inner = children[0]
    return lower(data, inner, depth + 1)


def _tuple(data: bytes, node: Node, depth: int) -> n.Expr:
    return n.TupleExpr(node.byte_range, lower_list(data, named(node), depth + 1))


def _tuple_pattern(data: bytes, node: Node, depth: int) -> n.Expr:
    """`(a, b)` as a target, and `(a)`, which is no tuple."""
    children = named(node)
    if len(children) == 1 and children[0].type != "list_splat_pattern" and not _has_comma(node):
        return lower(data, children[0], depth + 1)
    return n.TupleExpr(node.byte_range, lower_list(data, children, depth + 1))


def _has_comma(node: Node) -> bool:
    return any(c.type == "," for c in node.children)


def _list(data: bytes, node: Node, depth: int) -> n.Expr:
    """A list, or Python 2's backquotes, which were parsed as one for the sake of the calls inside them."""
    if data[node.start_byte] == _BACKQUOTE:
        return n.Unsupported(node.byte_range, "backquotes")
    return n.ListExpr(node.byte_range, lower_list(data, named(node), depth + 1))


def _set(data: bytes, node: Node, depth: int) -> n.Expr:
    return n.SetExpr(node.byte_range, lower_list(data, named(node), depth + 1))


def _dict(data: bytes, node: Node, depth: int) -> n.Expr:
    return n.DictExpr(node.byte_range, tuple([_pair(data, c, depth + 1) for c in named(node)]))


def _pair(data: bytes, node: Node, depth: int) -> tuple[n.Expr | None, n.Expr]:
    if node.type == "dictionary_splat":
        return None, _only_child(data, node, depth)
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key is None or value is None or (node.has_error and _is_broken(node)):
        return n.Unsupported(node.byte_range, "error"), n.Unsupported(node.byte_range, "error")
    return lower(data, key, depth), lower(data, value, depth)


def _starred(data: bytes, node: Node, depth: int) -> n.Expr:
    return n.Starred(node.byte_range, _only_child(data, node, depth))


def _slice(data: bytes, node: Node, depth: int) -> n.Expr:
    parts: list[n.Expr | None] = [None, None, None]
    place = 0
    for child in node.children:
        if child.type == ":":
            place += 1
        elif child.kind_id not in g.EXTRAS:
            parts[place] = lower(data, child, depth + 1)
    return n.Slice(node.byte_range, *parts)


# --- operators and the rest -------------------------------------------------------------------------------------------


def _unary(data: bytes, node: Node, depth: int) -> n.Expr:
    operand = node.child_by_field_name("argument")
    operator = node.children[0].type
    return n.UnaryOp(node.byte_range, operator, _operand(data, operand, node, depth))


def _operand(data: bytes, operand: Node | None, node: Node, depth: int) -> n.Expr:
    return n.Unsupported(node.byte_range, "error") if operand is None else lower(data, operand, depth + 1)


def _compare(data: bytes, node: Node, depth: int) -> n.Expr:
    operators = [" ".join(c.type.split()) for c in node.children_by_field_name("operators")]
    children = [_unstarred(c) for c in named(node)]
    if len(children) != len(operators) + 1:
        return n.Unsupported(node.byte_range, "error")
    operands = [lower(data, c, depth + 1) for c in children]
    ops = tuple(["!=" if o == "<>" else o for o in operators])
    return n.Compare((children[0].start_byte, node.end_byte), operands[0], ops, tuple(operands[1:]))


def _conditional(data: bytes, node: Node, depth: int) -> n.Expr:
    children = [_unstarred(c) for c in named(node)]
    if len(children) != 3:
        return n.Unsupported(node.byte_range, "error")
    body, test, orelse = [lower(data, c, depth + 1) for c in children]
    return n.IfExp((children[0].start_byte, node.end_byte), test, body, orelse)


def _unstarred(node: Node) -> Node:
    """The operand of a `*` that belongs to the whole expression."""
    children = named(node) if node.type == "list_splat" else []
    return children[0] if len(children) == 1 else node


def _lambda(data: bytes, node: Node, depth: int) -> n.Expr:
    parameters = node.child_by_field_name("parameters")
    body = _operand(data, node.child_by_field_name("body"), node, depth)
    return n.Lambda(node.byte_range, lower_parameters(data, parameters) if parameters else (), body)


def _comprehension(data: bytes, node: Node, depth: int) -> n.Expr:
    kind = _COMPREHENSIONS[node.type]
    body, *clause_nodes = named(node)
    if kind is n.ComprehensionKind.DICT:
        element, value = _pair(data, body, depth + 1)
    else:
        element, value = lower(data, body, depth + 1), None
    clauses: list[n.Clause] = []
    for clause in clause_nodes:
        if clause.type == "for_in_clause":
            clauses.append(_clause(data, clause, depth + 1))
        elif clause.type == "if_clause" and clauses:
            test, last = _only_child(data, clause, depth + 1), clauses[-1]
            span = (last.span[0], clause.end_byte)
            clauses[-1] = n.Clause(span, last.target, last.iterable, (*last.conditions, test))
    if element is None or not clauses:
        return n.Unsupported(node.byte_range, "error")
    return n.Comprehension(node.byte_range, kind, element, value, tuple(clauses))


def _clause(data: bytes, node: Node, depth: int) -> n.Clause:
    left, right = node.child_by_field_name("left"), node.children_by_field_name("right")
    iterables = [c for c in right if c.is_named]
    target = _operand(data, left, node, depth)
    if not iterables:
        return n.Clause(node.byte_range, target, n.Unsupported(node.byte_range, "error"), ())
    iterable = lower_index(data, iterables, iterables[0].start_byte, iterables[-1].end_byte, depth)
    return n.Clause(node.byte_range, target, iterable, ())


def _named_expression(data: bytes, node: Node, depth: int) -> n.Expr:
    name = node.child_by_field_name("name")
    value = _operand(data, node.child_by_field_name("value"), node, depth)
    return n.NamedExpr(node.byte_range, identifier(data, *name.byte_range) if name else "", value)


def _await(data: bytes, node: Node, depth: int) -> n.Expr:
    return n.Await(node.byte_range, _only_child(data, node, depth))


def _yield(data: bytes, node: Node, depth: int) -> n.Expr:
    children = node.children
    is_from = len(children) > 1 and children[1].type == "from"
    values = named(node)
    return n.Yield(node.byte_range, lower(data, values[0], depth + 1) if values else None, is_from)


def _bare_tuple(data: bytes, node: Node, depth: int) -> n.Expr:
    """`a, b` as a statement of its own, which has no node of its own."""
    children = named(node)
    return lower_index(data, children, node.start_byte, node.end_byte, depth) if children else _error(data, node, depth)


def _error(_data: bytes, node: Node, _depth: int) -> n.Expr:
    return n.Unsupported(node.byte_range, "error")


def _type(data: bytes, node: Node, depth: int) -> n.Expr:
    """An annotation; `X[int]`, `X | None` and `X[int].Y` have nodes of their own there."""
    return _only_child(data, node, depth)


def _generic_type(data: bytes, node: Node, depth: int) -> n.Expr:
    children = named(node)
    if len(children) != 2 or not (indices := named(children[1])):
        return n.Unsupported(node.byte_range, "error")
    commas = [c for c in children[1].children if c.type == ","]
    end = max(indices[-1].end_byte, commas[-1].end_byte if commas else 0)
    index = lower_index(data, indices, indices[0].start_byte, end, depth + 1)
    return n.Subscript(node.byte_range, lower(data, children[0], depth + 1), index)


def _union_type(data: bytes, node: Node, depth: int) -> n.Expr:
    sides = [lower(data, c, depth + 1) for c in named(node)]
    return n.BinaryOp(node.byte_range, sides[0], "|", sides[1]) if len(sides) == 2 else _error(data, node, depth)


def _member_type(data: bytes, node: Node, depth: int) -> n.Expr:
    children = named(node)
    if len(children) != 2:
        return n.Unsupported(node.byte_range, "error")
    return n.Attribute(node.byte_range, lower(data, children[0], depth + 1), identifier(data, *children[1].byte_range))


Handler: TypeAlias = "Callable[[bytes, Node, int], n.Expr]"
_TOLERANT = frozenset(("argument_list", "list", "tuple", "set", "dictionary", "string", "concatenated_string"))
_HANDLERS: dict[str, Handler] = {
    "identifier": _name,
    "integer": _number,
    "float": _number,
    "string": _string,
    "concatenated_string": _string,
    "true": _constant(True),
    "false": _constant(False),
    "none": _constant(None),
    "ellipsis": _constant(...),
    "parenthesized_expression": _parenthesized,
    "tuple": _tuple,
    "expression_list": _tuple,
    "pattern_list": _tuple,
    "tuple_pattern": _tuple_pattern,
    "list": _list,
    "list_pattern": _list,
    "set": _set,
    "dictionary": _dict,
    "list_splat": _starred,
    "list_splat_pattern": _starred,
    "splat_type": _starred,
    "slice": _slice,
    "unary_operator": _unary,
    "not_operator": _unary,
    "comparison_operator": _compare,
    "conditional_expression": _conditional,
    "lambda": _lambda,
    "list_comprehension": _comprehension,
    "set_comprehension": _comprehension,
    "dictionary_comprehension": _comprehension,
    "generator_expression": _comprehension,
    "named_expression": _named_expression,
    "await": _await,
    "yield": _yield,
    "expression_statement": _bare_tuple,
    "type": _type,
    "generic_type": _generic_type,
    "union_type": _union_type,
    "member_type": _member_type,
}
