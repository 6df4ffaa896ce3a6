"""Containers that functions change, in the flow of the module that calls them: `append()`, `append(rows)`.

Followed are functions of a module that change a container of the module, or what they are given, at one place, and of
which every call is a statement of the module's own flow. Such a call is a change of the container like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, content_changes, lookup, text_methods
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.bindings import locate
from ptmscan.analysis.blocks import returns
from ptmscan.analysis.index import MODULE_SCOPE, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.nested import children
from ptmscan.analysis.values import Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_CALLS = 8


@dataclass(frozen=True, slots=True)
class Changer:
    """A function that changes a container of its module (`parameter` None) or one that it is given, at one place."""

    function: int
    change: Binding
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class ChangingCall:
    """A statement of a module's own flow that calls a changer."""

    changer: Changer
    statement: n.Stmt
    call: n.Call

    def binding(self, name: str) -> Binding:
        """The call as a change of the object of a name."""
        function = self.changer.function
        end = self.statement.span[1]
        return Binding(name, BindingKind.MUTATION, end, self.statement, self.call.span, function=function)


class ChangesByCalls:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._changers: dict[str, dict[str | None, list[Changer]]] = {}
        self._calls: dict[tuple[str, int], tuple[ChangingCall, ...] | None] = {}
        self._given: dict[str, bytes] = {}
        self._passed: dict[tuple[str, str], tuple[tuple[int, ChangingCall], ...]] = {}

    def of_name(self, module: Module, name: str) -> tuple[ChangingCall, ...]:
        """The calls that change the container of a module's name."""
        found = [c for changer in self._all(module).get(name, ()) for c in self.calls_of(module, changer) or ()]
        return (*found, *(call for _, call in self.passed(module, name)))

    def changer(self, module: Module, binding: Binding) -> Changer | None:
        """What the function of a call changes that stands for a change of a name."""
        rows = [c for c in self._all(module).get(binding.name, ()) if c.function == binding.function]
        rows += [
            call.changer
            for _, call in self.passed(module, binding.name)
            if call.changer.function == binding.function and call.call.span == binding.value
        ]
        return rows[0] if len(rows) == 1 else None

    def is_changer(self, module: Module, function: int, name: str) -> bool:
        """Whether the changes that a function makes to a name's container are those of its calls."""
        return any(
            c.function == function and self.calls_of(module, c) is not None for c in self._all(module).get(name, ())
        )

    def passed(self, module: Module, text: str) -> tuple[tuple[int, ChangingCall], ...]:
        """The calls of changers that get the object of a dotted name, and where the end of that name begins."""
        changers = self._all(module).get(None)
        if not changers:
            return ()
        key = (module.path, text)
        if key not in self._passed:
            self._passed[key] = tuple(self._find_passed(module, text, changers))
        return self._passed[key]

    def _find_passed(self, module: Module, text: str, changers: list[Changer]) -> list[tuple[int, ChangingCall]]:
        if text.encode() not in self._arguments(module, changers):
            return []
        found: list[tuple[int, ChangingCall]] = []
        for changer in changers:
            for call in self.calls_of(module, changer) or ():
                taken = _argument(module.scope(changer.function), call.call, changer.parameter or "")
                same = [a for a in call.call.args if content_changes.dotted(a.value) == text]
                if taken is not None and len(same) == 1 and same[0].value is taken:
                    last = text.rpartition(".")[2]
                    found.append((taken.span[1] - len(last.encode()), call))
        return found

    def _arguments(self, module: Module, changers: list[Changer]) -> bytes:
        """The text behind the opening brackets of what may be calls of changers."""
        if module.path not in self._given:
            names = sorted({re.escape(module.scope(c.function).name.encode()) for c in changers})
            calls_of_names = re.compile(rb"(?<!\w)(?:%s)\(([^\n]*)" % b"|".join(names))
            self._given[module.path] = b"\n".join(calls_of_names.findall(module.source.data))
        return self._given[module.path]

    def calls_of(self, module: Module, changer: Changer) -> tuple[ChangingCall, ...] | None:
        """The calls of a changer; None where not all of them are statements of the module's own flow."""
        key = (module.path, changer.function)
        if key not in self._calls:
            cuts = self.ev.cuts
            found = self._find(module, changer)
            if self.ev.cuts != cuts:
                return found
            self._calls[key] = found
        rows = self._calls[key]
        return None if rows is None else tuple(replace(row, changer=changer) for row in rows)

    def _find(self, module: Module, changer: Changer) -> tuple[ChangingCall, ...] | None:
        function = module.scope(changer.function)
        positions = self.ev.moments.direct_calls(module, function)
        if positions is None or len(positions) > MAX_CALLS:
            return None
        found = [_statement_call(module, function, position) for position in positions]
        rows = [ChangingCall(changer, s, c) for s, c in (row for row in found if row is not None)]
        return tuple(rows) if len(rows) == len(found) else None

    def _all(self, module: Module) -> dict[str | None, list[Changer]]:
        """The changers of a module by the name whose container they change; under None those of what they are given."""
        if module.path not in self._changers:
            found: dict[str | None, list[Changer]] = {}
            for scope in module.index.scopes:
                if scope.kind is ScopeKind.FUNCTION and scope.parent == MODULE_SCOPE:
                    for name, changer in _changers(scope):
                        found.setdefault(name, []).append(changer)
            self._changers[module.path] = found
        return self._changers[module.path]


def _changers(scope: Scope) -> list[tuple[str | None, Changer]]:
    """What one function changes at one place, and under no condition that would have it do so twice."""
    found: list[tuple[str | None, Changer]] = []
    for name, sites in scope.bindings.items():
        if len(sites) != 1 or sites[0].kind is not BindingKind.MUTATION or name in scope.global_names:
            continue
        if not is_made_once(scope, sites[0].statement.span[0]):
            continue
        if any(p.name == name for p in scope.parameters):
            found.append((None, Changer(scope.id, sites[0], name)))
        else:
            found.append((name, Changer(scope.id, sites[0])))
    return found


def is_made_once(scope: Scope, position: int) -> bool:
    """Whether one run of a function comes to a place at most once, and nothing in it holds back exceptions."""
    return not any(isinstance(p.owner, (n.For, n.While, n.Try, n.With)) for p in locate(scope, position))


def is_made_surely(scope: Scope, statement: n.Stmt) -> bool:
    """Whether every run of a function that comes to its end makes a statement."""
    if not any(s is statement for s in scope.body):
        return False
    return not any(r.span[0] < statement.span[0] for r in returns(scope.body))


def after(ev: Evaluator, module: Module, binding: Binding, changer: Changer, before: Value) -> Value:
    """The container of a name after the call of a function that changes it."""
    function = module.scope(changer.function)
    name = changer.change.name

    def is_holder(expr: n.Expr) -> bool:
        return isinstance(expr, n.Name) and expr.id == name

    env = environment(ev, module, binding, function)
    changed = content_changes.after(ev, changer.change.statement, is_holder, before, env)
    return changed if is_made_surely(function, changer.change.statement) else join((before, changed))


def of_binding(ev: Evaluator, module: Module, binding: Binding, before: Value) -> Value:
    """The container of a module's name after a call that stands for a change of it."""
    changer = ev.changed_by_calls.changer(module, binding)
    if changer is None:
        return mapped(before, text_methods.weakened)
    return after(ev, module, binding, changer, before)


def environment(ev: Evaluator, module: Module, binding: Binding, function: Scope) -> Environment:
    """The environment of a function that a statement of its module's flow calls."""
    call = module.expression(binding.value or (0, 0))
    frame = ev.open_frame(module, function)
    if isinstance(call, n.Call):
        outer = lookup.environment(module, module.scope(MODULE_SCOPE), None)
        frame = calls.bind(ev, module, function, None, calls.evaluate_arguments(ev, call.args, outer), None) or frame
    return lookup.environment(module, function, frame)


def _argument(function: Scope, call: n.Call, parameter: str) -> n.Expr | None:
    """The expression that a call passes for a parameter by position or name."""
    if any(a.star for a in call.args):
        return None
    named = next((a.value for a in call.args if a.name == parameter), None)
    plain = [
        p.name for p in function.parameters if p.kind in (n.ParameterKind.POSITIONAL, n.ParameterKind.POSITIONAL_ONLY)
    ]
    given = [a.value for a in call.args if a.name is None]
    at = plain.index(parameter) if parameter in plain else len(given)
    return given[at] if at < len(given) else named


def _statement_call(module: Module, function: Scope, position: int) -> tuple[n.Stmt, n.Call] | None:
    """The statement `f(…)` or `x = f(…)` of the module's own flow whose call of a function stands at a place.

    None where something else runs in the statement, or where an exception of the function may be held back.
    """
    scope = module.scope(MODULE_SCOPE)
    places = locate(scope, position)
    place = places[-1]
    if not place.inside or any(isinstance(p.owner, (n.Try, n.With)) for p in places):
        return None
    statement = place.block[place.index]
    match statement:
        case n.ExprStmt(value=span):
            pass
        case n.Assign(value=span, targets=targets) if all(isinstance(t, n.Name) for t in targets):
            pass
        case _:
            return None
    call = module.expression(span)
    if not isinstance(call, n.Call) or not isinstance(call.func, n.Name) or call.func.span[0] != position:
        return None
    if len(scope.bindings.get(function.name, ())) != 1 or any(runs_code(a.value) for a in call.args):
        return None
    return statement, call


def runs_code(expr: n.Expr) -> bool:
    """Whether evaluating an expression may run code of a function."""
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, (n.Call, n.Comprehension, n.Lambda, n.NamedExpr, n.Await, n.Yield)):
            return True
        pending += children(node)
    return False
