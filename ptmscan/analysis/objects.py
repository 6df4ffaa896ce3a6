"""Objects of the repository's classes: what their methods, and code elsewhere, store on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, containers, data_classes, lookup
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.bindings import reaching
from ptmscan.analysis.index import AttributeStore, Scope, ScopeKind
from ptmscan.analysis.values import Atom, ClassRef, External, Frame, Instance, Made, StepKind, Value, known, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Environment, Evaluator
    from ptmscan.analysis.program import Module


def of_instance(ev: Evaluator, instance: Instance, attr: str) -> Value:
    """`object.attr`: what methods store there, fields given to the constructor, else the class's attribute."""
    if attr == "__class__":
        return known(
            ClassRef(instance.cls.path, instance.cls.scope, instance.cls.frame, instance.arguments is not None)
        )
    field = data_classes.field_value(ev, instance, attr)
    if field is not None:
        return field
    values, certain = stored(ev, instance, attr)
    if values and certain:
        return join(values)
    inherited = classes.of_class(ev, instance.cls, attr, instance)
    if values and not inherited.atoms:
        return join(values)
    return join((*values, inherited))


def stored(ev: Evaluator, instance: Instance, attr: str) -> tuple[list[Value], bool]:
    """The values that stores give an attribute of an object, and whether the constructor surely makes one."""
    owners = [c for c in classes.mro(ev, instance.cls) if isinstance(c, ClassRef)]
    if instance.arguments is None:
        owners += [c for c in classes.subclasses(ev, instance.cls) or () if c not in owners]
    values: list[Value] = []
    certain = False
    for module_path in dict.fromkeys(c.path for c in owners):
        module = ev.program.get(module_path)
        for store in module.index.stores.get(attr, ()):
            method = _method_of(module, store)
            owner = next(
                (c for c in owners if method is not None and c.path == module_path and c.scope == method.parent), None
            )
            if method is None or owner is None:
                values += _foreign_store(ev, module, store, instance)
                continue
            frame = calls.method_frame(ev, module, method, instance, owner)
            if not _live(ev, module, store, frame):
                continue
            value = store_value(ev, module, store, frame)
            values.append(value)
            certain = certain or (method.name == "__init__" and _unconditional(method, store))
    return values, certain


def _live(ev: Evaluator, module: Module, store: AttributeStore, frame: Frame | None) -> bool:
    """Whether the arms around a store can be taken in its frame."""
    from ptmscan.analysis.bindings import enclosing_branches

    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, frame)
    return all(ev.feasible(b, env) for b in enclosing_branches(scope, store.statement.span[0]))


def _method_of(module: Module, store: AttributeStore) -> Scope | None:
    """The method whose first parameter is the receiver of a store, None for any other receiver."""
    scope = module.scope(store.scope)
    while scope.kind is ScopeKind.FUNCTION and scope.parent is not None:
        parent = module.scope(scope.parent)
        first = scope.parameters[0].name if scope.parameters else None
        if parent.kind is ScopeKind.CLASS:
            return scope if isinstance(store.receiver, n.Name) and store.receiver.id == first else None
        scope = parent
    return None


def _unconditional(method: Scope, store: AttributeStore) -> bool:
    return store.scope == method.id and any(s is store.statement for s in method.body)


def _foreign_store(ev: Evaluator, module: Module, store: AttributeStore, instance: Instance) -> list[Value]:
    """`obj.attr = value` outside the class's methods, when `obj` may be an object of the class."""
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, lookup.open_frame(ev, module, scope))
    receiver = ev.evaluate(store.receiver, env)
    related = [
        a.atom for a in receiver.atoms if isinstance(a.atom, Instance) and _related(ev, a.atom.cls, instance.cls)
    ]
    if related:
        return [store_value(ev, module, store, env.frame)]
    return [unknown("an attribute of that name is stored on an unknown object")] if not receiver.atoms else []


def _related(ev: Evaluator, a: ClassRef, b: ClassRef) -> bool:
    pairs = {(c.path, c.scope) for c in classes.mro(ev, a) if isinstance(c, ClassRef)}
    return (b.path, b.scope) in pairs or (a.path, a.scope) in {
        (c.path, c.scope) for c in classes.mro(ev, b) if isinstance(c, ClassRef)
    }


def store_value(ev: Evaluator, module: Module, store: AttributeStore, frame: Frame | None) -> Value:
    """The value that a store gives; unknown for a change of content."""
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, frame or lookup.open_frame(ev, module, scope))
    if store.value is None:
        return unknown(f"the content of `.{store.attr}` changes")
    if store.operator is not None:
        return unknown(f"`.{store.attr}` is changed in place")
    value = ev.evaluate_span(store.value, env)
    if store.loops:
        value = containers.any_item(value)
    return lookup.unpacked(value, store.unpack).traced(env.step(store.statement.span, StepKind.ATTRIBUTE))


def own_flow(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value | None:
    """`self.x` right after `self.x = …` in the same method, when nothing else in the module stores that attribute."""
    scope = env.module.scope(env.scope)
    stores = env.module.index.stores.get(expr.attr, [])
    if (
        not stores
        or not isinstance(expr.value, n.Name)
        or scope.kind is not ScopeKind.FUNCTION
        or env.deferred is not None
    ):
        return None
    if not scope.parameters or scope.parameters[0].name != expr.value.id or expr.value.id in scope.bindings:
        return None
    if any(s.scope != scope.id or s.value is None or s.operator for s in stores):
        return None
    if any(not isinstance(s.receiver, n.Name) or s.receiver.id != expr.value.id for s in stores):
        return None
    found = reaching(
        ev.store_scope(env.module, scope, expr.attr), expr.attr, expr.span[0], lambda b: ev.feasible(b, env)
    )
    if found.falls or not found.sites:
        return None
    chosen = [s for s in stores if any(b.position == s.position for b in found.sites)]
    return join(store_value(ev, env.module, s, env.frame) for s in chosen)


def implicit_receiver(ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Value | None:
    """The value of `self` or `cls` of a method when its caller is not known; None for any other parameter."""
    if scope.parent is None or not scope.parameters or scope.parameters[0] is not parameter:
        return None
    parent = module.scope(scope.parent)
    if parent.kind is not ScopeKind.CLASS:
        return None
    names = calls.decorator_names(ev, module, scope.id)
    if "builtins.staticmethod" in names:
        return None
    frame = lookup.open_frame(ev, module, parent)
    if "builtins.classmethod" in names or scope.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return known(ClassRef(module.path, parent.id, frame, exact=False))
    return known(Instance(ClassRef(module.path, parent.id, frame)))


def entered(ev: Evaluator, manager: Value, env: Environment) -> Value:
    """What `with manager as x` binds."""

    def one(atom: Atom) -> Value:
        if isinstance(atom, Instance):
            method = of_instance(ev, atom, "__enter__")
            return ev.call(method, calls.NO_ARGUMENTS, env, (0, 0))
        return known(atom) if isinstance(atom, (External, Made)) else unknown("bound by with")

    return mapped(manager, one)
