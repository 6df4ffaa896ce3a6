"""What a statement makes of the content of a container: `x[k] = v`, `x["a"]["b"] += v`, `x["a"].append(v)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, operations, text_methods
from ptmscan.analysis.alternatives import mapped
from ptmscan.analysis.values import Atom, Const, Made, Mapping, Sequence, StepKind, Value, known
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

IsHolder = Callable[[n.Expr], bool]
Change = Callable[[Atom], Value]


# Methods that leave an object as it is when they are called on it again in the same way.
_SETTLING = frozenset(["update", "setdefault", "clear", "sort"])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a statement changes an object: the keys that lead from what holds it, and the item or method."""

    keys: tuple[n.Expr, ...]
    target: n.Subscript | None = None


def dotted(expr: n.Expr) -> str | None:
    """The text of a dotted name; None of any other expression."""
    match expr:
        case n.Name(id=name):
            return name
        case n.Attribute(value=inner, attr=attr):
            before = dotted(inner)
            return None if before is None else f"{before}.{attr}"
        case _:
            return None


def after(ev: Evaluator, statement: n.Stmt, is_holder: IsHolder, before: Value, env: Environment) -> Value:
    """The value of what holds a container after a statement changed it, of which `is_holder` tells the expression."""
    if any(isinstance(a.atom, Made) and a.atom.changeable for a in before.atoms):
        return mapped(before, text_methods.weakened)
    if not any(isinstance(a.atom, (Sequence, Mapping)) for a in before.atoms):
        return before
    places = list(_places(statement, is_holder))
    change = _change(ev, statement, places[0], env) if len(places) == 1 else None
    if change is None:
        return mapped(before, text_methods.weakened)
    keys = [ev.evaluate(key, env) for key in places[0].keys]
    return mapped(before, lambda a: _changed(a, keys, change))


def settles(statement: n.Stmt) -> bool:
    """Whether a change that is made again, by the next round of a loop, changes no more: `x[k] = v`, `x.update(y)`."""
    match statement:
        case n.Assign(targets=(n.Subscript(index=index),)) | n.AnnAssign(target=n.Subscript(index=index)):
            return not isinstance(index, n.Slice)
        case n.ExprStmt(method=method):
            return method in _SETTLING
        case _:
            return False


def _places(statement: n.Stmt, is_holder: IsHolder) -> Iterator[_Place]:
    match statement:
        case n.ExprStmt(receiver=receiver) if receiver is not None:
            keys = _keys(receiver, is_holder)
            if keys is not None:
                yield _Place(keys)
        case n.Assign(targets=targets) | n.Delete(targets=targets):
            yield from _items(targets, is_holder)
        case n.AnnAssign(target=target) | n.AugAssign(target=target):
            yield from _items((target,), is_holder)
        case _:
            return


def _items(targets: tuple[n.Expr, ...], is_holder: IsHolder) -> Iterator[_Place]:
    for target in targets:
        if isinstance(target, n.Subscript):
            keys = _keys(target.value, is_holder)
            if keys is not None:
                yield _Place(keys, target)
        elif isinstance(target, (n.TupleExpr, n.ListExpr, n.Starred)):
            # What unpacking stores is not followed: two places are too many.
            yield from (_Place(()), _Place(()))


def _keys(expr: n.Expr, is_holder: IsHolder) -> tuple[n.Expr, ...] | None:
    """The keys between what holds a container and the container that an expression gives; None of any other."""
    keys: list[n.Expr] = []
    while not is_holder(expr):
        if not isinstance(expr, n.Subscript) or isinstance(expr.index, n.Slice):
            return None
        keys.append(expr.index)
        expr = expr.value
    return tuple(reversed(keys))


def _change(ev: Evaluator, statement: n.Stmt, place: _Place, env: Environment) -> Change | None:
    """What a statement does to one container; None where that is not followed."""
    target = place.target
    if isinstance(statement, n.ExprStmt) and statement.method is not None:
        call, method = env.module.expression(statement.value), statement.method
        if not isinstance(call, n.Call):
            return None
        arguments = calls.evaluate_arguments(ev, call.args, env)
        return lambda a: text_methods.mutated(a, method, arguments)
    if target is None:
        return None
    if isinstance(target.index, n.Slice):
        return _slice_change(ev, statement, target.index, env)
    key = ev.evaluate(target.index, env)
    if isinstance(statement, n.Delete):
        return lambda a: containers.item_deleted(a, key)
    span = statement.value if isinstance(statement, (n.Assign, n.AugAssign, n.AnnAssign)) else None
    if span is None:
        return None
    value = ev.evaluate_span(span, env)
    if isinstance(statement, n.AugAssign):
        value = operations.binary(statement.op, ev.evaluate(target, env), value)
    value = value.traced(env.step(statement.span, StepKind.CONTAINER))
    return lambda a: containers.item_stored(a, key, value)


def _slice_change(ev: Evaluator, statement: n.Stmt, bounds: n.Slice, env: Environment) -> Change | None:
    """What `x[a:b] = values` does to a list."""
    if not isinstance(statement, n.Assign):
        return None
    value = ev.evaluate_span(statement.value, env).traced(env.step(statement.span, StepKind.CONTAINER))
    values = [None if b is None else ev.evaluate(b, env) for b in (bounds.lower, bounds.upper, bounds.step)]
    return lambda a: containers.slice_stored(a, values, value)


def _changed(atom: Atom, keys: list[Value], change: Change) -> Value:
    """A container of which the part at some keys has changed; not fully known where that part may be elsewhere, too."""
    if not keys:
        return change(atom)
    key = keys[0].single()
    if isinstance(key, Const):
        match atom:
            case Mapping(items=pairs, complete=True):
                at = [i for i, (k, _) in enumerate(pairs) if containers.same_key(k, key)]
                parts = [v for _, v in pairs]
                if len(at) == 1 and _is_apart(parts, at[0]) and all(isinstance(k, Const) for k, _ in pairs):
                    inner = mapped(parts[at[0]], lambda a: _changed(a, keys[1:], change))
                    return known(Mapping(tuple((k, inner if i == at[0] else v) for i, (k, v) in enumerate(pairs))))
            case Sequence(kind=kind, items=parts_of, complete=True) if isinstance(key.value, int) and -len(
                parts_of
            ) <= key.value < len(parts_of):
                index = int(key.value) % len(parts_of)
                if _is_apart(list(parts_of), index):
                    inner = mapped(parts_of[index], lambda a: _changed(a, keys[1:], change))
                    return known(Sequence(kind, (*parts_of[:index], inner, *parts_of[index + 1 :])))
            case _:
                pass
    return text_methods.weakened(atom)


def _is_apart(parts: list[Value], index: int) -> bool:
    """Whether no other part can be the same object as one: `[[]] * 2` holds one list twice."""
    own = {a.atom for a in parts[index].atoms}
    return not any(i != index and any(a.atom in own for a in v.atoms) for i, v in enumerate(parts))
