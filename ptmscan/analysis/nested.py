"""Expressions inside lambdas and comprehensions: the environments in which an inner expression is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import bindings, containers, objects, operations
from ptmscan.analysis.values import Locals, StepKind, Value, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope

MAX_ENVIRONMENTS = 64
_NESTING = re.compile(rb"\b(?:lambda|for|if|else|and|or)\b")


LambdaLocals = Callable[[n.Lambda, "Environment"], list[Locals]]


def environments(ev: Evaluator, env: Environment, span: n.Span, lambdas: LambdaLocals) -> list[Environment]:
    """The environments of the expression at a span: one, or one for each round of the comprehensions around it.

    `lambdas` gives the parameters of a lambda around the expression, one set for each call of it.
    """
    root = root_expression(env, span)
    if root is None:
        return [env]
    rows = [env]
    for node, inner in _way_to(root, span):
        if isinstance(node, n.Lambda):
            rows = [replace(row, locals=names, deferred=node.span[0]) for row in rows for names in lambdas(node, row)]
        elif isinstance(node, n.Comprehension):
            rows = [e for row in rows for e in _rounds(ev, node, inner, row)][:MAX_ENVIRONMENTS]
        elif isinstance(node, (n.IfExp, n.BoolOp)):
            rows = [row for row in rows if _arm_is_taken(ev, node, inner, row)]
    return rows


def arms_are_taken(ev: Evaluator, env: Environment, span: n.Span) -> bool:
    """Whether one activation may come to the expression at a span: the tests of `x if test else y` around it."""
    root = root_expression(env, span) if env.frame is not None and env.frame.parameters is not None else None
    arms: list[tuple[n.IfExp | n.BoolOp, n.Expr]] = []
    for node, inner in _way_to(root, span) if root is not None else ():
        if isinstance(node, (n.Lambda, n.Comprehension)):
            # What stands outside is asked by whoever enters.
            arms.clear()
        elif isinstance(node, (n.IfExp, n.BoolOp)):
            arms.append((node, inner))
    return all(_arm_is_taken(ev, node, inner, env) for node, inner in arms)


def _way_to(root: n.Expr, span: n.Span) -> Iterator[tuple[n.Expr, n.Expr]]:
    """The expressions around the one at a span, outermost first, each with its part that holds the span."""
    node: n.Expr | None = root
    while node is not None and node.span != span:
        inner = next((c for c in children(node) if c.span[0] <= span[0] and span[1] <= c.span[1]), None)
        if inner is not None:
            yield node, inner
        node = inner


def _arm_is_taken(ev: Evaluator, node: n.IfExp | n.BoolOp, inner: n.Expr, env: Environment) -> bool:
    """Whether a conditional expression, `and` or `or` may come to evaluate one of its parts."""
    if isinstance(node, n.IfExp):
        if inner is node.test:
            return True
        answer = operations.decide(ev.evaluate(node.test, env))
        return answer is None or answer is (inner is node.body)
    if inner is node.left:
        return True
    answer = operations.decide(ev.evaluate(node.left, env))
    return answer is None or answer is (node.op == "and")


def root_expression(env: Environment, span: n.Span) -> n.Expr | None:
    """The outermost expression that holds a span, if what binds names or may skip parts stands between; else None."""
    scope = env.module.scope(env.scope)
    outer = statement_expression(scope, span)
    if outer is None or outer == span:
        return None
    before = env.module.source.data[outer[0] : span[0]]
    after = env.module.source.data[span[1] : outer[1]]
    if not _NESTING.search(before) and not _NESTING.search(after):
        return None
    return env.module.expression(outer)


def statement_expression(scope: Scope, span: n.Span) -> n.Span | None:
    """The expression of a statement of the scope that holds a span."""
    place = bindings.locate(scope, span[0])[-1]
    if not place.inside:
        return None
    for candidate in expressions(place.block[place.index]):
        if candidate[0] <= span[0] and span[1] <= candidate[1]:
            return candidate
    return None


def expressions(s: n.Stmt) -> Iterator[n.Span]:
    """The spans of the expressions that a statement itself holds."""
    match s:
        case n.FunctionDef(params=params, decorators=decorators):
            yield from decorators
            yield from (p.default for p in params if p.default is not None)
        case n.ClassDef(arguments=arguments, decorators=decorators):
            yield from decorators
            yield from (a.value for a in arguments)
        case n.Assign(value=value) | n.AugAssign(value=value) | n.ExprStmt(value=value):
            yield value
        case n.AnnAssign(value=span) | n.Return(value=span):
            if span is not None:
                yield span
        case n.Raise(values=values) | n.Assert(values=values) | n.Other(values=values):
            yield from values
        case n.If(test=test) | n.While(test=test):
            yield test
        case n.For(iterable=iterable):
            yield iterable
        case n.With(items=items):
            yield from (i.value for i in items)
        case n.Match(subject=subject, cases=cases):
            yield subject
            yield from (c.guard for c in cases if c.guard is not None)
        case n.Try(handlers=handlers):
            yield from (h.type for h in handlers if h.type is not None)
        case _:
            return


def children(node: n.Expr) -> Iterator[n.Expr]:
    """The direct subexpressions of an expression."""
    pending: list[object] = [getattr(node, f.name) for f in fields(node)]
    while pending:
        part = pending.pop(0)
        if isinstance(part, (n.Argument, n.Clause)):
            pending[:0] = [getattr(part, f.name) for f in fields(part)]
        elif isinstance(part, tuple):
            pending[:0] = list(part)
        elif hasattr(part, "span") and not isinstance(part, n.Parameter):
            yield part  # type: ignore[misc]


def open_locals(ev: Evaluator, node: n.Lambda, env: Environment) -> Locals:
    """The parameters of a lambda whose caller is not known."""
    names: list[tuple[str, Value]] = []
    for p in node.params:
        value = unknown(f"parameter `{p.name}` of a lambda")
        if p.default is not None:
            value = ev.evaluate_span(p.default, env).opened(f"parameter `{p.name}` of a lambda")
        names.append((p.name, value))
    return Locals(tuple(names), env.locals)


def rounds(
    ev: Evaluator, clauses: tuple[n.Clause, ...], env: Environment, first: Value | None = None
) -> tuple[list[Environment], bool, bool] | None:
    """The environments of a comprehension's element, one for each combination of items; None when unknown.

    `first`: what the iterable of the first clause is taken to be.

    Also whether the result has just these elements, and whether no others may be in it (a test may leave some out).
    """
    rows, complete, closed = [env], True, True
    for clause in clauses:
        following: list[Environment] = []
        for row in rows:
            given = first if first is not None and clause is clauses[0] else None
            iterable = objects.collections_of(ev, ev.evaluate(clause.iterable, row) if given is None else given)
            elements = containers.elements(iterable)
            complete, closed = complete and elements.complete, closed and containers.covered(iterable)
            for item in elements.items:
                inner = replace(row, locals=_shared(ev, clause.target, item, row))
                tests = [operations.decide(ev.evaluate(c, inner)) for c in clause.conditions]
                if False in tests:
                    continue
                complete = complete and None not in tests
                following.append(inner)
            if len(following) > 256:
                return None
        rows = following
    return (rows, complete, closed) if rows or complete else None


def _shared(ev: Evaluator, target: n.Expr, item: Value, env: Environment) -> Locals:
    """The local names of a round, one object for rounds with equal items: what is evaluated in them is the same."""
    key = (env.module.path, target.span, item, id(env.locals))
    found = ev.rounds.get(key)
    if found is None:
        found = ev.rounds[key] = _bound(target, item, env.locals, env)
    return found


def _bound(target: n.Expr, value: Value, outer: Locals | None, env: Environment) -> Locals:
    """The local names of a comprehension's target or of nested targets."""
    names: list[tuple[str, Value]] = []
    pending = [(target, value)]
    while pending:
        node, here = pending.pop()
        match node:
            case n.Name(span=span, id=name):
                names.append((name, here.traced(env.step(span, StepKind.LOOP))))
            case n.TupleExpr(items=items) | n.ListExpr(items=items):
                for i, item in enumerate(items):
                    if isinstance(item, n.Starred):
                        pending.append((item.value, unknown("starred target")))
                    else:
                        pending.append((item, containers.item(here, i)))
            case _:
                pass
    return Locals(tuple(names), outer)


def _rounds(ev: Evaluator, node: n.Comprehension, inner: n.Expr, env: Environment) -> list[Environment]:
    """The environments of a comprehension's element, or of the clause that holds the inner expression."""
    used: list[n.Clause] = []
    for clause in node.clauses:
        if clause.iterable is inner:
            break
        used.append(clause)
    found = rounds(ev, tuple(used), env)
    rows, closed = (found[0], found[2]) if found is not None else ([], False)
    if rows and closed:
        return rows
    names = [name for clause in used for name in _targets(clause.target)]
    locals_ = Locals(tuple((name, unknown("loop over unknown items")) for name in names), env.locals)
    return [*rows, replace(env, locals=locals_)]


def _targets(target: n.Expr) -> list[str]:
    match target:
        case n.Name(id=name):
            return [name]
        case n.TupleExpr(items=items) | n.ListExpr(items=items):
            return [name for item in items for name in _targets(item)]
        case n.Starred(value=value):
            return _targets(value)
        case _:
            return []
