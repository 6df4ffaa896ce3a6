"""Attributes in the order of a module's own flow: `consts.NAME = …`, `Settings.rows.append(…)`, `obj.name += …`.

Followed are stores through a name that stands for one module, class or object all along. What other code stores, in
methods, functions or other files, may be there at any time: it is asked for beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import (
    changed_by_calls,
    changed_by_methods,
    classes,
    content_changes,
    data_classes,
    lookup,
    objects,
    operations,
    reads,
    stores,
)
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.bindings import Branch, Reaching, at_any_time_after, locate, reaching
from ptmscan.analysis.changed_by_calls import Changer, ChangingCall
from ptmscan.analysis.holders import AttributeHolder, DottedHolder
from ptmscan.analysis.index import MODULE_SCOPE, AttributeStore, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.reads import Read
from ptmscan.analysis.values import Atom, ClassRef, Frame, Instance, ModuleRef, StepKind, Value, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

_GUARDS = ("__setattr__", "__getattr__", "__getattribute__", "__delattr__", "__set__", "__slots__")


@dataclass(frozen=True, slots=True)
class Flow:
    """The stores of a module's own flow to one attribute of one object, as bindings of a dotted name."""

    holder: DottedHolder
    scope: Scope
    stores: frozenset[int]
    changers: tuple[tuple[n.Span, Changer], ...]

    def changer(self, call: n.Span | None) -> Changer | None:
        """What the function of a call stores or changes."""
        return next((c for span, c in self.changers if span == call), None)

    def inside(self, function: int) -> tuple[Binding, ...]:
        """The store that a function makes whose calls are followed."""
        found = {id(c.change): c.change for _, c in self.changers if c.function == function and c.parameter is None}
        return tuple(found.values())


def value(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value | None:
    """`a.b` as the flow of the module leaves it; None where nothing in it stores there, or it cannot be followed."""
    receiver = content_changes.dotted(expr.value)
    if receiver is None or not _may_store(ev, env.module, receiver, expr.attr):
        return None
    flow = _flow(ev, env.module, receiver, expr.attr)
    if flow is None or not _is_root_of_module(env, receiver):
        return None
    atom = ev.evaluate(expr.value, env).single()
    if atom is None or not can_follow(ev, atom, expr.attr):
        return None
    found = _reaching(ev, flow, expr.span[0], env)
    if found is None:
        return None
    whole = ev.sharing.checked(flow.holder, _joined(ev, env.module, flow, atom, found))
    if found.sites or not isinstance(atom, ModuleRef) or not reads.has_gaps(whole):
        return whole
    read = reads.of_place(ev, env, expr.span[1] - len(expr.attr.encode()), expr.attr)
    early = None if read is None or read.is_change else _module_at(ev, flow, atom.path, read)
    return whole if early is None else ev.sharing.checked_for((), flow.holder, early, read)


def _module_at(ev: Evaluator, flow: Flow, path: str, read: Read) -> Value | None:
    """A name of another module where no store of the flow has come before."""
    return lookup.module_attribute(ev, path, flow.holder.attr, (flow.holder,), flow.stores, read)


def changes(ev: Evaluator, module: Module, expr: n.Attribute) -> list[Binding]:
    """The changes of content that a module makes to attributes of that name, as bindings."""
    sites = [
        Binding(expr.attr, BindingKind.MUTATION, s.position, s.statement)
        for s in module.index.stores.get(expr.attr, ())
        if s.value is None or s.operator is not None
    ]
    receiver = content_changes.dotted(expr.value)
    flow = _flow(ev, module, receiver, expr.attr) if receiver is not None else None
    return sites if flow is None else [*sites, *flow.scope.bindings[_name(flow.holder)]]


def _may_store(ev: Evaluator, module: Module, receiver: str, attr: str) -> bool:
    return attr in module.index.stores or bool(ev.changed_by_calls.passed(module, f"{receiver}.{attr}"))


def has_flow(ev: Evaluator, module: Module, receiver: str, attr: str) -> bool:
    """Whether the flow of a module stores to an attribute through a dotted name."""
    return _may_store(ev, module, receiver, attr) and _flow(ev, module, receiver, attr) is not None


def stores_in(ev: Evaluator, module: Module, receiver: str, attr: str, function: int) -> bool:
    """Whether what a function does to an attribute through a dotted name is part of the flow of its module."""
    flow = _flow(ev, module, receiver, attr)
    return flow is not None and bool(flow.inside(function))


# --- the stores of a flow ---------------------------------------------------------------------------------------------


def _flow(ev: Evaluator, module: Module, receiver: str, attr: str) -> Flow | None:
    key = (module.path, receiver, attr)
    if key not in ev.flows:
        cuts = ev.cuts
        found = _found(ev, module, receiver, attr)
        if ev.cuts != cuts:
            return found
        ev.flows[key] = found
    return ev.flows[key]


def _found(ev: Evaluator, module: Module, receiver: str, attr: str) -> Flow | None:
    by_scope: dict[int, list[AttributeStore]] = {}
    for store in module.index.stores.get(attr, ()):
        if content_changes.dotted(store.receiver) == receiver:
            by_scope.setdefault(store.scope, []).append(store)
    own = by_scope.pop(MODULE_SCOPE, [])
    if any(s.loops for s in own) or not _is_bound_once(module, receiver):
        return None
    holder = DottedHolder(module.path, receiver, attr)
    name = _name(holder)
    inner = [rows[0] for rows in by_scope.values() if len(rows) == 1 and not rows[0].loops]
    followed = {id(s): found for s in inner if (found := _calls_that_store(ev, module, holder, s)) is not None}
    by_methods = {id(s): rows for s in _of_methods(module, holder) if (rows := _method_calls(ev, module, holder, s))}
    followed |= by_methods
    calls = [c for row in followed.values() for c in row] + [c for _, c in ev.changed_by_calls.passed(module, name)]
    sites = [*(_site(module, holder, s) for s in own), *(c.binding(name) for c in calls)]
    if not sites:
        return None
    scope = replace(module.scope(MODULE_SCOPE), bindings={name: sorted(sites, key=lambda b: b.position)})
    changers = tuple((c.call.span, c.changer) for c in calls)
    return Flow(holder, scope, frozenset(id(s) for s in own) | followed.keys(), changers)


def _of_methods(module: Module, holder: DottedHolder) -> list[AttributeStore]:
    """The stores by which methods of a module may change the attribute of an object of a name, one of each."""
    if "." in holder.receiver:
        return []
    by_scope: dict[int, list[AttributeStore]] = {}
    for store in module.index.stores_of(holder.attr):
        if changed_by_methods.is_by_method(module, store):
            by_scope.setdefault(store.scope, []).append(store)
    return [rows[0] for rows in by_scope.values() if len(rows) == 1 and rows[0].attr == holder.attr]


def _method_calls(
    ev: Evaluator, module: Module, holder: DottedHolder, store: AttributeStore
) -> tuple[ChangingCall, ...]:
    """The calls on the object of a name of a method that makes a store."""
    first = module.scope(store.scope).parameters[0].name
    change = replace(_site(module, holder, store), name=f"{first}.{holder.attr}")
    return ev.changed_by_methods.of_object(module, holder.receiver, store, change)


def _calls_that_store(
    ev: Evaluator, module: Module, holder: DottedHolder, store: AttributeStore
) -> tuple[ChangingCall, ...] | None:
    """The calls of the function that makes a store; None where they are not followed."""
    function = module.scope(store.scope)
    if function.kind is not ScopeKind.FUNCTION or function.parent != MODULE_SCOPE:
        return None
    root = holder.receiver.partition(".")[0]
    if root in function.bindings or any(p.name == root for p in function.parameters):
        return None
    if not changed_by_calls.is_made_once(function, store.statement.span[0]):
        return None
    changer = Changer(function.id, _site(module, holder, store))
    return ev.changed_by_calls.calls_of(module, changer)


def _name(holder: DottedHolder) -> str:
    return f"{holder.receiver}.{holder.attr}"


def _site(module: Module, holder: DottedHolder, store: AttributeStore) -> Binding:
    """A store as a binding; one by `setattr` inside another expression may not come to be made."""
    kind = BindingKind.ASSIGNMENT
    if store.value is None:
        kind = BindingKind.MUTATION
    elif store.operator is not None:
        kind = BindingKind.AUGMENTED
    elif isinstance(store.statement, n.Other):
        place = locate(module.scope(store.scope), store.statement.span[0])[-1]
        around = place.block[place.index] if place.inside else None
        if isinstance(around, n.ExprStmt) and around.value == store.statement.span:
            return Binding(_name(holder), kind, store.position, around, store.value, store.unpack)
        kind = BindingKind.WALRUS
    return Binding(_name(holder), kind, store.position, store.statement, store.value, store.unpack)


def _is_bound_once(module: Module, receiver: str) -> bool:
    """Whether one statement outside of loops binds the first name of a receiver; imports of a package may be many."""
    scope = module.scope(MODULE_SCOPE)
    root = receiver.partition(".")[0]
    if (MODULE_SCOPE, root) in module.index.outside_bindings:
        return False
    sites = [b for b in scope.bindings.get(root, ()) if b.kind is not BindingKind.MUTATION]
    if not sites or (len(sites) > 1 and any(b.kind is not BindingKind.IMPORT for b in sites)):
        return False
    return not any(isinstance(p.owner, (n.For, n.While)) for p in locate(scope, sites[0].statement.span[0]))


# --- a place in the flow ----------------------------------------------------------------------------------------------


def _is_root_of_module(env: Environment, receiver: str) -> bool:
    """Whether the first name of a receiver is the module's, seen from a place."""
    root = receiver.partition(".")[0]
    if env.locals is not None and env.locals.get(root) is not None:
        return False
    scope: Scope | None = env.module.scope(env.scope)
    while scope is not None and scope.kind is not ScopeKind.MODULE:
        if root in scope.bindings or any(p.name == root for p in scope.parameters):
            return False
        scope = env.module.scope(scope.parent) if scope.parent is not None else None
    return True


def _reaching(ev: Evaluator, flow: Flow, position: int, env: Environment) -> Reaching | None:
    """The stores that may be in force at a place of the module; None where it may run at any time."""
    module, name = env.module, _name(flow.holder)
    here = module.scope(env.scope)
    if env.deferred is not None:
        return None
    if here.kind is not ScopeKind.FUNCTION and (here.parent in (None, MODULE_SCOPE)):
        return reaching(flow.scope, name, position, _feasible(ev, module, flow.scope, None))
    times = ev.moments.of(module, here)
    if not times:
        return None
    sites: dict[int, Binding] = {}
    if inside := flow.inside(here.id):
        feasible = _feasible(ev, module, here, ev.open_frame(module, here))
        own = reaching(replace(here, bindings={name: list(inside)}), name, position, feasible)
        sites |= {id(b): b for b in own.sites}
        if not own.falls:
            return Reaching(tuple(sites.values()), falls=False)
    feasible = _feasible(ev, module, flow.scope, None)
    rows = [
        at_any_time_after(module.index, flow.scope, name, m.position, feasible)
        if m.lasting
        else reaching(flow.scope, name, m.position, feasible)
        for m in times
    ]
    sites |= {id(site): site for row in rows for site in row.sites}
    sites |= {id(b): b for b in _under_way(flow, here, tuple(m.position for m in times))}
    return Reaching(tuple(sites.values()), any(row.falls for row in rows))


def _feasible(ev: Evaluator, module: Module, scope: Scope, frame: Frame | None) -> Callable[[Branch], bool]:
    env = lookup.environment(module, scope, frame)
    return lambda branch: ev.feasible(branch, env)


def _under_way(flow: Flow, runner: Scope, positions: tuple[int, ...]) -> list[Binding]:
    """The calls that store and may be under way when a function runs that they call."""
    rows = [b for b in flow.scope.bindings[_name(flow.holder)] if b.function not in (None, runner.id)]
    return [b for b in rows if any(b.statement.span[0] <= p < b.statement.span[1] for p in positions)]


def _joined(ev: Evaluator, module: Module, flow: Flow, atom: Atom, found: Reaching) -> Value:
    """What the stores in force give, what the object had before them, and what other code stores at any time."""
    values = [_site_value(ev, module, flow, atom, b) for b in found.sites]
    rest = _before(ev, flow, atom) if found.falls else _others(ev, flow, atom)
    return join((*values, *rest))


def _site_value(ev: Evaluator, module: Module, flow: Flow, atom: Atom, binding: Binding) -> Value:
    key = ("attribute", flow.holder, binding.position, binding.kind, binding.unpack, binding.function)
    return ev.remember(key, binding, lambda: _stored(ev, module, flow, atom, binding))


def _stored(ev: Evaluator, module: Module, flow: Flow, atom: Atom, binding: Binding) -> Value:
    """What a store of the flow, or the call of a function that makes one, leaves in the attribute."""
    where = next((c.function for _, c in flow.changers if c.change is binding), MODULE_SCOPE)
    scope = module.scope(where)
    env = lookup.environment(module, scope, ev.open_frame(module, scope))

    # What an earlier round of a loop made of the object is what this one makes of it.
    settles = binding.kind is BindingKind.MUTATION and content_changes.settles(binding.statement)
    itself = binding if binding.function is None and settles else None

    def before() -> Value:
        found = _reaching(ev, flow, binding.statement.span[0], env) or Reaching((), True)
        return _joined(ev, module, flow, atom, found.without(itself))

    if binding.function is None:
        return _made(ev, binding, before, env)
    changer = flow.changer(binding.value)
    if changer is None:
        return unknown("a function changes the attribute")
    if changer.parameter is not None:
        return changed_by_calls.after(ev, module, binding, changer, before())
    function = module.scope(changer.function)
    if function.parent == MODULE_SCOPE:
        inside = changed_by_calls.environment(ev, module, binding, function)
    else:
        inside = changed_by_methods.environment(ev, module, binding, function, atom)
    made = _made(ev, changer.change, before, inside)
    surely = changed_by_calls.is_made_surely(function, changer.change.statement)
    return made if surely else join((before(), made))


def _made(ev: Evaluator, binding: Binding, before: Callable[[], Value], env: Environment) -> Value:
    """What one store gives, made in an environment."""
    step = env.step(binding.statement.span, StepKind.ATTRIBUTE)
    if binding.kind in (BindingKind.ASSIGNMENT, BindingKind.WALRUS) and binding.value is not None:
        return lookup.unpacked(ev.evaluate_span(binding.value, env), binding.unpack).traced(step)
    if isinstance(binding.statement, n.AugAssign) and binding.kind is BindingKind.AUGMENTED:
        added = ev.evaluate_span(binding.statement.value, env)
        return operations.binary(binding.statement.op, before(), added).traced(step)

    def is_holder(expr: n.Expr) -> bool:
        return content_changes.dotted(expr) == binding.name

    return content_changes.after(ev, binding.statement, is_holder, before(), env)


# --- what is not of the flow ------------------------------------------------------------------------------------------


def can_follow(ev: Evaluator, atom: Atom, attr: str) -> bool:
    """Whether storing an attribute of an object does no more than that."""
    match atom:
        case ModuleRef(path=path):
            return ev.program.module(path) is not None
        case ClassRef(exact=True) as cls:
            return not classes.is_enum(ev, cls) and is_plain(ev, cls, attr)
        case Instance(cls=cls, arguments=arguments) if arguments is not None:
            return not data_classes.is_frozen(ev, cls) and is_plain(ev, cls, attr)
        case _:
            return False


def is_plain(ev: Evaluator, cls: ClassRef, attr: str) -> bool:
    """Whether no method of a class has a say in what its attribute is."""
    for base in classes.mro(ev, cls):
        if not isinstance(base, ClassRef):
            if base is None or getattr(base, "name", "") not in classes.PLAIN_BASES:
                return False
            continue
        bindings = classes.class_scope(ev, base)[1].bindings
        if any(name in bindings for name in _GUARDS):
            return False
        if any(b.kind in (BindingKind.FUNCTION, BindingKind.CLASS) for b in bindings.get(attr, ())):
            return False
    return True


def _before(ev: Evaluator, flow: Flow, atom: Atom) -> list[Value]:
    """What the attribute is but for the stores of the flow."""
    attr = flow.holder.attr
    key = ("before", flow.holder, atom)

    def compute() -> Value:
        match atom:
            case ModuleRef(path=path):
                found = lookup.module_attribute(ev, path, attr, (flow.holder,), flow.stores)
                return join(()) if found is None else found
            case ClassRef():
                return classes.of_class(ev, atom, attr, atom, flow.stores)
            case Instance():
                return objects.of_instance(ev, atom, attr, flow.stores)
            case _:
                raise AssertionError(atom)

    found = ev.remember(key, atom, compute)
    if isinstance(atom, ModuleRef):
        return [found]
    return [ev.sharing.checked_for((flow.holder,), AttributeHolder(attr), found)]


def _others(ev: Evaluator, flow: Flow, atom: Atom) -> list[Value]:
    """What code outside of the flow may store there at any time."""
    attr = flow.holder.attr
    match atom:
        case ModuleRef(path=path):
            return lookup.rebound_values(ev, path, attr, flow.stores)
        case ClassRef():
            return stores.on_class(ev, atom, attr, flow.stores)
        case Instance():
            return stores.on_object(ev, atom, attr, flow.stores, later=True)[0]
        case _:
            return []
