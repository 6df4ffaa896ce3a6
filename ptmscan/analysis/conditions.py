"""Whether an arm of a statement can be taken, as far as its test or its pattern can be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers, exceptions, lookup, operations, patterns
from ptmscan.analysis.alternatives import combine
from ptmscan.analysis.bindings import Branch, locate
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def can_be_taken(ev: Evaluator, branch: Branch, env: Environment) -> bool:
    """Whether an arm can be taken; True when that is not known."""
    if branch.raising is not None and branch.handler is not None:
        return exceptions.may_raise(ev, branch.raising, branch.handler, env)
    if branch.tried is not None and branch.handler is not None:
        return exceptions.may_be_entered(ev, branch.tried, branch.handler, env)
    if branch.swallows:
        return operations.may_swallow(ev.evaluate_span(branch.test, env))
    if branch.match is not None and branch.case is not None:
        return _case_can_be_taken(ev, branch.match, branch.case, env)
    if branch.skips:
        items = ev.evaluate_span(branch.test, env)
        return not (
            items.atoms and containers.covered(items) and all(containers.members(a.atom).items for a in items.atoms)
        )
    if branch.entry is not None:
        answer = _truth_at_entry(ev, branch.entry, env.module.expression(branch.test), env)
        return answer is None or answer is branch.taken
    answer = truth_of(ev, env.module.expression(branch.test), env)
    return answer is None or answer is branch.taken


def truth_of(ev: Evaluator, expr: n.Expr, env: Environment) -> bool | None:
    """Whether an expression is true; None when that is not known. Of `x and y` one that is false decides."""
    match expr:
        case n.BoolOp(op=op, left=left, right=right):
            parts = [truth_of(ev, left, env), truth_of(ev, right, env)]
            deciding = op == "or"
            return deciding if deciding in parts else None if None in parts else not deciding
        case n.UnaryOp(op="not", operand=operand):
            answer = truth_of(ev, operand, env)
            return None if answer is None else not answer
        case _:
            return operations.decide(ev.evaluate(expr, env))


def _truth_at_entry(ev: Evaluator, loop: n.While, expr: n.Expr, env: Environment) -> bool | None:
    """Whether the test of a loop is true when it is asked first: of names with what they had before the loop."""
    match expr:
        case n.Constant():
            return operations.decide(ev.evaluate(expr, env))
        case n.BoolOp(op=op, left=left, right=right):
            parts = [_truth_at_entry(ev, loop, part, env) for part in (left, right)]
            deciding = op == "or"
            return deciding if deciding in parts else None if None in parts else not deciding
        case n.Compare(left=n.Name(id=name), ops=(op,), comparators=(n.Constant() as other,)):
            place = locate(env.module.scope(env.scope), loop.span[0])[-1]
            if place.index == 0 or place.block[place.index] is not loop or env.deferred is not None:
                return None
            before = lookup.name(ev, name, place.block[place.index - 1].span[1], env)
            compared = combine(before, ev.evaluate(other, env), lambda a, b: operations.compare(op, a, b))
            return operations.decide(compared)
        case _:
            return None


def _case_can_be_taken(ev: Evaluator, match: n.Match, case: n.MatchCase, env: Environment) -> bool:
    subject = ev.evaluate_span(match.subject, env)
    for earlier in match.cases:
        answer = patterns.matches(ev, earlier.pattern, subject, env)
        if earlier.guard is not None and answer:
            answer = operations.decide(ev.evaluate_span(earlier.guard, env))
        if earlier is case:
            return answer is not False
        if answer is True:
            return False
    return True
