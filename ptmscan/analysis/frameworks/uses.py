"""Calls of a followed object's methods, wherever they stand: `parser.add_argument(…)`, `config.read(…)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, lookup
from ptmscan.analysis.values import Arguments, External, Made
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_MODULES = 32


@dataclass(frozen=True, slots=True)
class Use:
    """One call of a method: where it stands, with its arguments evaluated there."""

    method: str
    arguments: Arguments
    env: Environment
    span: n.Span


def calls_on(ev: Evaluator, made: Made, methods: re.Pattern[bytes]) -> Iterator[Use]:
    """The calls of methods (the pattern is their names) on an object, in the module that made it, then in others."""
    named = methods.pattern.decode().split("|")
    mentioned = {path for paths in ev.program.mentions(named).values() for path in paths}
    others = sorted(mentioned - {made.path})[:MAX_MODULES]
    for path in (*((made.path,) if made.path in mentioned else ()), *others):
        module = ev.program.module(path)
        if module is not None:
            yield from _calls_in(ev, made, methods, module)


def _calls_in(ev: Evaluator, made: Made, methods: re.Pattern[bytes], module: Module) -> Iterator[Use]:
    for span in module.calls(methods):
        call = module.expression(span)
        if not isinstance(call, n.Call) or not isinstance(call.func, n.Attribute):
            continue
        env = open_environment(ev, module, span)
        if may_be(ev, call.func.value, env, made):
            yield Use(call.func.attr, calls.evaluate_arguments(ev, call.args, env), env, span)


def open_environment(ev: Evaluator, module: Module, span: n.Span) -> Environment:
    """The environment of a place whose callers are not known."""
    scope = module.index.scope_at(span[0])
    return lookup.environment(module, scope, ev.open_frame(module, scope))


def may_be(ev: Evaluator, receiver: n.Expr, env: Environment, made: Made) -> bool:
    """Whether a receiver may be the object: it is, or it cannot be followed."""
    value = ev.evaluate(receiver, env)
    found = [a.atom for a in value.atoms if isinstance(a.atom, Made)]
    if found:
        return any((m.path, m.span) == (made.path, made.span) for m in found)
    if any(isinstance(a.atom, External) for a in value.atoms):
        return False
    return value.open_reason is not None
