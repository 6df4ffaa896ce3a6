"""Patterns of `match`: tree-sitter nodes to the neutral tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.treesitter_expressions import MAX_DEPTH, lower
from ptmscan.syntax.treesitter_nodes import identifier

if TYPE_CHECKING:
    from tree_sitter import Node


def lower_case_pattern(data: bytes, patterns: list[Node], *, bare_sequence: bool) -> n.Pattern:
    """The pattern of one `case`; with a bare comma (`case a, *rest`) its parts are a sequence."""
    lowered = [_pattern(data, p, 0) for p in patterns]
    if bare_sequence or len(lowered) != 1:
        return n.PatternSequence(tuple(lowered))
    return lowered[0]


def _parts(node: Node) -> list[Node]:
    return [c for c in node.named_children if c.kind_id not in g.EXTRAS]


def _unknown(node: Node, kind: str | None = None) -> n.Pattern:
    return n.PatternValue(n.Unsupported(node.byte_range, kind or ("error" if node.has_error else node.type)))


def _pattern(data: bytes, node: Node, depth: int) -> n.Pattern:
    if depth > MAX_DEPTH:
        return _unknown(node, "too-deep")
    if node.is_error or node.is_missing:
        return _unknown(node, "error")
    match node.type:
        case "case_pattern":
            return _case_pattern(data, node, depth)
        case "_":
            return n.PatternCapture(None)
        case "dotted_name":
            return _dotted(data, node)
        case "as_pattern":
            return _as(data, node, depth)
        case "union_pattern":
            return n.PatternOr(tuple([_signed(data, group, depth + 1) for group in _alternatives(node)]))
        case "list_pattern" | "tuple_pattern":
            return _sequence(data, node, depth)
        case "splat_pattern":
            return n.PatternStar(_splat_name(data, node))
        case "dict_pattern":
            return _mapping(data, node, depth)
        case "class_pattern":
            return _class(data, node, depth)
        case "complex_pattern":
            return n.PatternValue(_complex(data, node))
        case _:
            return n.PatternValue(lower(data, node, depth))


def _case_pattern(data: bytes, node: Node, depth: int) -> n.Pattern:
    children = [c for c in node.children if c.kind_id not in g.EXTRAS]
    return _signed(data, children, depth + 1) if children else _unknown(node, "error")


def _signed(data: bytes, children: list[Node], depth: int) -> n.Pattern:
    """`-1` has no node of its own in a pattern: its minus is a sibling."""
    last = children[-1]
    if len(children) == 2 and children[0].type == "-":
        span = (children[0].start_byte, last.end_byte)
        return n.PatternValue(n.UnaryOp(span, "-", lower(data, last, depth)))
    return _pattern(data, last, depth) if len(children) == 1 else _unknown(last, "error")


def _alternatives(node: Node) -> list[list[Node]]:
    groups: list[list[Node]] = [[]]
    for child in node.children:
        if child.type == "|":
            groups.append([])
        elif child.kind_id not in g.EXTRAS:
            groups[-1].append(child)
    return [g for g in groups if g]


def _dotted(data: bytes, node: Node) -> n.Pattern:
    names = [c for c in node.named_children if c.type == "identifier"]
    if len(names) == 1:
        name = identifier(data, *names[0].byte_range)
        return n.PatternCapture(None if name == "_" else name)
    return n.PatternValue(_dotted_expr(data, names))


def _dotted_expr(data: bytes, names: list[Node]) -> n.Expr:
    value: n.Expr = n.Name(names[0].byte_range, identifier(data, *names[0].byte_range))
    for name in names[1:]:
        span = (names[0].start_byte, name.end_byte)
        value = n.Attribute(span, value, identifier(data, *name.byte_range))
    return value


def _as(data: bytes, node: Node, depth: int) -> n.Pattern:
    children = _parts(node)
    if len(children) != 2:
        return _unknown(node, "error")
    return n.PatternAs(_pattern(data, children[0], depth + 1), identifier(data, *children[1].byte_range))


def _sequence(data: bytes, node: Node, depth: int) -> n.Pattern:
    children = _parts(node)
    items = [_pattern(data, c, depth + 1) for c in children]
    grouped = node.type == "tuple_pattern" and len(items) == 1 and not any(c.type == "," for c in node.children)
    if grouped and not isinstance(items[0], n.PatternStar):
        return items[0]
    return n.PatternSequence(tuple(items))


def _splat_name(data: bytes, node: Node) -> str | None:
    name = identifier(data, *node.children[-1].byte_range)
    return None if name == "_" else name


def _mapping(data: bytes, node: Node, depth: int) -> n.Pattern:
    items: list[tuple[n.Expr, n.Pattern]] = []
    key: list[Node] = []
    rest = None
    for place, child in enumerate(node.children):
        field = node.field_name_for_child(place)
        if field == "key" or child.type == "-":
            key.append(child)
        elif field == "value":
            items.append((_key(data, key, depth), _pattern(data, child, depth + 1)))
            key = []
        elif child.type == "splat_pattern":
            rest = _splat_name(data, child)
    return n.PatternMapping(tuple(items), rest)


def _key(data: bytes, children: list[Node], depth: int) -> n.Expr:
    pattern = _signed(data, children, depth + 1) if children else n.PatternCapture(None)
    span = (children[0].start_byte, children[-1].end_byte) if children else (0, 0)
    return pattern.value if isinstance(pattern, n.PatternValue) else n.Unsupported(span, "error")


def _class(data: bytes, node: Node, depth: int) -> n.Pattern:
    positional: list[n.Pattern] = []
    keywords: list[tuple[str, n.Pattern]] = []
    name, *arguments = _parts(node)
    for argument in arguments:
        inner = [c for c in argument.children if c.kind_id not in g.EXTRAS]
        if len(inner) == 1 and inner[0].type == "keyword_pattern":
            keywords.append(_keyword(data, inner[0], depth + 1))
        else:
            positional.append(_pattern(data, argument, depth + 1))
    names = [c for c in name.named_children if c.type == "identifier"]
    cls = _dotted_expr(data, names) if names else n.Unsupported(name.byte_range, "error")
    return n.PatternClass(cls, tuple(positional), tuple(keywords))


def _keyword(data: bytes, node: Node, depth: int) -> tuple[str, n.Pattern]:
    children = [
        c for c in node.children if c.kind_id not in g.EXTRAS
    ]  # name, `=`, then the pattern, maybe with a minus
    return identifier(data, *children[0].byte_range), _signed(data, children[2:], depth)


def _complex(data: bytes, node: Node) -> n.Expr:
    """`-1 + 2j`"""
    children = [c for c in node.children if c.kind_id not in g.EXTRAS]
    negative = children[0].type == "-"
    *_, left, operator, right = children
    real = lower(data, left)
    if negative:
        real = n.UnaryOp((node.start_byte, left.end_byte), "-", real)
    return n.BinaryOp(node.byte_range, real, operator.type, lower(data, right))
