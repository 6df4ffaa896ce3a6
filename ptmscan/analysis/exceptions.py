"""Whether a handler of `try` can be entered: not where the body does no more than name and compare texts.

Any call of a library may raise anything. What is left are bodies such as `if not name: raise ValueError`, `x = y` and
`obj.x = y`, whose tests are decided and whose parts cannot raise the exceptions that a handler names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import attribute_flow, conditions
from ptmscan.analysis.bindings import reaching
from ptmscan.analysis.index import BindingKind
from ptmscan.analysis.values import Const, External, Sequence
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

# Exceptions that naming and comparing texts never raises.
_NAMED = frozenset(f"builtins.{name}" for name in ("ValueError", "KeyError", "IndexError", "OSError", "ImportError"))
# What takes any exception of a program, those of which more must be known, and those that naming texts never raises.
_ANY, _RARE = "builtins.Exception", "rare"
_STRICT = frozenset([_ANY, "builtins.AttributeError", "builtins.TypeError"])
_METHODS = frozenset(["startswith", "endswith", "lower", "upper", "strip"])
_FUNCTIONS = frozenset(["len", "isinstance", "str"])


def may_be_entered(ev: Evaluator, tried: n.Try, handler: n.ExceptHandler, env: Environment) -> bool:
    """Whether the body of a `try` statement may raise what a handler takes; True when that is not known."""
    kind = _kind(ev, handler, env)
    return kind is None or any(_may_raise(ev, s, env, strict=kind == _ANY) for s in tried.body)


def may_raise(ev: Evaluator, s: n.Stmt, handler: n.ExceptHandler, env: Environment) -> bool:
    """Whether a statement may raise what a handler takes; True when that is not known."""
    kind = _kind(ev, handler, env)
    return kind is None or _may_raise(ev, s, env, strict=kind == _ANY)


def _kind(ev: Evaluator, handler: n.ExceptHandler, env: Environment) -> str | None:
    """What a handler takes: exceptions that naming texts never raises, or any; None where that is not known."""
    if handler.type is None:
        return None
    taken = ev.evaluate_span(handler.type, env).single()
    rows = [v.single() for v in taken.items] if isinstance(taken, Sequence) and taken.complete else [taken]
    names = [row.name for row in rows if isinstance(row, External)]
    if len(names) != len(rows) or not all(name in _NAMED or name in _STRICT for name in names):
        return None
    return _RARE if _STRICT.isdisjoint(names) else _ANY


def _may_raise(ev: Evaluator, s: n.Stmt, env: Environment, *, strict: bool) -> bool:
    """`strict`: names that may be unbound are looked at, too."""
    match s:
        case n.Assign(targets=targets, value=value) if all(isinstance(t, n.Name) for t in targets):
            return not _is_plain(ev, env.module.expression(value), env, strict=strict)
        case n.Assign(targets=(n.Attribute() as target,), value=value):
            plain = _is_plain(ev, env.module.expression(value), env, strict=strict)
            return not plain or not _stores_plainly(ev, target, env)
        case n.AnnAssign(target=n.Name(), annotation=annotation, value=value) if value is not None:
            parts = (env.module.expression(value), env.module.expression(annotation))
            return not (_is_plain(ev, parts[0], env, strict=strict) and _names_type(ev, parts[1], env))
        case n.AugAssign(target=n.Name() as target, op="+" | "+=", value=value):
            parts = (target, env.module.expression(value))
            return not all(_is_plain(ev, p, env, strict=strict) and _is_text(ev, p, env) for p in parts)
        case n.If(test=test, body=body, orelse=orelse):
            expr = env.module.expression(test)
            answer = conditions.truth_of(ev, expr, env) if _is_plain(ev, expr, env, strict=strict) else None
            if answer is None:
                return True
            return any(_may_raise(ev, inner, env, strict=strict) for inner in (body if answer else orelse))
        case n.FunctionDef(params=params, decorators=()):
            return any(p.default is not None or p.annotation is not None for p in params)
        case n.Other(kind="pass"):
            return False
        case _:
            return True


def _is_plain(ev: Evaluator, expr: n.Expr, env: Environment, *, strict: bool) -> bool:
    """Whether an expression only names texts, joins and compares them."""

    def plain(*parts: n.Expr) -> bool:
        return all(_is_plain(ev, part, env, strict=strict) for part in parts)

    def texts(*parts: n.Expr) -> bool:
        return all(_is_text(ev, part, env) for part in parts)

    match expr:
        case n.Constant():
            return True
        case n.Name():
            value = ev.evaluate(expr, env)
            known = value.closed and bool(value.atoms) and all(_is_constant(a.atom) for a in value.atoms)
            return known and (not strict or _is_bound(ev, expr, env))
        case n.FString(parts=parts):
            return all(isinstance(p, (n.Constant, n.Interpolation)) and plain(p) for p in parts)
        case n.Interpolation(value=value, spec=None):
            return plain(value)
        case n.BinaryOp(op="+", left=left, right=right):
            return plain(left, right) and texts(left, right)
        case n.TupleExpr(items=items) | n.ListExpr(items=items):
            return not any(isinstance(i, n.Starred) for i in items) and plain(*items)
        case n.IfExp(test=test, body=body, orelse=orelse):
            return plain(test, body, orelse)
        case n.Compare(left=left, comparators=comparators, ops=ops):
            parts = (left, *comparators)
            same = all(op in ("==", "!=") for op in ops)
            ordered = all(op in ("==", "!=", ">", "<", ">=", "<=") for op in ops)
            return plain(*parts) and (same or (ordered and (not strict or texts(*parts))))
        case n.UnaryOp(op="not", operand=operand):
            return plain(operand)
        case n.BoolOp(left=left, right=right):
            return plain(left, right)
        case n.Call():
            return _is_plain_call(ev, expr, env, strict=strict)
        case _:
            return False


def _stores_plainly(ev: Evaluator, target: n.Attribute, env: Environment) -> bool:
    """Whether a store to an attribute of an object of one's own does no more than that."""
    if not isinstance(target.value, n.Name) or not _is_bound(ev, target.value, env):
        return False
    value = ev.evaluate(target.value, env)
    return (
        value.closed
        and bool(value.atoms)
        and all(attribute_flow.can_follow(ev, a.atom, target.attr) for a in value.atoms)
    )


def _is_plain_call(ev: Evaluator, call: n.Call, env: Environment, *, strict: bool) -> bool:
    """Whether a call is one of a function or method that looks at texts."""
    args = [a.value for a in call.args]
    if any(a.star for a in call.args):
        return False
    match call.func:
        case n.Name(id=name) as func if name in _FUNCTIONS:
            types = args[1:] if name == "isinstance" else []
            rest = args[:1] if types else args
            of_text = name != "len" or not strict
            known = ev.evaluate(func, env).single() == External(f"builtins.{name}")
            fits = known and len(rest) == 1 and len(types) < 2 and all(isinstance(t, n.Name) for t in types)
        case n.Attribute(value=value, attr=attr) if attr in _METHODS:
            rest, of_text, fits = [value, *args], not strict, True
        case _:
            return False
    plain = fits and all(_is_plain(ev, e, env, strict=strict) for e in rest)
    return plain and (of_text or all(_is_text(ev, e, env) for e in rest))


def _is_bound(ev: Evaluator, expr: n.Name, env: Environment) -> bool:
    """Whether a name has a value at its place, whichever way control came there."""
    scope = env.module.scope(env.scope)
    if expr.id in scope.global_names or expr.id in scope.nonlocal_names or env.deferred is not None:
        return False
    # Handlers count as entered here: to ask that would be to ask what is asked.
    found = reaching(scope, expr.id, expr.span[0], lambda b: b.handler is not None or ev.feasible(b, env))
    if any(b.kind is BindingKind.DELETE for b in found.sites):
        return False
    return not found.falls or any(p.name == expr.id for p in scope.parameters)


def _names_type(ev: Evaluator, expr: n.Expr, env: Environment) -> bool:
    taken = ev.evaluate(expr, env).single() if isinstance(expr, n.Name) else None
    return isinstance(taken, External) and taken.name.startswith("builtins.")


def _is_text(ev: Evaluator, expr: n.Expr, env: Environment) -> bool:
    value = ev.evaluate(expr, env)
    return value.closed and all(isinstance(a.atom, Const) and isinstance(a.atom.value, str) for a in value.atoms)


def _is_constant(atom: object) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, (str, int))
