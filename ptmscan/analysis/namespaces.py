"""Names that are bound by no assignment: `globals()["x"] = …`, `vars().update(…)`, `exec("x = 1")`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis.index import MODULE_SCOPE, Scope, ScopeKind
from ptmscan.analysis.nested import children, statement_expression
from ptmscan.analysis.occurrence import targets
from ptmscan.analysis.values import Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

_ACCESS = re.compile(rb"globals|locals|vars|exec")
# One assignment of names, texts and their operators: nothing else in it can bind a name.
_PLAIN_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*[\w.'\"/+\[\] -]+")
_CHANGING = frozenset(["update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__delitem__", "__ior__"])
ANY_NAME = "*"


@dataclass(frozen=True, slots=True)
class Rebound:
    """The names that a module so binds, by scope (the module's or a class's); ANY_NAME where they are not known."""

    names: frozenset[tuple[int, str]]

    def has(self, scope: int, name: str) -> bool:
        """Whether a name of a scope may be bound so."""
        return (scope, name) in self.names or (scope, ANY_NAME) in self.names


def opened(ev: Evaluator, module: Module, scope: Scope, name: str, value: Value) -> Value:
    """The value of a name of a module or class, open where the name may be bound out of sight."""
    if scope.kind is ScopeKind.FUNCTION:
        return value
    rebound = ev.rebound.get(module.path)
    if rebound is None:
        rebound = ev.rebound[module.path] = Rebound(frozenset(_find(module)))
    if rebound.names and rebound.has(scope.id, name):
        return value.opened(f"`{name}` may be bound through globals() or exec()")
    return value


def _find(module: Module) -> set[tuple[int, str]]:
    """The names that a module binds through its dictionary of names, or by running a text."""
    if not _ACCESS.search(module.source.data):
        return set()
    found: set[tuple[int, str]] = set()
    for span in module.calls(_ACCESS):
        call = module.expression(span)
        if not isinstance(call, n.Call) or not isinstance(call.func, n.Name) or span in module.index.namespaces:
            continue
        here = module.index.scope_at(span[0])
        if call.func.id == "exec":
            found |= {(s, name) for s in {MODULE_SCOPE, _namespace(here)} for name in _names_in(call)}
        elif not call.args and (call.func.id == "globals" or here.kind is not ScopeKind.FUNCTION):
            scope = MODULE_SCOPE if call.func.id == "globals" else here.id
            found |= {(scope, name) for name in _changed(module, here, call)}
    return found


def _namespace(scope: Scope) -> int:
    return scope.id if scope.kind is ScopeKind.CLASS else MODULE_SCOPE


def _names_in(call: n.Call) -> frozenset[str]:
    """The words of the text that `exec` runs; any name when it is no literal."""
    text = call.args[0].value if call.args else None
    if isinstance(text, n.Constant) and isinstance(text.value, str):
        if plain := _PLAIN_ASSIGNMENT.fullmatch(text.value):
            return frozenset([plain[1]])
        return frozenset(re.findall(r"\w+", text.value))
    return frozenset([ANY_NAME])


def _changed(module: Module, scope: Scope, call: n.Call) -> frozenset[str]:
    """The names that are changed through a dictionary of names, from what stands around the call that gives it."""
    from ptmscan.analysis.bindings import locate

    place = locate(scope, call.span[0])[-1]
    statement = place.block[place.index] if place.inside else None
    for target in targets(statement) if statement is not None else ():
        if target.span[0] <= call.span[0] < target.span[1]:
            return _key(_path(target, call)[:-1], stored=True)
    outer = statement_expression(scope, call.span)
    if outer is None:
        return frozenset([ANY_NAME])
    return _key(_path(module.expression(outer), call)[:-1], stored=False)


def _path(root: n.Expr, wanted: n.Expr) -> list[n.Expr]:
    path = [root]
    while path[-1].span != wanted.span:
        node = path[-1]
        inner = next((c for c in children(node) if c.span[0] <= wanted.span[0] and wanted.span[1] <= c.span[1]), None)
        if inner is None:
            break
        path.append(inner)
    return path


def _key(above: list[n.Expr], *, stored: bool) -> frozenset[str]:
    """The names that an access changes: none when it only reads."""
    any_name = frozenset([ANY_NAME])
    match above[-1] if above else None:
        case n.Subscript(index=n.Constant(value=str() as key)):
            return frozenset([key]) if stored else frozenset()
        case n.Subscript():
            return any_name if stored else frozenset()
        case n.Compare():
            return frozenset()
        case n.Attribute(attr=attr) if attr not in _CHANGING:
            return frozenset()
        case n.Attribute() if len(above) > 1 and isinstance(above[-2], n.Call):
            names = [_argument_names(a) for a in above[-2].args]
            return any_name if None in names else frozenset(name for row in names if row for name in row)
        case _:
            return any_name


def _argument_names(argument: n.Argument) -> list[str] | None:
    """The keys that an argument of `update` brings; None when they are not known."""
    if argument.name is not None:
        return [argument.name]
    match argument.value:
        case n.Constant(value=str() as key) if not argument.star:
            return [key]
        case n.DictExpr(items=items):
            keys = [k.value for k, _ in items if isinstance(k, n.Constant) and isinstance(k.value, str)]
            return keys if len(keys) == len(items) else None
        case _:
            return None
