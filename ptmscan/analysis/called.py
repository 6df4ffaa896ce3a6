"""Calls as bindings: what a function binds under `global` or `nonlocal` is bound where the function is called.

Only functions are followed so whose every call stands in the flow of the scope that the name belongs to. What any other
function binds may be bound at any time: it stays in `Calls.others`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import lookup, moments
from ptmscan.analysis.bindings import Feasible, Reaching, always, at_end, locate, reaching
from ptmscan.analysis.blocks import completes, returns
from ptmscan.analysis.index import Binding, BindingKind, Scope, ScopeKind
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

Outside = tuple[tuple[int, Binding], ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """A scope in which calls bind a name, and the bindings by functions that may be called at any time."""

    scope: Scope
    others: Outside


class CalledBindings:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._calls: dict[tuple[str, int, str], Calls] = {}

    def of(self, module: Module, scope: Scope, name: str) -> Calls:
        """The scope with the calls that bind a name of it."""
        outside = module.index.outside_bindings.get((scope.id, name), ())
        changes = self.ev.changed_by_calls.of_name(module, name) if scope.kind is ScopeKind.MODULE else ()
        if not outside and not changes:
            return Calls(scope, ())
        key = (module.path, scope.id, name)
        if key in self._calls:
            return self._calls[key]
        cuts = self.ev.cuts
        found = self._find(module, scope, name, tuple(outside), [c.binding(name) for c in changes])
        if self.ev.cuts == cuts:
            self._calls[key] = found
        return found

    def _find(self, module: Module, scope: Scope, name: str, outside: Outside, changes: list[Binding]) -> Calls:
        sites = [*scope.bindings.get(name, ()), *changes]
        others: list[tuple[int, Binding]] = []
        functions = dict.fromkeys(where for where, _ in outside)
        positions = {f: self._positions(module, scope, module.scope(f)) for f in functions}
        taken: dict[int, int] = {}
        for found in positions.values():
            for start in {_start(scope, p) for p, _ in found or ()}:
                taken[start] = taken.get(start, 0) + 1
        for function in functions:
            bindings = [b for where, b in outside if where == function]
            found = positions[function]
            if found is None or any(lasting for _, lasting in found):
                others += [(function, b) for b in bindings]
            for position, lasting in found or ():
                if not lasting:
                    sure = taken[_start(scope, position)] == 1 and self._binds_surely(
                        module, scope, function, position, bindings
                    )
                    kind = BindingKind.CALLED if sure else BindingKind.PERHAPS_CALLED
                    statement = _statement(scope, position)
                    if statement is None:
                        return Calls(scope, outside)
                    # Whatever the rest of the statement reads, in whatever order, may be read behind the call.
                    start, place = statement.span[0] + 1, (position, position)
                    sites.append(Binding(name, kind, start, statement, place, function=function))
        sites.sort(key=lambda b: b.position)
        return Calls(replace(scope, bindings={name: sites}), tuple(others))

    def _positions(self, module: Module, scope: Scope, function: Scope) -> tuple[tuple[int, bool], ...] | None:
        """Where in the flow of a scope a function runs, and whether at any time after, too; None: at any time."""
        if scope.kind is ScopeKind.MODULE:
            found = self.ev.moments.of(module, function)
            return None if found is None else tuple((m.position, m.lasting) for m in found)
        found_inside = moments.calls_in_parent(module, function) if function.parent == scope.id else None
        return None if found_inside is None else tuple((position, False) for position in found_inside)

    def _binds_surely(
        self, module: Module, scope: Scope, function: int, position: int, bindings: list[Binding]
    ) -> bool:
        """Whether a call always comes to be made once its statement runs, and always binds the name."""
        owner = module.scope(function)
        if not moments.is_sure_call(module, scope, position, owner):
            return False
        exits = _exits(replace(owner, bindings={bindings[0].name: bindings}), bindings[0].name)
        return exits is not None and not any(row.falls for row in exits)


def within(
    ev: Evaluator, module: Module, flow: Calls, name: str, runner: Scope, positions: tuple[int, ...]
) -> list[Binding]:
    """The bindings by functions that a function may see when it runs, called at some places, but for those before."""
    found = [b for _, b in flow.others]
    starts = {_start(flow.scope, position) + 1 for position in positions}
    sites = flow.scope.bindings.get(name, ())
    changing = [b for b in sites if b.kind is BindingKind.MUTATION and b.function not in (None, runner.id)]
    found += [b for b in changing if b.statement.span[0] + 1 in starts]
    if follows_itself(ev, module, runner, name):
        return found
    # Called by it, or on the way to it: what they bind need not be what they leave behind.
    called = [b for b in sites if b.kind is not BindingKind.MUTATION and b.position in starts]
    functions = {b.function for b in called if b.function is not None}
    outside = module.index.outside_bindings.get((flow.scope.id, name), ())
    return [*found, *(b for where, b in outside if where in functions)]


def follows_itself(ev: Evaluator, module: Module, scope: Scope, name: str) -> bool:
    """Whether nobody but a function binds a `global` or `nonlocal` name while it runs, and it does."""
    found = [
        (owner, rows)
        for (owner, wanted), rows in module.index.outside_bindings.items()
        if wanted == name and any(where == scope.id for where, _ in rows)
    ]
    if len(found) != 1 or any(where != scope.id for where, _ in found[0][1]):
        return False
    owner = module.scope(found[0][0])
    if owner.kind is ScopeKind.MODULE:
        return ev.moments.is_entered_once(module, scope)
    return scope.parent == owner.id and moments.calls_in_parent(module, scope) is not None


def own_flow(
    ev: Evaluator, module: Module, scope: Scope, name: str, position: int, feasible: Feasible
) -> Reaching | None:
    """The bindings of a `global` or `nonlocal` name that the function itself made before a place in it.

    None where somebody else may have bound the name in the meantime, or when the function binds it nowhere.
    """
    if not follows_itself(ev, module, scope, name):
        return None
    rows = [
        b
        for (_, wanted), found in module.index.outside_bindings.items()
        if wanted == name
        for w, b in found
        if w == scope.id
    ]
    return reaching(replace(scope, bindings={name: rows}), name, position, feasible)


def left_behind(ev: Evaluator, module: Module, scope: Scope, binding: Binding) -> list[Binding]:
    """The bindings that a call of a function, made in the flow of a scope, may leave in force."""
    function = module.scope(binding.function or 0)
    rows = [b for where, b in module.index.outside_bindings[scope.id, binding.name] if where == function.id]
    position = binding.value[0] if binding.value is not None else binding.position
    caught = any(isinstance(place.owner, (n.Try, n.With)) for place in locate(scope, position))
    if caught or not moments.is_named(module, function, position):
        # What an exception leaves behind that somebody else catches.
        return rows
    env = lookup.environment(module, function, ev.open_frame(module, function))
    exits = _exits(replace(function, bindings={binding.name: rows}), binding.name, lambda b: ev.feasible(b, env))
    if exits is None:
        return rows
    return list({id(b): b for row in exits for b in row.sites}.values())


def _exits(scope: Scope, name: str, feasible: Feasible = always) -> list[Reaching] | None:
    """The bindings in force at each way out of a function; None where something runs between `return` and the end."""
    found = [at_end(scope, name, feasible)] if completes(scope.body) else []
    for statement in returns(scope.body):
        position = statement.span[1] - 1
        if any(isinstance(place.owner, n.Try) and place.owner.finalbody for place in locate(scope, position)):
            return None
        found.append(reaching(scope, name, position, feasible))
    return found


def _start(scope: Scope, position: int) -> int:
    """Where the statement that holds a place begins; the place itself where none does."""
    statement = _statement(scope, position)
    return position if statement is None else statement.span[0]


def _statement(scope: Scope, position: int) -> n.Stmt | None:
    place = locate(scope, position)[-1]
    return place.block[place.index] if place.inside else None
