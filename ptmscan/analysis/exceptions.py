"""Whether a handler of `try` can be entered: not where the body does no more than name and compare texts.

Any call of a library may raise anything. What is left are bodies such as `if not name: raise ValueError` and `x = y`,
whose tests are decided and whose parts cannot raise the exceptions that a handler names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import conditions
from ptmscan.analysis.values import Const, External
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

# Exceptions that naming and comparing texts never raises.
_NAMED = frozenset(f"builtins.{name}" for name in ("ValueError", "KeyError", "IndexError", "OSError", "ImportError"))
_METHODS = frozenset(["startswith", "endswith", "lower", "upper", "strip"])
_FUNCTIONS = frozenset(["len", "isinstance", "str"])


def may_be_entered(ev: Evaluator, tried: n.Try, handler: n.ExceptHandler, env: Environment) -> bool:
    """Whether the body of a `try` statement may raise what a handler takes; True when that is not known."""
    taken = ev.evaluate_span(handler.type, env).single() if handler.type is not None else None
    if not isinstance(taken, External) or taken.name not in _NAMED:
        return True
    return any(_may_raise(ev, s, env) for s in tried.body)


def _may_raise(ev: Evaluator, s: n.Stmt, env: Environment) -> bool:
    match s:
        case n.Assign(targets=targets, value=value) if all(isinstance(t, n.Name) for t in targets):
            return not _is_plain(ev, env.module.expression(value), env)
        case n.If(test=test, body=body, orelse=orelse):
            expr = env.module.expression(test)
            answer = conditions.truth_of(ev, expr, env) if _is_plain(ev, expr, env) else None
            if answer is None:
                return True
            return any(_may_raise(ev, inner, env) for inner in (body if answer else orelse))
        case n.Other(kind="pass"):
            return False
        case _:
            return True


def _is_plain(ev: Evaluator, expr: n.Expr, env: Environment) -> bool:
    """Whether an expression only names texts and compares them."""
    match expr:
        case n.Constant():
            return True
        case n.Name():
            value = ev.evaluate(expr, env)
            return value.closed and bool(value.atoms) and all(_is_text(a.atom) for a in value.atoms)
        case n.Compare(left=left, comparators=comparators, ops=ops):
            plain = all(op in ("==", "!=", ">", "<", ">=", "<=") for op in ops)
            return plain and all(_is_plain(ev, e, env) for e in (left, *comparators))
        case n.UnaryOp(op="not", operand=operand):
            return _is_plain(ev, operand, env)
        case n.BoolOp(left=left, right=right):
            return _is_plain(ev, left, env) and _is_plain(ev, right, env)
        case n.Call(func=n.Name(id=name) as func, args=args) if name in _FUNCTIONS:
            if ev.evaluate(func, env).single() != External(f"builtins.{name}"):
                return False
            types = args[1:] if name == "isinstance" else ()
            named = all(isinstance(a.value, n.Name) for a in types)
            return named and all(not a.star and _is_plain(ev, a.value, env) for a in args if a not in types)
        case n.Call(func=n.Attribute(value=value, attr=attr), args=args) if attr in _METHODS:
            return _is_plain(ev, value, env) and all(not a.star and _is_plain(ev, a.value, env) for a in args)
        case _:
            return False


def _is_text(atom: object) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, (str, int))
