"""Whether two neutral trees mean the same, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from ptmscan.syntax import nodes as n

_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple([f.name for f in fields(kind) if f.name != "span"])
    for kind in vars(n).values()
    if isinstance(kind, type) and is_dataclass(kind)
}


def same(left: object, right: object) -> bool:
    """Whether two trees, or tuples of them, are equal but for their spans.

    The kind of an Unsupported does not count: each parser calls what it cannot lower by its own name.
    """
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, n.Unsupported):
        return True
    if isinstance(left, n.Parameter) and isinstance(right, n.Parameter):
        return _outline(left) == _outline(right)
    names = _FIELDS.get(type(left))
    if names is None:
        return left == right
    return all(same(getattr(left, name), getattr(right, name)) for name in names)


def _outline(parameter: n.Parameter) -> tuple[object, ...]:
    return parameter.name, parameter.kind, parameter.default is None, parameter.annotation is None


def calls_in(tree: n.Expr) -> Iterator[n.Call]:
    """Every call in a tree. Defaults of lambda parameters are spans, hence not searched."""
    pending: list[object] = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)
        elif type(item) in _FIELDS:
            if isinstance(item, n.Call):
                yield item
            pending.extend([getattr(item, name) for name in _FIELDS[type(item)]])
