"""Attributes out of a table: `for k, v in x.items(): setattr(o, k, v)`, `o.__dict__.update(x)`, `vars(o)[k] = v`.

What such a store gives one attribute is what the table holds under its name; a table without it gives nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.index import ANY_ATTRIBUTE, AttributeStore, Binding, BindingKind, Scope
from ptmscan.analysis.values import Atom, Const, Mapping, Sequence, Value, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module


def given(ev: Evaluator, module: Module, store: AttributeStore, attr: str, env: Environment) -> list[Value] | None:
    """The values that a store gives an attribute out of a table; None when it does not store a table."""
    table = _table(module, store)
    if table is None:
        return _under_key(ev, store, attr, env)
    value = calls.contents(ev, ev.evaluate(table, env), env)
    found = [v for a in value.atoms for v in _under(a.atom, attr)]
    return found if value.open_reason is None else [*found, unknown(value.open_reason)]


def _under_key(ev: Evaluator, store: AttributeStore, attr: str, env: Environment) -> list[Value] | None:
    """What `vars(o)[key] = value` gives an attribute; None for other stores."""
    target = _item_target(store)
    if target is None or not isinstance(store.statement, n.Assign):
        return None
    key = ev.evaluate(target.index, env)
    if not any(a.atom == Const(attr) for a in key.atoms):
        return [] if key.closed else [unknown("an attribute of unknown name is set")]
    value = ev.evaluate_span(store.statement.value, env)
    return [value if key.single() is not None else value.opened("one of several attributes is set")]


def _item_target(store: AttributeStore) -> n.Subscript | None:
    """The target of `vars(o)[key] = …` or `o.__dict__[key] = …`."""
    if store.attr != ANY_ATTRIBUTE or store.value is not None or not isinstance(store.statement, n.Assign):
        return None
    match store.statement.targets:
        case (n.Subscript(value=n.Call(func=n.Name(id="vars")) | n.Attribute(attr="__dict__")) as target,):
            return target
        case _:
            return None


def _under(atom: Atom, attr: str) -> list[Value]:
    """What a table holds under a name; unknown when it may hold anything."""
    if isinstance(atom, Sequence) and atom.complete and not atom.items:
        return []
    if not isinstance(atom, Mapping):
        return [unknown("attributes are set out of an unknown table")]
    found = [value for key, value in atom.items if key == Const(attr)]
    some = any(not isinstance(key, Const) for key, _ in atom.items)
    if (atom.complete and not some) or (found and atom.complete):
        return found
    return [*found, unknown("attributes are set out of a table that is not known in full")]


def _table(module: Module, store: AttributeStore) -> n.Expr | None:
    """The expression of the table whose items a store makes attributes."""
    if store.attr != ANY_ATTRIBUTE:
        return None
    if store.named is not None and store.value is not None:
        return _of_loop(module, store, module.expression(store.named), module.expression(store.value))
    target = _item_target(store)
    if target is not None and isinstance(store.statement, n.Assign):
        return _of_loop(module, store, target.index, module.expression(store.statement.value))
    return _of_dictionary(module, store.statement)


def _of_loop(module: Module, store: AttributeStore, key: n.Expr, value: n.Expr) -> n.Expr | None:
    """`x` in `for key, value in x.items(): setattr(o, key, value)`."""
    if not isinstance(key, n.Name) or not isinstance(value, n.Name):
        return None
    scope = module.scope(store.scope)
    one, other = _loop(scope, key.id, store.position), _loop(scope, value.id, store.position)
    if one is None or other is None or one.statement is not other.statement or one.value is None:
        return None
    if (one.unpack, other.unpack) != ((0,), (1,)):
        return None
    iterable = module.expression(one.value)
    if isinstance(iterable, n.Call) and isinstance(iterable.func, n.Attribute) and iterable.func.attr == "items":
        return None if iterable.args else iterable.func.value
    return None


def _loop(scope: Scope, name: str, position: int) -> Binding | None:
    """The loop around a place that binds a name, if nothing in the loop binds it again."""
    around = [b for b in scope.bindings.get(name, ()) if b.statement.span[0] <= position <= b.statement.span[1]]
    return around[0] if len(around) == 1 and around[0].kind is BindingKind.LOOP else None


def _of_dictionary(module: Module, statement: n.Stmt) -> n.Expr | None:
    """`x` in `o.__dict__.update(x)`, also with `**x`, `vars(o).update(x)` and `o.__dict__ = x`."""
    if isinstance(statement, n.ExprStmt) and statement.method == "update":
        call = module.expression(statement.value)
        if isinstance(call, n.Call) and len(call.args) == 1 and call.args[0].star != 1 and call.args[0].name is None:
            return call.args[0].value
    if (
        isinstance(statement, n.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], n.Attribute)
    ):
        return module.expression(statement.value)
    return None
