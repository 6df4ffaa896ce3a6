"""Whether an arm of a statement can be taken, as far as its test or its pattern can be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers, exceptions, operations, patterns
from ptmscan.analysis.bindings import Branch
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
