"""What an expression of each kind evaluates to; names, attributes and calls have modules of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.analysis import attributes, calls, conditions, containers, formatting, lookup, objects, operations
from ptmscan.analysis.alternatives import combine, concat, join, mapped, truth, with_hole
from ptmscan.analysis.nested import rounds
from ptmscan.analysis.values import (
    NEVER,
    NONE,
    Atom,
    Const,
    LambdaRef,
    Locals,
    Mapping,
    Sequence,
    SequenceKind,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def of_kind(ev: Evaluator, expr: n.Expr, env: Environment) -> Value:  # noqa: C901 - one arm a node kind
    """The value of an expression, by its kind of node."""
    match expr:
        case n.Name(span=span, id=name):
            return lookup.name(ev, name, span[0], env)
        case n.Attribute():
            return attributes.expression(ev, expr, env)
        case n.Call():
            return calls.expression(ev, expr, env)
        case n.Subscript(value=base, index=index):
            return _subscript(ev, ev.evaluate(base, env), index, env, expr.span)
        case n.FString(parts=parts) | n.Interpolation(spec=n.FString(parts=parts), value=n.Constant()):
            return _fstring(ev, parts, expr.span, env)
        case n.BinaryOp(left=left, op=op, right=right):
            return _binary(ev, op, left, right, env, expr.span)
        case n.BoolOp(op=op, left=left, right=right):
            return _bool(ev, op, left, right, env)
        case n.IfExp(test=test, body=body, orelse=orelse):
            return _if_expression(ev, test, body, orelse, env)
        case n.Compare():
            return _compare(ev, expr, env)
        case n.UnaryOp(op=op, operand=operand):
            return mapped(ev.evaluate(operand, env), lambda a: operations.unary(op, a))
        case n.TupleExpr(items=items):
            return _sequence(ev, SequenceKind.TUPLE, items, env)
        case n.ListExpr(items=items):
            return _sequence(ev, SequenceKind.LIST, items, env)
        case n.SetExpr(items=items):
            return _sequence(ev, SequenceKind.SET, items, env)
        case n.DictExpr(items=items):
            return _dict(ev, items, env)
        case n.Comprehension():
            return _comprehension(ev, expr, env)
        case n.Lambda():
            return known(LambdaRef(env.module.path, expr, env.scope, env.frame, env.locals))
        case n.NamedExpr(value=value) | n.Await(value=value) | n.Starred(value=value):
            return ev.evaluate(value, env)
        case n.Unsupported(kind=kind):
            return unknown(f"cannot be read ({kind})")
        case _:
            return unknown(f"{type(expr).__name__.lower()} expression")


def _fstring(ev: Evaluator, parts: tuple[n.Expr, ...], span: n.Span, env: Environment) -> Value:
    result = text_of("")
    for part in parts:
        if isinstance(part, n.Interpolation):
            spec = ev.evaluate(part.spec, env) if part.spec is not None else text_of("")
            value = combine(
                with_hole(ev.evaluate(part.value, env)),
                with_hole(spec),
                lambda a, s, c=part.conversion: formatting.formatted(a, s, c),  # type: ignore[misc]
            )
        else:
            value = ev.evaluate(part, env)
        result = concat(result, value)
    has_parts = any(isinstance(p, n.Interpolation) for p in parts)
    return result.traced(env.step(span, StepKind.FORMAT)) if has_parts else result


def _binary(ev: Evaluator, op: str, left: n.Expr, right: n.Expr, env: Environment, span: n.Span) -> Value:
    chain = [(op, right, span)]
    while isinstance(left, n.BinaryOp):
        # Left-nested chains such as `a + b + …` are as long as the code likes: no recursion.
        chain.append((left.op, left.right, left.span))
        left = left.left
    result = ev.evaluate(left, env)
    for operator, operand, _ in reversed(chain):
        other = ev.evaluate(operand, env)
        result = operations.binary(operator, result, other)
    if any(isinstance(a.atom, Const) and isinstance(a.atom.value, str) for a in result.atoms):
        result = result.traced(env.step(span, StepKind.FORMAT))
    return result


def _bool(ev: Evaluator, op: str, left: n.Expr, right: n.Expr, env: Environment) -> Value:
    if op == "or":
        kept, passes = _true_part(ev, left, env)
        return join((kept, ev.evaluate(right, env))) if passes else kept
    first = ev.evaluate(left, env)
    kept = Value(tuple(a for a in first.atoms if truth(a.atom) is not True), first.open_reason)
    if first.closed and all(truth(a.atom) is False for a in first.atoms):
        return kept
    return join((kept, ev.evaluate(right, env)))


def _true_part(ev: Evaluator, expr: n.Expr, env: Environment) -> tuple[Value, bool]:
    """What an expression is where it is true, and whether it may be false: of `test and x` only `x`."""
    if isinstance(expr, n.BoolOp) and expr.op == "and":
        answer = conditions.truth_of(ev, expr.left, env)
        if answer is False:
            return NEVER, True
        kept, passes = _true_part(ev, expr.right, env)
        return kept, passes or answer is None
    value = ev.evaluate(expr, env)
    kept = Value(tuple(a for a in value.atoms if truth(a.atom) is not False), value.open_reason)
    return kept, not value.closed or any(truth(a.atom) is not True for a in value.atoms)


def _if_expression(ev: Evaluator, test: n.Expr, body: n.Expr, orelse: n.Expr, env: Environment) -> Value:
    answer = conditions.truth_of(ev, test, env)
    if answer is not None:
        return ev.evaluate(body if answer else orelse, env)
    step = env.step(test.span, StepKind.CONDITION)
    arms = ((body, _narrowed(ev, test, env, holds=True)), (orelse, _narrowed(ev, test, env, holds=False)))
    return join(ev.evaluate(arm, inner).traced(step) for arm, inner in arms)


def _narrowed(ev: Evaluator, test: n.Expr, env: Environment, *, holds: bool) -> Environment:
    """The environment of what is evaluated only if a test holds (or fails): the tested name has no other values."""
    while isinstance(test, n.UnaryOp) and test.op == "not":
        test, holds = test.operand, not holds
    match test:
        case n.Name(id=name):
            value = ev.evaluate(test, env)
            kept = tuple(a for a in value.atoms if truth(a.atom) is not (not holds))
        case n.Compare(
            left=n.Name(id=name) as left, ops=("is" | "is not" as op,), comparators=(n.Constant(value=None),)
        ):
            value = ev.evaluate(left, env)
            is_none = (op == "is") is holds
            kept = tuple(a for a in value.atoms if not isinstance(a.atom, Const) or (a.atom == NONE) is is_none)
        case _:
            return env
    if len(kept) == len(value.atoms):
        return env
    return replace(env, locals=Locals(((name, Value(kept, value.open_reason)),), env.locals))


def _compare(ev: Evaluator, expr: n.Compare, env: Environment) -> Value:
    operands = [ev.evaluate(e, env) for e in (expr.left, *expr.comparators)]
    results = [
        combine(left, right, lambda a, b, op=op: operations.compare(op, a, b))  # type: ignore[misc]
        for left, right, op in zip(operands, operands[1:], expr.ops, strict=False)
    ]
    if len(results) == 1:
        return results[0]
    decided = [operations.decide(r) for r in results]
    if False in decided:
        return text_of(False)
    return text_of(True) if all(decided) else unknown("comparison")


def _sequence(ev: Evaluator, kind: SequenceKind, items: tuple[n.Expr, ...], env: Environment) -> Value:
    rows: tuple[Sequence, ...] = (Sequence(kind, ()),)
    values: list[Value] = []
    for item in items:
        if isinstance(item, n.Starred):
            rows = containers.each_extended(rows, known(Sequence(SequenceKind.LIST, tuple(values))))
            rows, values = containers.each_extended(rows, ev.evaluate(item.value, env)), []
        else:
            values.append(ev.evaluate(item, env))
    return join(known(replace(row, items=(*row.items, *values))) for row in rows)


def _dict(ev: Evaluator, items: tuple[tuple[n.Expr | None, n.Expr], ...], env: Environment) -> Value:
    results: tuple[Mapping, ...] = (Mapping(()),)
    for key, value in items:
        if key is None:
            more = calls.contents(ev, ev.evaluate(value, env), env)
            results = tuple(containers.merged(r, more) for r in results)
        else:
            results = containers.each_stored(results, ev.evaluate(key, env), ev.evaluate(value, env))
    return join(known(r) for r in results)


def _comprehension(ev: Evaluator, expr: n.Comprehension, env: Environment) -> Value:
    first = ev.evaluate(expr.clauses[0].iterable, env)
    if len(first.atoms) < 2:
        return _collected(ev, expr, env, first)
    found = join(_collected(ev, expr, env, Value((a,))) for a in first.atoms)
    return found if first.open_reason is None else found.opened(first.open_reason)


def _collected(ev: Evaluator, expr: n.Comprehension, env: Environment, first: Value) -> Value:
    """What a comprehension makes when its first iterable has that value."""
    rows = rounds(ev, expr.clauses, env, first)
    if rows is None:
        return unknown("comprehension over unknown items")
    environments, complete, _ = rows
    if expr.kind is n.ComprehensionKind.DICT and expr.value is not None:
        results: tuple[Mapping, ...] = (Mapping((), complete),)
        for inner in environments:
            key, item = ev.evaluate(expr.element, inner), ev.evaluate(expr.value, inner)
            results = containers.each_stored(results, key, item)
        return join(known(r) for r in results)
    kinds = {n.ComprehensionKind.SET: SequenceKind.SET, n.ComprehensionKind.GENERATOR: SequenceKind.TUPLE}
    values = tuple(ev.evaluate(expr.element, inner) for inner in environments)
    return known(Sequence(kinds.get(expr.kind, SequenceKind.LIST), values, complete))


def _subscript(ev: Evaluator, base: Value, index: n.Expr, env: Environment, span: n.Span) -> Value:
    """`base[index]`"""
    if isinstance(index, n.Slice):
        bounds = [ev.evaluate(b, env) if b is not None else None for b in (index.lower, index.upper, index.step)]
        return mapped(base, lambda a: containers.sliced(a, bounds))
    key = ev.evaluate(index, env)
    found = join(containers.traced(_item(ev, a.atom, key, env, span), a) for a in base.atoms)
    result = found if base.open_reason is None else found.opened(base.open_reason)
    return result.traced(env.step(span, StepKind.CONTAINER))


def _item(ev: Evaluator, atom: Atom, key: Value, env: Environment, span: n.Span) -> Value:
    made = ev.followed(atom)
    owner = ev.owner(made) if made is not None else None
    if made is not None and owner is not None:
        return owner.item(ev, made, key, env, span)
    return calls.class_item(ev, atom, key) or containers.subscript(objects.as_collection(ev, atom), key)
