"""Call sites, references and walrus expressions among the nodes of one libCST tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from ptmscan.syntax.libcst_expressions import identifier


def last_name(node: cst.CSTNode) -> str | None:
    """`m` of `a.b.m`, `f` of `f`; None for what does not end in a name."""
    if isinstance(node, cst.Attribute):
        return identifier(node.attr.value)
    return identifier(node.value) if isinstance(node, cst.Name) else None


def reads(nodes: Iterable[cst.CSTNode]) -> list[cst.Name | cst.Attribute]:
    """The names and attributes that are read, and not as the callee of a call."""
    everything = list(nodes)
    others = {id(other) for node in everything for other in _not_read(node)}
    return [node for node in everything if isinstance(node, cst.Name | cst.Attribute) and id(node) not in others]


def _not_read(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What stands directly in `node` as a callee, a target, a definition, a keyword or a part of a dotted name."""
    match node:
        case cst.Call():
            yield node.func
        case cst.Attribute():
            yield node.attr
        case cst.AssignTarget() | cst.AugAssign() | cst.AnnAssign() | cst.For() | cst.CompFor() | cst.Del():
            yield from _targets(node.target)
        case cst.AsName():
            yield from _targets(node.name)
        case cst.Param() | cst.FunctionDef() | cst.ClassDef() | cst.NameItem() | cst.TypeAlias():
            yield node.name
        case cst.TypeVar() | cst.TypeVarTuple() | cst.ParamSpec():
            yield node.name
        case cst.Arg(keyword=cst.Name() as keyword):
            yield keyword
        case cst.NamedExpr():
            yield node.target
        case cst.ImportAlias() | cst.ImportFrom() | cst.MatchPattern() | cst.MatchStar() | cst.MatchKeywordElement():
            yield from _descendants(node)
        case _:
            pass


def _targets(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    pending = [node]
    while pending:
        target = pending.pop()
        yield target
        if isinstance(target, cst.Tuple | cst.List):
            pending.extend([element.value for element in target.elements])


def _descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    pending = list(node.children)
    while pending:
        inner = pending.pop()
        yield inner
        pending.extend(inner.children)
