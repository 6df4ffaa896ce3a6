"""Parameters of functions and lambdas: tree-sitter nodes to the neutral tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.treesitter_nodes import identifier, inner_span

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFAULTED = frozenset((g.DEFAULT_PARAMETER, g.TYPED_DEFAULT_PARAMETER))
_SPLATS = {
    g.LIST_SPLAT_PATTERN: n.ParameterKind.VAR_POSITIONAL,
    g.DICTIONARY_SPLAT_PATTERN: n.ParameterKind.VAR_KEYWORD,
}


def lower_parameters(data: bytes, node: Node) -> tuple[n.Parameter, ...]:
    """The parameters of a function or lambda, in order."""
    found: list[n.Parameter] = []
    kind = n.ParameterKind.POSITIONAL
    for child in node.children:
        if child.kind_id == g.IDENTIFIER:
            start, end = span = child.byte_range
            found.append(n.Parameter(span, identifier(data, start, end), kind, None, None))
        elif child.kind_id == g.POSITIONAL_SEPARATOR:
            found = [replace(p, kind=n.ParameterKind.POSITIONAL_ONLY) for p in found]
        elif child.kind_id == g.KEYWORD_SEPARATOR:
            kind = n.ParameterKind.KEYWORD_ONLY
        elif child.is_named and (parameter := _parameter(data, child, kind)):
            found.append(parameter)
            if parameter.kind is n.ParameterKind.VAR_POSITIONAL:
                kind = n.ParameterKind.KEYWORD_ONLY
    return tuple(found)


def _parameter(data: bytes, node: Node, kind: n.ParameterKind) -> n.Parameter | None:
    """Anything but a bare name; None for what is no parameter."""
    name: Node | None = node
    default = annotation = None
    if node.kind_id in _DEFAULTED:
        name, default = node.child_by_field_id(g.NAME_FIELD), node.child_by_field_id(g.VALUE_FIELD)
        annotation = node.child_by_field_id(g.TYPE_FIELD)
    elif node.kind_id == g.TYPED_PARAMETER:
        name, annotation = node.children[0], node.child_by_field_id(g.TYPE_FIELD)
    if name is None:
        return None
    if splat := _SPLATS.get(name.kind_id):
        kind, name = splat, name.children[-1]
    elif name.kind_id not in (g.IDENTIFIER, g.TUPLE_PATTERN):
        return None
    text = identifier(data, *name.byte_range) if name.kind_id == g.IDENTIFIER else ""
    default_span = None if default is None else inner_span(default)
    return n.Parameter(
        node.byte_range, text, kind, default_span, None if annotation is None else inner_span(annotation)
    )
