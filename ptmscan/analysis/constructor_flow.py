"""Stores of a constructor that a later one of the same run replaces before anything can have read the attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import attribute_flow, calls, lookup
from ptmscan.analysis.bindings import Branch
from ptmscan.analysis.index import AttributeStore, Scope
from ptmscan.analysis.values import ClassRef, Instance
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# Functions and methods that run no code of the repository for the texts and lists that constructors are given.
_FUNCTIONS = frozenset(["len", "isinstance"])
_METHODS = frozenset(["startswith", "endswith", "lower", "upper", "strip"])


def is_replaced(
    ev: Evaluator, module: Module, method: Scope, store: AttributeStore, instance: Instance, owner: ClassRef
) -> bool:
    """Whether a constructor surely stores to the attribute again, with nothing in between that may read it."""
    if method.name != "__init__" or store.scope != method.id or store.value is None:
        return False
    at = next((i for i, s in enumerate(method.body) if s is store.statement), len(method.body))
    for following in method.body[at + 1 :]:
        if _stores_again(module, method, store, following):
            return True
        if isinstance(following, n.If) and _is_quiet(module.expression(following.test)) and following.body:
            surely = _is_taken(ev, module, method, following, instance, owner)
            return surely and _stores_again(module, method, store, following.body[0])
        if not _is_quiet_store(ev, module, following, store, instance):
            return False
    return False


def _is_taken(
    ev: Evaluator, module: Module, method: Scope, statement: n.If, instance: Instance, owner: ClassRef
) -> bool:
    """Whether the test of a statement is true in every constructor call that makes the object."""
    frame = calls.method_frame(ev, module, method, instance, owner)
    return not ev.feasible(Branch(method.id, statement.test, False), lookup.environment(module, method, frame))


def _stores_again(module: Module, method: Scope, store: AttributeStore, statement: n.Stmt) -> bool:
    """Whether a statement gives the attribute another value, worked out without reading it."""
    again = next((s for s in module.index.stores.get(store.attr, ()) if s.statement is statement), None)
    if again is None or again.value is None or again.operator is not None or again.unpack or again.loops:
        return False
    first, receiver = store.receiver, again.receiver
    same = isinstance(first, n.Name) and isinstance(receiver, n.Name) and first.id == receiver.id
    return same and again.scope == method.id and _is_quiet(module.expression(again.value))


def _is_quiet_store(
    ev: Evaluator, module: Module, statement: n.Stmt, store: AttributeStore, instance: Instance
) -> bool:
    """Whether a statement only stores to another attribute of the object, which no method has a say in."""
    if not isinstance(statement, n.Assign) or len(statement.targets) != 1:
        return False
    target = statement.targets[0]
    if not isinstance(target, n.Attribute) or not isinstance(target.value, n.Name):
        return False
    own = isinstance(store.receiver, n.Name) and target.value.id == store.receiver.id
    quiet = own and target.attr != store.attr and _is_quiet(module.expression(statement.value))
    return quiet and attribute_flow.is_plain(ev, instance.cls, target.attr)


def _is_quiet(expr: n.Expr) -> bool:
    """Whether an expression names, lists and compares things and runs no code of the repository for that."""
    match expr:
        case n.Constant() | n.Name():
            return True
        case n.TupleExpr(items=items) | n.ListExpr(items=items):
            return all(_is_quiet(i) for i in items)
        case n.FString(parts=parts):
            return all(
                isinstance(p, n.Constant) or (isinstance(p, n.Interpolation) and _is_quiet(p.value)) for p in parts
            )
        case n.Compare(left=left, comparators=comparators):
            return _is_quiet(left) and all(_is_quiet(c) for c in comparators)
        case n.BoolOp(left=left, right=right) | n.BinaryOp(left=left, right=right):
            return _is_quiet(left) and _is_quiet(right)
        case n.UnaryOp(op="not", operand=operand):
            return _is_quiet(operand)
        case n.Call(func=func, args=args):
            called = isinstance(func, n.Name) and func.id in _FUNCTIONS
            of_text = isinstance(func, n.Attribute) and func.attr in _METHODS and isinstance(func.value, n.Name)
            return (called or of_text) and all(not a.star and _is_quiet(a.value) for a in args)
        case _:
            return False
