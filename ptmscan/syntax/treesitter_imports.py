"""Import statements: tree-sitter nodes to the neutral skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.treesitter_nodes import identifier

if TYPE_CHECKING:
    from tree_sitter import Node

_FUTURE = g.kind("future_import_statement")
_ALIASED = g.kind("aliased_import")
_DOTTED_NAME = g.kind("dotted_name")
_WILDCARD = g.kind("wildcard_import")
_RELATIVE = g.kind("relative_import")
_PREFIX = g.kind("import_prefix")


def lower_import(data: bytes, node: Node) -> n.Import:
    """`import a.b as c, d`"""
    return n.Import(node.byte_range, _import_names(data, node.children))


def lower_import_from(data: bytes, node: Node) -> n.Stmt:
    """`from ..module import a as b`, `from __future__ import c`"""
    children = node.children
    if node.kind_id == _FUTURE:
        return n.ImportFrom(node.byte_range, "__future__", 0, _import_names(data, children))
    module, level, name = node.child_by_field_id(g.MODULE_NAME_FIELD), 0, ""
    if module is None:
        return n.Other(node.byte_range, "error")
    if module.kind_id == _RELATIVE:
        for child in module.children:
            if child.kind_id == _PREFIX:
                level = data[child.start_byte : child.end_byte].count(b".")
            elif child.kind_id == _DOTTED_NAME:
                name = _dotted(data, child)
    else:
        name = _dotted(data, module)
    if any(c.kind_id == _WILDCARD for c in children):
        return n.ImportFrom(node.byte_range, name, level, None)
    behind = [c for c in children if c.start_byte > module.start_byte]
    return n.ImportFrom(node.byte_range, name, level, _import_names(data, behind))


def _import_names(data: bytes, children: list[Node]) -> tuple[n.ImportName, ...]:
    found = []
    for child in children:
        if child.kind_id == _ALIASED:
            name, alias = child.children[0], child.children[-1]
            if name.kind_id == _DOTTED_NAME and alias.kind_id == g.IDENTIFIER:
                text = identifier(data, *alias.byte_range)
                found.append(n.ImportName(child.byte_range, _dotted(data, name), text))
        elif child.kind_id == _DOTTED_NAME and child.end_byte > child.start_byte:
            found.append(n.ImportName(child.byte_range, _dotted(data, child), None))
    return tuple(found)


def _dotted(data: bytes, node: Node) -> str:
    """`a . b` as `a.b`; newlines and comments may stand between in parentheses or behind a backslash."""
    if node.child_count == 1:
        return identifier(data, *node.byte_range)
    return ".".join([identifier(data, *c.byte_range) for c in node.children if c.kind_id == g.IDENTIFIER])
