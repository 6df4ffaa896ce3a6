"""What the tests around a place leave of a name: `if name == "bm25": … else: load(name)`.

A test says something of the value at the place if the name is the same at both: nothing on the way from the test, or
from a way out (`if name != "a": continue`), binds it. Only constants are left out: what an object holds may have
changed since the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis.bindings import Branch, Place, branch_of, guard_of, guards_before, locate
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.values import Alternative, Const, Frame, Locals, Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Binding, Scope
    from ptmscan.analysis.program import Module

# A value with more alternatives is left as it is.
MAX_NARROWED = 16


def narrowed(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, name: str, position: int, value: Value
) -> Value:
    """The value of a name at a place of its own scope's flow, without constants that a test rules out."""
    if not _is_worth_it(value) or module.index.outside_bindings.get((scope.id, name)):
        return value
    sites = scope.bindings.get(name, [])
    branches = [b for b, spans in _tests(scope, position) if not _binds(sites, spans)]
    branches = [b for b in branches if _mentions(module, b, name)]
    if not branches:
        return value
    kept = tuple(a for a in value.atoms if _passes(ev, module, scope, frame, name, a, branches))
    return value if len(kept) == len(value.atoms) else Value(kept, value.open_reason)


def _is_worth_it(value: Value) -> bool:
    """Whether there are constants that may be left out, and something else would stay."""
    several = len(value.atoms) > 1 or value.open_reason is not None
    return several and len(value.atoms) <= MAX_NARROWED and any(isinstance(a.atom, Const) for a in value.atoms)


def _passes(
    ev: Evaluator,
    module: Module,
    scope: Scope,
    frame: Frame | None,
    name: str,
    alternative: Alternative,
    branches: list[Branch],
) -> bool:
    """Whether control may come through the arms if the name has one of its values."""
    if not isinstance(alternative.atom, Const):
        return True
    env = Environment(module, scope.id, frame, ev.assumed(name, alternative))
    return all(ev.feasible(branch, env) for branch in branches)


def _tests(scope: Scope, position: int) -> Iterator[tuple[Branch, tuple[n.Span, ...]]]:
    """The arms that lead to a place, each with the spans in which the name must not be bound for it to hold there."""
    places = locate(scope, position)
    end = position
    for i, place in reversed(tuple(enumerate(places))):
        end = _end(place, end, is_last=i == len(places) - 1)
        branch = branch_of(scope, place)
        if branch is not None and place.owner is not None:
            before = branch.test if branch.match is None else (place.owner.span[0], place.block[0].span[0])
            yield branch, (before, (place.block[0].span[0], end))
        for guard in guards_before(place):
            yield guard_of(scope, guard), ((guard.span[0], end),)


def _end(place: Place, end: int, *, is_last: bool) -> int:
    """How far what comes before a place may stand: behind it only in a loop, which comes round to it again."""
    statement = place.block[place.index] if place.inside else None
    loops = isinstance(statement, n.While) or (isinstance(statement, n.For) and not is_last)
    return statement.span[1] if loops and statement is not None else end


def _binds(sites: list[Binding], spans: tuple[n.Span, ...]) -> bool:
    return any(start < site.position <= end for site in sites for start, end in spans)


def _mentions(module: Module, branch: Branch, name: str) -> bool:
    return re.search(rb"\b%s\b" % re.escape(name.encode()), module.source.data[slice(*branch.test)]) is not None


def locals_of(name: str, alternative: Alternative) -> Locals:
    """One value of a name, as if an expression bound it."""
    return Locals(((name, Value((alternative,))),))
