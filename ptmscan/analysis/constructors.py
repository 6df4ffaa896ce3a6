"""The activation of a constructor that a class inherits: what `super().__init__(…)` in the classes below passes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, lookup
from ptmscan.analysis.values import Atom, BoundMethod, ClassRef, Frame, FunctionRef, Instance
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module

MAX_LEVELS = 8
_NAME = re.compile(rb"__init__")


def own(ev: Evaluator, cls: ClassRef) -> ClassRef | None:
    """The class whose constructor runs first for an object of a class: its own, or the nearest inherited one."""
    return next((c for c in classes.mro(ev, cls) if isinstance(c, ClassRef) and _init(ev, c) is not None), None)


def inherited(ev: Evaluator, instance: Instance, owner: ClassRef) -> Frame | None:
    """The activation of the constructor of a class above that making an object leads to.

    None where no constructor on the way calls the next one, or several calls may be the one.
    """
    first = own(ev, instance.cls)
    wanted = _init(ev, owner)
    if first is None or wanted is None or instance.arguments is None:
        return None
    module, scope = classes.class_scope(ev, first)[0], _init(ev, first)
    if scope is None or (module.path, scope.id) == (owner.path, wanted.id):
        return None
    parent = first.frame or ev.open_frame(module, module.scope(first.scope))
    frame = calls.bind(ev, module, scope, parent, instance.arguments, instance)
    return None if frame is None else _above(ev, module, scope, frame, (owner.path, wanted.id), MAX_LEVELS)


def _init(ev: Evaluator, cls: ClassRef) -> Scope | None:
    """The scope of the constructor that a class itself defines, by one statement without decorators."""
    module, scope = classes.class_scope(ev, cls)
    sites = scope.bindings.get("__init__", ())
    if len(sites) != 1 or not isinstance(sites[0].statement, n.FunctionDef) or sites[0].statement.decorators:
        return None
    return module.scope(module.index.scope_of_definition(sites[0].statement))


def _above(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame, wanted: tuple[str, int], levels: int
) -> Frame | None:
    """The activation that a running constructor leads to, directly or through others."""
    found: list[Frame] = []
    for call in _calls(module, scope):
        target = _called(ev, module, scope, frame, call)
        if target is None:
            continue
        path, number, bound = target
        if (path, number) == wanted:
            found.append(bound)
        elif levels and (next_one := ev.program.module(path)) is not None:
            further = _above(ev, next_one, next_one.scope(number), bound, wanted, levels - 1)
            found += [further] if further is not None else []
    return found[0] if len(found) == 1 else None


def _calls(module: Module, scope: Scope) -> list[n.Call]:
    """The calls of an `__init__` in a constructor's own statements."""
    spans = [s for s in module.calls(_NAME) if scope.span[0] <= s[0] < scope.span[1]]
    nodes = (module.expression(s) for s in spans if module.index.scope_at(s[0]) is scope)
    return [c for c in nodes if isinstance(c, n.Call) and isinstance(c.func, n.Attribute) and c.func.attr == "__init__"]


def _called(ev: Evaluator, module: Module, scope: Scope, frame: Frame, call: n.Call) -> tuple[str, int, Frame] | None:
    """The constructor of the repository that a call means, with its activation."""
    env = lookup.environment(module, scope, frame)
    receiver: Atom | None = None
    match ev.evaluate(call.func, env).single():
        case BoundMethod(function=callee, receiver=receiver):
            pass
        case FunctionRef() as callee:
            pass
        case _:
            return None
    target = ev.program.get(callee.path)
    given = calls.evaluate_arguments(ev, call.args, env)
    bound = calls.bind(ev, target, target.scope(callee.scope), callee.frame, given, receiver, (env, call.span))
    return None if bound is None else (callee.path, callee.scope, bound)
