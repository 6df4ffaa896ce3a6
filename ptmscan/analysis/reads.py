"""Reads of containers in the flow of a module: what comes after a read changes nothing of what it gave.

Followed are reads in the own flow of a module that runs once, and those of its functions of which all calls are in
that flow. What is kept of the container (`y = rows`, a view, what a function takes) may be looked at later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis.bindings import locate
from ptmscan.analysis.holders import MAX_DEPTH, Level, Use, UseKind
from ptmscan.analysis.index import MODULE_SCOPE
from ptmscan.analysis.moments import end_of_loop, outermost
from ptmscan.analysis.nested import children, statement_expression
from ptmscan.analysis.occurrence import Occurrence
from ptmscan.analysis.values import Mapping, Sequence, Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# Containers with more items are not looked into.
MAX_ITEMS = 64
# Functions and methods that take what a generator gives before they return.
_EAGER = frozenset(
    ["all", "any", "dict", "frozenset", "join", "list", "max", "min", "next", "set", "sorted", "sum", "tuple"]
)


@dataclass(frozen=True, slots=True)
class Read:
    """A read in the flow of a module, over at the byte position `end`.

    `kept`: of what is so deep in the container, something is kept; `is_change`: the container is changed there.
    """

    path: str
    end: int
    kept: int
    is_change: bool

    def is_over(self, ev: Evaluator, where: tuple[str, int] | None) -> bool:
        """Whether what stands at a place comes to be done after the read only."""
        if where is None or where[0] != self.path:
            return False
        module = ev.program.get(self.path)
        function = outermost(module, module.index.scope_at(where[1]))
        if function is None:
            return where[1] >= self.end
        return not ev.moments.before(module, function, self.end)


def of_place(ev: Evaluator, env: Environment, offset: int, name: str) -> Read | None:
    """The read of a name or attribute that stands at a place; None where the time of it is not known."""
    module = env.module
    here = module.scope(env.scope)
    data = module.source.data
    if env.deferred is not None or data[offset : offset + len(name.encode())] != name.encode():
        return None
    if not ev.sharing.is_run_once(module.path) or module.index.scope_at(offset) is not here:
        return None
    if _is_put_off(module, offset, env):
        return None
    function = outermost(module, here)
    if function is None:
        positions: tuple[int, ...] = (offset,)
    else:
        times = ev.moments.of(module, here)
        if not times or any(m.lasting for m in times):
            return None
        positions = tuple(m.position for m in times)
    end = max(_end(module, p) for p in positions)
    uses = tuple(Occurrence(ev, module, here, offset, name, own=True).uses())
    return Read(module.path, end, _kept(uses), any(u.kind is UseKind.CHANGE for u in uses))


def has_gaps(value: Value) -> bool:
    """Whether a container is not fully known, or one in it."""
    for a in value.atoms:
        match a.atom:
            case Sequence(items=items, complete=complete):
                parts = items
            case Mapping(items=pairs, complete=complete):
                parts = tuple(v for _, v in pairs)
            case _:
                continue
        if not complete or (len(parts) <= MAX_ITEMS and any(has_gaps(v) for v in parts)):
            return True
    return False


def _end(module: Module, position: int) -> int:
    """Where the statement ends that holds a position of the module's own flow, and the loops around it."""
    place = locate(module.scope(MODULE_SCOPE), position)[-1]
    end = place.block[place.index].span[1] if place.inside else position
    return max(end, end_of_loop(module, position))


def _is_put_off(module: Module, offset: int, env: Environment) -> bool:
    """Whether a place is in a generator that runs later, or in what else does."""
    span = statement_expression(module.scope(env.scope), (offset, offset + 1))
    node = module.expression(span) if span is not None else None
    above: n.Expr | None = None
    while node is not None:
        if isinstance(node, n.Lambda):
            return True
        if isinstance(node, n.Comprehension) and node.kind is n.ComprehensionKind.GENERATOR:
            func = above.func if isinstance(above, n.Call) else None
            called = func.attr if isinstance(func, n.Attribute) else func.id if isinstance(func, n.Name) else ""
            if called not in _EAGER:
                return True
        inner = next((c for c in children(node) if c.span[0] <= offset < c.span[1]), None)
        if isinstance(inner, n.Attribute) and inner.attr == "keys" and inner.value.span[1] > offset:
            return True
        above, node = node, inner
    return False


def _kept(uses: tuple[Use, ...]) -> int:
    """How deep in a container lies what its uses at one place keep of it; behind all depths where that is nothing."""
    depths = [MAX_DEPTH + 1]
    for use in uses:
        match use.kind:
            case UseKind.ESCAPE:
                depths.append(use.level[1])
            case UseKind.ALIAS | UseKind.RETURN:
                depths.append(_depth(use.level))
            case _:
                pass
    return min(depths)


def _depth(level: Level) -> int:
    """The depth of what is kept; a new container around it may be one that looks at the old one, as a view does."""
    layers, depth = level
    return 0 if layers else depth
