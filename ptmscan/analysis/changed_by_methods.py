"""Attributes that methods store to their object, in the flow of the module that calls them: `obj.change("name")`.

Followed are methods that make the store at one place, and of which every call is a statement of the module's own flow
on a name that stands for an object made for it: `obj = Class(…)`, bound once. What they store to `self.name` is then a
store to `obj.name` where they are called, and to no other object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ptmscan.analysis import calls, changed_by_calls, classes, lookup
from ptmscan.analysis.bindings import locate
from ptmscan.analysis.changed_by_calls import Changer, ChangingCall
from ptmscan.analysis.index import MODULE_SCOPE, AttributeStore, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import Atom, ClassRef
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_CALLS = 8

# The name of the object, and the statement with its call.
Rows: TypeAlias = tuple[tuple[str, n.Stmt, n.Call], ...]


class ChangesByMethods:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._calls: dict[tuple[str, int], Rows | None] = {}

    def of_object(self, module: Module, name: str, store: AttributeStore, change: Binding) -> tuple[ChangingCall, ...]:
        """The calls by which a store to `self` is one to the object of a name; none where they are not followed."""
        method = module.scope(store.scope)
        cls = self._class_of(module, name)
        if cls is None or method.parent != cls.scope or not is_by_method(module, store):
            return ()
        changer = Changer(method.id, change)
        rows = self._rows(module, method) or ()
        return tuple(ChangingCall(changer, statement, call) for own, statement, call in rows if own == name)

    def receivers(self, module: Module, here: Scope) -> tuple[str, ...]:
        """The names of the objects that a method is called on, where all of them are known."""
        parent = module.scope(here.parent) if here.parent is not None else None
        if here.kind is not ScopeKind.FUNCTION or parent is None or parent.kind is not ScopeKind.CLASS:
            return ()
        return tuple(dict.fromkeys(name for name, _, _ in self._rows(module, here) or ()))

    def _rows(self, module: Module, method: Scope) -> Rows | None:
        key = (module.path, method.id)
        if key not in self._calls:
            whole = self.ev.cuts, self.ev.omissions
            found = self._find(module, method)
            if (self.ev.cuts, self.ev.omissions) != whole:
                return found
            self._calls[key] = found
        return self._calls[key]

    def _find(self, module: Module, method: Scope) -> Rows | None:
        """All calls of a method; None where one of them is not followed."""
        if method.name.startswith("__") or (method.node is not None and method.node.decorators):
            return None
        cls = module.scope(method.parent or MODULE_SCOPE)
        if cls.parent != MODULE_SCOPE or len(cls.bindings.get(method.name, ())) != 1:
            return None
        positions = self.ev.moments.direct_calls(module, method)
        if not positions or len(positions) > MAX_CALLS:
            return None
        found = [self._call(module, method, position) for position in positions]
        rows = [row for row in found if row is not None]
        return tuple(rows) if len(rows) == len(found) else None

    def _call(self, module: Module, method: Scope, position: int) -> tuple[str, n.Stmt, n.Call] | None:
        """The statement `obj.method(…)` whose name of the method stands at a place, with the name of the object."""
        places = locate(module.scope(MODULE_SCOPE), position)
        if not places[-1].inside or any(isinstance(p.owner, (n.Try, n.With)) for p in places):
            return None
        statement = places[-1].block[places[-1].index]
        call = module.expression(statement.value) if isinstance(statement, n.ExprStmt) else None
        if not isinstance(call, n.Call) or not isinstance(call.func, n.Attribute) or call.func.attr != method.name:
            return None
        receiver = call.func.value
        is_there = call.func.span[1] == position + len(method.name.encode())
        if not is_there or not isinstance(receiver, n.Name) or self._class_of(module, receiver.id) is None:
            return None
        if any(changed_by_calls.runs_code(a.value) for a in call.args):
            return None
        return receiver.id, statement, call

    def _class_of(self, module: Module, name: str) -> ClassRef | None:
        """The class of an object that is made for a name, which nothing else binds."""
        scope = module.scope(MODULE_SCOPE)
        sites = [b for b in scope.bindings.get(name, ()) if b.kind is not BindingKind.MUTATION]
        if len(sites) != 1 or (MODULE_SCOPE, name) in module.index.outside_bindings:
            return None
        site = sites[0]
        if site.kind is not BindingKind.ASSIGNMENT or site.value is None or site.unpack or site.target is not None:
            return None
        if any(isinstance(p.owner, (n.For, n.While)) for p in locate(scope, site.statement.span[0])):
            return None
        if isinstance(site.statement, n.Assign) and len(site.statement.targets) != 1:
            return None
        call = module.expression(site.value)
        if not isinstance(call, n.Call):
            return None
        cls = self.ev.evaluate(call.func, lookup.environment(module, scope, None)).single()
        return cls if isinstance(cls, ClassRef) and cls.path == module.path and _is_made_anew(self.ev, cls) else None


def is_by_method(module: Module, store: AttributeStore) -> bool:
    """Whether a method stores to its first parameter, once in each of its runs at most."""
    method = module.scope(store.scope)
    if method.kind is not ScopeKind.FUNCTION or not method.parameters or store.loops or method.name == "__init__":
        return False
    first = method.parameters[0].name
    if not isinstance(store.receiver, n.Name) or store.receiver.id != first or first in method.bindings:
        return False
    return changed_by_calls.is_made_once(method, store.statement.span[0])


def _is_made_anew(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether each call of a class makes an object, and no base has a say in its methods."""
    for base in classes.mro(ev, cls):
        if not isinstance(base, ClassRef):
            if base is None or getattr(base, "name", "") not in classes.PLAIN_BASES:
                return False
            continue
        _, scope = classes.class_scope(ev, base)
        if "__new__" in scope.bindings or not isinstance(scope.node, n.ClassDef):
            return False
        if any(a.name is not None or a.star for a in scope.node.arguments):
            return False
    return True


def environment(ev: Evaluator, module: Module, binding: Binding, method: Scope, receiver: Atom) -> Environment:
    """The environment of a method that a statement of its module's flow calls on an object."""
    call = module.expression(binding.value or (0, 0))
    frame = ev.open_frame(module, method)
    if isinstance(call, n.Call):
        outer = lookup.environment(module, module.scope(MODULE_SCOPE), None)
        parent = ev.open_frame(module, module.scope(method.parent or MODULE_SCOPE))
        given = calls.evaluate_arguments(ev, call.args, outer)
        frame = calls.bind(ev, module, method, parent, given, receiver) or frame
    return lookup.environment(module, method, frame)
