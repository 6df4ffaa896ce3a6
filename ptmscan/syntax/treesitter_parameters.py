"""Parameters of functions and lambdas: tree-sitter nodes to the neutral tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax.treesitter_nodes import identifier, inner_span

if TYPE_CHECKING:
    from tree_sitter import Node


def lower_parameters(data: bytes, node: Node) -> tuple[n.Parameter, ...]:
    """The parameters of a function or lambda, in order."""
    found: list[n.Parameter] = []
    kind = n.ParameterKind.POSITIONAL
    for child in node.named_children:
        if child.type == "positional_separator":
            found = [
                n.Parameter(p.span, p.name, n.ParameterKind.POSITIONAL_ONLY, p.default, p.annotation) for p in found
            ]
        elif child.type == "keyword_separator":
            kind = n.ParameterKind.KEYWORD_ONLY
        else:
            parameter = _parameter(data, child, kind)
            if parameter is not None:
                found.append(parameter)
                if parameter.kind is n.ParameterKind.VAR_POSITIONAL:
                    kind = n.ParameterKind.KEYWORD_ONLY
    return tuple(found)


def _parameter(data: bytes, node: Node, kind: n.ParameterKind) -> n.Parameter | None:
    name: Node | None = node
    default = annotation = None
    if node.type in ("default_parameter", "typed_default_parameter"):
        name, default = node.child_by_field_name("name"), node.child_by_field_name("value")
        annotation = node.child_by_field_name("type")
    elif node.type == "typed_parameter":
        name, annotation = node.named_children[0], node.child_by_field_name("type")
    if name is None:
        return None
    if name.type in ("list_splat_pattern", "dictionary_splat_pattern"):
        is_list = name.type == "list_splat_pattern"
        kind = n.ParameterKind.VAR_POSITIONAL if is_list else n.ParameterKind.VAR_KEYWORD
        name = name.named_children[0]
    elif name.type not in ("identifier", "tuple_pattern"):
        return None
    text = identifier(data, *name.byte_range) if name.type == "identifier" else ""
    spans = [inner_span(x) if x is not None else None for x in (default, annotation)]
    return n.Parameter(node.byte_range, text, kind, spans[0], spans[1])
