"""Import statements: tree-sitter nodes to the neutral skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax.treesitter_nodes import identifier

if TYPE_CHECKING:
    from tree_sitter import Node


def lower_import(data: bytes, node: Node) -> n.Import:
    """`import a.b as c, d`"""
    return n.Import(node.byte_range, _import_names(data, node))


def _import_names(data: bytes, node: Node) -> tuple[n.ImportName, ...]:
    found = []
    for child in node.children_by_field_name("name"):
        if child.type == "aliased_import":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None and alias is not None:
                text = identifier(data, *alias.byte_range)
                found.append(n.ImportName(child.byte_range, _dotted(data, name), text))
        elif child.type == "dotted_name" and child.end_byte > child.start_byte:
            found.append(n.ImportName(child.byte_range, _dotted(data, child), None))
    return tuple(found)


def _dotted(data: bytes, node: Node) -> str:
    """`a . b` as `a.b`; newlines and comments may stand between in parentheses or behind a backslash."""
    if node.child_count == 1:
        return identifier(data, *node.byte_range)
    return ".".join([identifier(data, *c.byte_range) for c in node.named_children if c.type == "identifier"])


def lower_import_from(data: bytes, node: Node) -> n.Stmt:
    """`from ..module import a as b`, `from __future__ import c`"""
    if node.type == "future_import_statement":
        return n.ImportFrom(node.byte_range, "__future__", 0, _import_names(data, node))
    module, level, name = node.child_by_field_name("module_name"), 0, ""
    if module is None:
        return n.Other(node.byte_range, "error")
    if module.type == "relative_import":
        for child in module.named_children:
            if child.type == "import_prefix":
                level = data[child.start_byte : child.end_byte].count(b".")
            elif child.type == "dotted_name":
                name = _dotted(data, child)
    else:
        name = _dotted(data, module)
    star = any(c.type == "wildcard_import" for c in node.named_children)
    return n.ImportFrom(node.byte_range, name, level, None if star else _import_names(data, node))
