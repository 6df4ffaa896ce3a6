"""Stores to attributes: those of a class's own methods, and those from outside, in whatever file.

Order is not looked at: an attribute may hold whatever any store that may be to it gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, constructor_flow, containers, fills, lookup, stored_tables
from ptmscan.analysis.blocks import returns
from ptmscan.analysis.index import ANY_ATTRIBUTE, AttributeStore, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Alternative,
    Atom,
    ClassRef,
    Const,
    Frame,
    Instance,
    ModuleRef,
    StepKind,
    Value,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_FILES = 24
MAX_NEAR_FILES = 8
# Methods whose result may be a module.
_MODULE_GIVERS = frozenset(["import_module", "reload", "get", "pop", "setdefault", "load_module", "module_from_spec"])


def store_value(ev: Evaluator, module: Module, store: AttributeStore, frame: Frame | None) -> Value:
    """The value that a store gives; unknown for a change of content."""
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, frame or ev.open_frame(module, scope))
    if store.value is None and store.attr == ANY_ATTRIBUTE:
        return unknown("attributes are set through the dictionary of the object")
    if store.value is None:
        return _put(ev, store, env).opened(f"the content of `.{store.attr}` changes")
    if store.operator is not None:
        return unknown(f"`.{store.attr}` is changed in place")
    value = ev.evaluate_span(store.value, env)
    if store.loops:
        value = containers.any_item(value)
    return lookup.unpacked(value, store.unpack).traced(env.step(store.statement.span, StepKind.ATTRIBUTE))


def _put(ev: Evaluator, store: AttributeStore, env: Environment) -> Value:
    """What a change of the content of an attribute puts into it."""

    def is_holder(expr: n.Expr) -> bool:
        return isinstance(expr, n.Attribute) and expr.attr == store.attr and expr.value == store.receiver

    if ev.sketching:
        ev.omissions += 1
        return NEVER
    if not ev.is_called_by_modules(env.module, env.module.scope(store.scope)):
        # What is stored while the program runs is what it has loaded, not what it registers.
        return NEVER
    step = env.step(store.statement.span, StepKind.ATTRIBUTE)
    return Value(tuple(Alternative(atom, (step,)) for atom in fills.put(ev, store.statement, is_holder, env)))


def _values_in_contexts(ev: Evaluator, module: Module, store: AttributeStore, attr: str) -> list[Value]:
    """The values that a store may give an attribute of that name, in every context that calls its function."""
    scope = module.scope(store.scope)
    frame = ev.open_frame(module, scope)
    touched, ev.touched = ev.touched, set()
    values = _given(ev, module, store, attr, frame)
    own, ev.touched = ev.touched, touched
    names = frozenset(name for f, name in own if f is frame)
    frames, reason = _calling(ev, frame, names) if any(v.open_reason is not None for v in values) else ((), None)
    if not frames:
        ev.touched |= own
        return values
    found = [v for f in frames for v in _given(ev, module, store, attr, f)]
    return found if reason is None else [*found, *(v.opened(reason) for v in values)]


def _given(ev: Evaluator, module: Module, store: AttributeStore, attr: str, frame: Frame | None) -> list[Value]:
    """The values of a store in one context; none when it is not to that attribute there."""
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, frame or ev.open_frame(module, scope))
    found = stored_tables.given(ev, module, store, attr, env)
    if found is not None:
        step = env.step(store.statement.span, StepKind.ATTRIBUTE)
        return [v.traced(step) for v in found]
    return [store_value(ev, module, store, frame)] if _may_be_to(ev, module, store, attr, frame) else []


def _calling(ev: Evaluator, frame: Frame | None, names: frozenset[str]) -> tuple[tuple[Frame, ...], str | None]:
    """The frames that the callers of a function make, and why there may be others."""
    if frame is None or not names:
        return (), None
    if ev.sketching:
        ev.omissions += 1
        return (), None
    return ev.frames_of(frame, names)


def _may_be_to(ev: Evaluator, module: Module, store: AttributeStore, attr: str, frame: Frame | None) -> bool:
    """Whether a store may be to an attribute of that name."""
    if store.named is None:
        return True
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, frame or ev.open_frame(module, scope))
    name = ev.evaluate_span(store.named, env)
    return name.open_reason is not None or any(a.atom == Const(attr) for a in name.atoms)


def _elsewhere(ev: Evaluator, attr: str, near: str, own: tuple[str, ...]) -> Iterator[Module]:
    """The modules, but for some, that may store an attribute of that name; of many only those that mention `near`."""
    paths = [path for path in ev.program.stored_in(attr) if path not in own]
    if len(paths) > MAX_FILES:
        mentioned = frozenset(ev.program.mentions([near])[near])
        paths = [path for path in paths if path in mentioned]
    for path in paths:
        with ev.free_parses():
            module = ev.program.module(path)
        if module is not None:
            yield module


# --- modules ----------------------------------------------------------------------------------------------------------


def on_module(ev: Evaluator, path: str, attr: str, skipped: frozenset[int] = frozenset()) -> list[Value]:
    """The values that `module.attr = …` gives a name of a module, in any file; `skipped`: ids of stores left out."""
    near = ev.program.modules.name(path).rpartition(".")[2]
    found: list[Value] = []
    for module, store in ev.module_stores(attr, near):
        if id(store) not in skipped and _is_module(ev, module, store, path):
            found += _values_in_contexts(ev, module, store, attr)
    return found


def module_stores(ev: Evaluator, attr: str, near: str) -> tuple[tuple[Module, AttributeStore], ...]:
    """The stores to an attribute of that name whose receiver may be a module."""
    return tuple(
        (module, store)
        for module in _elsewhere(ev, attr, near, ())
        for store in module.index.stores_of(attr)
        if _may_be_module(module, store)
    )


def are_many(ev: Evaluator, attr: str) -> bool:
    """Whether so many files store an attribute of that name that only those near the module are read."""
    return len(ev.program.stored_in(attr)) > MAX_FILES


def _is_module(ev: Evaluator, module: Module, store: AttributeStore, path: str) -> bool:
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, ev.open_frame(module, scope))
    return any(isinstance(a.atom, ModuleRef) and a.atom.path == path for a in ev.receiver(store.receiver, env).atoms)


def _may_be_module(module: Module, store: AttributeStore) -> bool:
    """Whether the receiver of a store can be a module, judging by how its first name is bound; most stores cannot."""
    root = store.receiver
    while isinstance(root, (n.Attribute, n.Subscript)):
        root = root.value
    if not isinstance(root, n.Name):
        return isinstance(root, n.Call)
    scope: Scope | None = module.scope(store.scope)
    while scope is not None:
        sites = scope.bindings.get(root.id) if scope.kind is not ScopeKind.CLASS or scope.id == store.scope else None
        if sites or any(p.name == root.id for p in scope.parameters):
            return any(_may_bind_module(module, site) for site in sites or ())
        scope = module.scope(scope.parent) if scope.parent is not None else None
    return True


def _may_bind_module(module: Module, site: Binding) -> bool:
    """Whether a binding can give a module: an import, another name, or the result of a function (not of a class)."""
    if site.kind in (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.DELETE, BindingKind.MUTATION):
        return False
    value = module.expression(site.value) if site.value is not None and site.kind is BindingKind.ASSIGNMENT else None
    if isinstance(value, n.Call):
        name = value.func.attr if isinstance(value.func, n.Attribute) else getattr(value.func, "id", "")
        return name in _MODULE_GIVERS or (isinstance(value.func, n.Name) and name[:1].islower())
    return not isinstance(value, (n.Constant, n.FString, n.BinaryOp, n.Compare))


# --- classes ----------------------------------------------------------------------------------------------------------


def on_class(ev: Evaluator, cls: ClassRef, attr: str, skipped: frozenset[int] = frozenset()) -> list[Value]:
    """The values that `Class.attr = …`, also in class methods, gives an attribute of a class, in any file."""
    own, scope = classes.class_scope(ev, cls)
    found: list[Value] = []
    for module in (own, *_elsewhere(ev, attr, scope.name, (own.path,))):
        for store in module.index.stores_of(attr):
            if id(store) not in skipped and _is_class(ev, module, store, cls):
                found += _values_in_contexts(ev, module, store, attr)
    return found


def _is_class(ev: Evaluator, module: Module, store: AttributeStore, cls: ClassRef) -> bool:
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, ev.open_frame(module, scope))
    receiver = ev.receiver(store.receiver, env)
    return any(
        isinstance(a.atom, ClassRef) and (a.atom.path, a.atom.scope) == (cls.path, cls.scope) for a in receiver.atoms
    )


# --- objects of libraries ---------------------------------------------------------------------------------------------


def on_followed(ev: Evaluator, attr: str, own: Iterable[str], is_object: Callable[[Atom], bool]) -> list[Value]:
    """The values that stores, in whatever file, give an attribute of an object that a framework model follows.

    `own`: the files that make the object and read the attribute; stores to it elsewhere are many files' at most.
    """
    near = tuple(dict.fromkeys(own))
    others = [path for path in ev.program.stored_in(attr) if path not in near]
    found: list[Value] = []
    if len(others) > MAX_NEAR_FILES:
        found.append(unknown(f"`.{attr}` is stored in many files"))
        others = []
    for module in (m for path in (*near, *others) if (m := ev.program.module(path)) is not None):
        for store in module.index.stores_of(attr):
            scope = module.scope(store.scope)
            env = lookup.environment(module, scope, ev.open_frame(module, scope))
            receiver = ev.receiver(store.receiver, env)
            if any(is_object(a.atom) for a in receiver.atoms):
                found += _values_in_contexts(ev, module, store, attr)
            elif not receiver.atoms and receiver.open_reason is not None and store.named is None:
                found.append(unknown("an attribute of that name is stored on an unknown object"))
    return found


# --- objects ----------------------------------------------------------------------------------------------------------


def on_object(
    ev: Evaluator, instance: Instance, attr: str, skipped: frozenset[int] = frozenset(), *, later: bool = False
) -> tuple[list[Value], bool]:
    """The values that stores give an attribute of an object, and whether the constructor surely makes one.

    `skipped`: the ids of stores that are left out; `later`: those of the constructor are.
    """
    owners = [c for c in classes.mro(ev, instance.cls) if isinstance(c, ClassRef)]
    values: list[Value] = []
    if instance.arguments is None:
        derived = classes.subclasses(ev, instance.cls)
        owners += [c for c in derived or () if c not in owners]
        values += [unknown("the class has very many subclasses")] if derived is None else []
    own = tuple(dict.fromkeys(c.path for c in owners))
    certain = False
    for path in own:
        module = ev.program.get(path)
        for store in (s for s in module.index.stores_of(attr) if id(s) not in skipped):
            method = _method_of(module, store)
            owner = next((c for c in owners if method and (c.path, c.scope) == (path, method.parent)), None)
            if method is None or owner is None:
                values += _from_outside(ev, module, store, attr, instance, near=True)
                continue
            if later and _is_of_constructor(ev, module, method, store):
                continue
            if constructor_flow.is_replaced(ev, module, method, store, instance, owner):
                continue
            found = _values_in_method(ev, module, store, attr, method, instance, owner)
            if not found:
                continue
            values += found
            certain = certain or (owner == _constructor_of(owners, ev) and _unconditional(method, store))
    name = classes.class_scope(ev, instance.cls)[1].name
    for module in _elsewhere(ev, attr, name, own):
        near = module.path in ev.program.mentions([name])[name]
        for store in (s for s in module.index.stores_of(attr) if id(s) not in skipped):
            values += _from_outside(ev, module, store, attr, instance, near=near)
    return values, certain


def _values_in_method(
    ev: Evaluator, module: Module, store: AttributeStore, attr: str, method: Scope, instance: Instance, owner: ClassRef
) -> list[Value]:
    """The values that a store in a method may give an attribute of an object, whoever calls the method on it."""
    frame = calls.method_frame(ev, module, method, instance, owner)
    values = _given(ev, module, store, attr, frame) if _live(ev, module, store, frame) else []
    if frame is None or frame.parameters is None or method.name == "__init__":
        # Of an object of which nothing is known, the callers of the question at hand know more.
        return values
    if all(v.open_reason is None for v in values):
        return values
    # A function inside the method has callers of its own, each in one call of the method.
    function = module.scope(store.scope)
    taken = frozenset(p.name for p in function.parameters[function is method :])
    asked = ev.intern(Frame(module.path, method.id, None, frame.parent))
    frames, reason = _calling(ev, asked if function is method else ev.open_frame(module, function), taken)
    rows = [ev.intern(r) for f in frames if (r := _received_by(ev, f, method, instance)) is not None]
    if not rows:
        return values
    found = [v for row in rows if _live(ev, module, store, row) for v in _given(ev, module, store, attr, row)]
    return found if reason is None else [*found, *(v.opened(reason) for v in values)]


def _received_by(ev: Evaluator, frame: Frame, method: Scope, instance: Instance) -> Frame | None:
    """The frame of a method, or of a function in it, that is called on an object, if that may be this one."""
    if frame.scope != method.id:
        around = _received_by(ev, frame.parent, method, instance) if frame.parent is not None else None
        return None if around is None else replace(frame, parent=ev.intern(around))
    if not frame.parameters:
        return None
    first, receiver = frame.parameters[0]
    known = [a.atom for a in receiver.atoms if isinstance(a.atom, Instance)]
    if receiver.atoms and not any(_related(ev, a.cls, instance.cls) for a in known):
        return None
    mine = Value((Alternative(instance),))
    return replace(frame, parameters=((first, mine), *frame.parameters[1:]))


def _is_of_constructor(ev: Evaluator, module: Module, method: Scope, store: AttributeStore) -> bool:
    """Whether a store is made while an object is, and at no other time."""
    names = frozenset(s.id for s in module.index.scopes if s.name == "__init__" and s.kind is ScopeKind.FUNCTION)
    if method.name != "__init__" or store.scope not in names:
        return False
    # `self.__init__()` or `Base.__init__(self)` outside of a constructor runs it again.
    files = ev.program.mentions(["__init__"])["__init__"]
    return len(files) <= MAX_FILES and not any(
        _runs_constructors(m) for path in files if (m := ev.program.module(path)) is not None
    )


def _runs_constructors(module: Module) -> bool:
    """Whether code of a module calls `__init__` outside of constructors."""
    return any(
        module.index.scope_at(hit.start()).name != "__init__"
        for hit in re.finditer(rb"\.\s*__init__\b", module.source.data)
    )


def _constructor_of(owners: list[ClassRef], ev: Evaluator) -> ClassRef | None:
    """The class whose constructor runs for an object; an inherited one need not."""
    return next((c for c in owners if "__init__" in classes.class_scope(ev, c)[1].bindings), None)


def _live(ev: Evaluator, module: Module, store: AttributeStore, frame: Frame | None) -> bool:
    """Whether control comes to a store in its frame, as far as tests can be decided."""
    scope = module.scope(store.scope)
    return calls.is_reached(ev, lookup.environment(module, scope, frame), store.statement.span[0])


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
    """Whether a store is made by every run of a constructor."""
    if method.name != "__init__" or store.scope != method.id or not any(s is store.statement for s in method.body):
        return False
    return not any(r.span[0] < store.position for r in returns(method.body))


def _from_outside(
    ev: Evaluator, module: Module, store: AttributeStore, attr: str, instance: Instance, *, near: bool
) -> list[Value]:
    """`obj.attr = value` outside the class's methods, when `obj` may be an object of the class.

    `near`: the module knows the class, so that an object of which nothing is known may be one of its objects.
    """
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, ev.open_frame(module, scope))
    receiver = ev.receiver(store.receiver, env)
    known = any(isinstance(a.atom, Instance) and _related(ev, a.atom.cls, instance.cls) for a in receiver.atoms)
    if known:
        return _values_in_contexts(ev, module, store, attr)
    if receiver.atoms or not near or store.named is not None:
        return []
    return [unknown("an attribute of that name is stored on an unknown object")]


def _related(ev: Evaluator, a: ClassRef, b: ClassRef) -> bool:
    pairs = {(c.path, c.scope) for c in classes.mro(ev, a) if isinstance(c, ClassRef)}
    return (b.path, b.scope) in pairs or (a.path, a.scope) in {
        (c.path, c.scope) for c in classes.mro(ev, b) if isinstance(c, ClassRef)
    }
