"""Attributes of modules, classes and objects.

Lookup on classes follows the method resolution order (C3, https://docs.python.org/3/howto/mro.html); data of objects
are the stores to `self.x` in the methods of their classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, lookup, operations, text_methods
from ptmscan.analysis.bindings import at_end, reaching
from ptmscan.analysis.holders import AttributeHolder
from ptmscan.analysis.index import AttributeStore, Scope, ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Atom,
    BoundMethod,
    ClassRef,
    EnumMember,
    External,
    Frame,
    FunctionRef,
    Instance,
    Made,
    Mapping,
    ModuleRef,
    PathObject,
    Sequence,
    StepKind,
    Super,
    Value,
    join,
    known,
    mapped,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.analysis.evaluator import Environment, Evaluator
    from ptmscan.analysis.program import Module

MAX_CLASSES = 64
MAX_SUBCLASS_FILES = 24
ENUM_BASES = frozenset(["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"])


def expression(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value:
    """`value.attr` as written in the source."""
    own = _own_flow(ev, expr, env)
    if own is not None:
        return ev.sharing.checked(AttributeHolder(expr.attr), own)
    return of_value(ev, ev.evaluate(expr.value, env), expr.attr, env)


def of_value(ev: Evaluator, value: Value, attr: str, env: Environment) -> Value:
    """The attribute of every alternative of a value."""
    return mapped(value, lambda atom: of_atom(ev, atom, attr, env))


def of_atom(ev: Evaluator, atom: Atom, attr: str, env: Environment) -> Value:
    """The attribute of one alternative."""
    match atom:
        case External() | Made() if (made := ev.followed(atom)) is not None:
            owner = ev.owner(made)
            return unknown("an object of a library") if owner is None else owner.attribute(ev, made, attr, env)
        case External(name=name):
            return known(External(f"{name}.{attr}"))
        case ModuleRef(path=path, name=name):
            return _of_module(ev, path, name, attr, env)
        case ClassRef():
            return ev.sharing.checked(AttributeHolder(attr), of_class(ev, atom, attr, atom))
        case Instance():
            return ev.sharing.checked(AttributeHolder(attr), of_instance(ev, atom, attr))
        case Super(after=after, receiver=receiver):
            return ev.sharing.checked(AttributeHolder(attr), _of_super(ev, after, receiver, attr))
        case EnumMember(name=name, value=value):
            return (
                text_of(name)
                if attr == "name"
                else value
                if attr == "value"
                else unknown(f"attribute {attr} of an enum member")
            )
        case PathObject():
            return text_methods.path_attribute(atom, attr)
        case BoundMethod() | FunctionRef():
            return (
                text_of(function_name(ev, atom)) if attr == "__name__" else unknown(f"attribute {attr} of a function")
            )
        case _:
            return unknown(f"attribute {attr} of {operations.describe(atom)}")


def function_name(ev: Evaluator, atom: BoundMethod | FunctionRef) -> str:
    """`function.__name__`"""
    ref = atom.function if isinstance(atom, BoundMethod) else atom
    return ev.program.get(ref.path).scope(ref.scope).name


def _of_module(ev: Evaluator, path: str, name: str, attr: str, env: Environment) -> Value:
    if attr == "__dict__":
        return known(External(f"{name}.__dict__"))
    found = lookup.module_attribute(ev, path, attr)
    stores = [s for s in env.module.index.stores.get(attr, ()) if _is_module(ev, s, path, env)]
    values = [store_value(ev, env.module, s, None) for s in stores]
    if found is None or (not found.atoms and found.closed):
        return join((known(External(f"{name}.{attr}")), *values))
    return join((found, *values)) if values else found


def _is_module(ev: Evaluator, store: AttributeStore, path: str, env: Environment) -> bool:
    if not isinstance(store.receiver, (n.Name, n.Attribute)):
        return False
    where = lookup.environment(env.module, env.module.scope(store.scope), None)
    return any(isinstance(a.atom, ModuleRef) and a.atom.path == path for a in ev.evaluate(store.receiver, where).atoms)


# --- classes ----------------------------------------------------------------------------------------------------------


def class_scope(ev: Evaluator, ref: ClassRef) -> tuple[Module, Scope]:
    """The module and the scope of a class."""
    module = ev.program.get(ref.path)
    return module, module.scope(ref.scope)


def bases(ev: Evaluator, ref: ClassRef) -> tuple[Atom | None, ...]:
    """The direct bases: ClassRef or External, None for one that is not known."""
    module, scope = class_scope(ev, ref)
    node = scope.node
    if not isinstance(node, n.ClassDef):
        return ()
    outer = module.scope(scope.parent or 0)
    env = lookup.environment(module, outer, ref.frame)
    found: list[Atom | None] = []
    for argument in node.arguments:
        if argument.name is not None or argument.star:
            continue
        value = ev.evaluate_span(argument.value, env)
        classes = [a.atom for a in value.atoms if isinstance(a.atom, (ClassRef, External))]
        found += classes[:4] if classes else [None]
    return tuple(found)


def mro(ev: Evaluator, ref: ClassRef) -> tuple[Atom | None, ...]:
    """The method resolution order; externals end their line, None stands for an unknown base."""
    key = ("mro", ref)
    cached = ev.orders.get(key)
    if cached is None:
        ev.orders[key] = (ref,)
        cached = ev.orders[key] = _linearised(ev, ref)
    return cached


def _linearised(ev: Evaluator, ref: ClassRef) -> tuple[Atom | None, ...]:
    direct = bases(ev, ref)
    lines: list[list[Atom | None]] = [list(mro(ev, b)) if isinstance(b, ClassRef) else [b] for b in direct]
    lines.append(list(direct))
    result: list[Atom | None] = [ref]
    while lines := [line for line in lines if line]:
        head = next((line[0] for line in lines if not any(line[0] in other[1:] for other in lines)), lines[0][0])
        result.append(head)
        lines = [[x for x in line if x != head] for line in lines]
        if len(result) > MAX_CLASSES:
            break
    return tuple(result)


def subclasses(ev: Evaluator, ref: ClassRef) -> tuple[ClassRef, ...] | None:
    """The classes of the repository that derive from a class, directly or not; None: too many to follow."""
    return ev.derived(ref, lambda: _subclasses(ev, ref))


def _subclasses(ev: Evaluator, ref: ClassRef) -> tuple[ClassRef, ...] | None:
    found: dict[tuple[str, int], ClassRef] = {}
    pending = [ref]
    while pending:
        parent = pending.pop()
        paths = ev.program.subclassed_in(class_scope(ev, parent)[1].name)
        if len(paths) > MAX_SUBCLASS_FILES or len(found) > MAX_CLASSES:
            return None
        for path in paths:
            module = ev.program.module(path)
            for child in _children(ev, module, parent) if module is not None else ():
                if (path, child.scope) not in found:
                    found[path, child.scope] = child
                    pending.append(child)
    return tuple(found.values())


def _children(ev: Evaluator, module: Module, parent: ClassRef) -> Iterator[ClassRef]:
    """The classes of one module that name the parent as a base."""
    for candidate in module.index.scopes:
        if isinstance(candidate.node, n.ClassDef) and candidate.node.arguments:
            child = ClassRef(module.path, candidate.id)
            if any(isinstance(b, ClassRef) and same_class(b, parent) for b in bases(ev, child)):
                yield child


def same_class(a: ClassRef, b: ClassRef) -> bool:
    """Whether two references mean the same class statement."""
    return (a.path, a.scope) == (b.path, b.scope)


def of_class(ev: Evaluator, ref: ClassRef, attr: str, receiver: Atom) -> Value:
    """`Class.attr`; functions come bound as Python binds them for `receiver` (the class, or an object of it)."""
    value = _along(ev, mro(ev, ref), attr, receiver)
    inexact = not ref.exact if receiver is ref else isinstance(receiver, Instance) and receiver.arguments is None
    if inexact:
        derived = subclasses(ev, ref)
        if derived is None:
            return value.opened("the class has very many subclasses")
        others = [_own_attribute(ev, s, attr, receiver) for s in derived]
        value = join((value, *(o for o in others if o is not None)))
    return value


def _along(ev: Evaluator, order: tuple[Atom | None, ...], attr: str, receiver: Atom) -> Value:
    uncertain: list[Value] = []
    for cls in order:
        match cls:
            case ClassRef():
                found = _own_attribute(ev, cls, attr, receiver)
                if found is not None:
                    return join((*uncertain, found))
            case External(name=name) if name in ("builtins.object", "abc.ABC", "typing.Protocol") or name.startswith(
                "typing.Generic"
            ):
                continue
            case External(name=name):
                return join((*uncertain, known(_inherited(ev, f"{name}.{attr}", receiver))))
            case _:
                uncertain.append(unknown("a base class is not known"))
    if uncertain:
        return join(uncertain)
    if attr == "__name__" and isinstance(receiver, ClassRef):
        return text_of(class_scope(ev, receiver)[1].name)
    return unknown(f"no attribute `{attr}` was found")


def _inherited(ev: Evaluator, name: str, receiver: Atom) -> External:
    """A library's method on a local subclass or its object, which goes along where a model looks at it."""
    followed = ev.framework(name) is not None and isinstance(receiver, (Instance, ClassRef))
    return External(name, receiver if followed and isinstance(receiver, (Instance, ClassRef)) else None)


def _own_attribute(ev: Evaluator, cls: ClassRef, attr: str, receiver: Atom) -> Value | None:
    """An attribute that the class body itself binds, bound to the receiver; None when it does not."""
    module, scope = class_scope(ev, cls)
    inner = lookup.environment(module, scope, cls.frame)
    found = at_end(scope, attr, lambda b: ev.feasible(b, inner))
    values = lookup.site_values(ev, module, scope, cls.frame, found, own=True)
    stores = [s for s in module.index.stores.get(attr, ()) if _stores_on_class(ev, module, s, cls)]
    values += [store_value(ev, module, s, None) for s in stores]
    if not values:
        return None
    value = join(values)
    if is_enum(ev, cls) and not attr.startswith("_"):
        return mapped(value, lambda a: a_member(cls, attr, a))
    step = inner.step(scope.node.name_span if scope.node else scope.span, StepKind.ATTRIBUTE, None)
    return (
        mapped(value, lambda a: _bound(ev, a, receiver)).traced(step)
        if _has_data(value)
        else mapped(value, lambda a: _bound(ev, a, receiver))
    )


def _has_data(value: Value) -> bool:
    return any(not isinstance(a.atom, (FunctionRef, ClassRef)) for a in value.atoms)


def a_member(cls: ClassRef, name: str, atom: Atom) -> Value:
    """An enum member for a value that the class body binds; methods stay methods."""
    return known(atom) if isinstance(atom, (FunctionRef, BoundMethod)) else known(EnumMember(cls, name, known(atom)))


def is_enum(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether a class is an Enum."""
    return any(isinstance(b, External) and b.name in ENUM_BASES for b in mro(ev, cls))


def members(ev: Evaluator, cls: ClassRef) -> tuple[Value, ...]:
    """All members of an Enum class of the repository."""
    _, scope = class_scope(ev, cls)
    names = [name for name, sites in scope.bindings.items() if not name.startswith("_") and sites]
    return tuple(v for name in names if (v := _own_attribute(ev, cls, name, cls)) is not None)


def _bound(ev: Evaluator, atom: Atom, receiver: Atom) -> Value:
    if not isinstance(atom, FunctionRef):
        return known(atom)
    module = ev.program.get(atom.path)
    node = module.scope(atom.scope).node
    if not isinstance(node, n.FunctionDef):
        return known(atom)
    names = calls.decorator_names(ev, module, atom.scope)
    if "builtins.staticmethod" in names:
        return known(atom)
    if "builtins.classmethod" in names or node.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        cls: Atom = (
            ClassRef(receiver.cls.path, receiver.cls.scope, receiver.cls.frame, receiver.arguments is not None)
            if isinstance(receiver, Instance)
            else receiver
        )
        return known(BoundMethod(atom, cls))
    if not isinstance(receiver, Instance):
        return known(atom)
    if names & calls.PROPERTIES:
        return calls.invoke(ev, atom, calls.NO_ARGUMENTS, receiver)
    return known(BoundMethod(atom, receiver))


def _of_super(ev: Evaluator, after: ClassRef, receiver: Atom, attr: str) -> Value:
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    order = mro(ev, cls) if isinstance(cls, ClassRef) else ()
    position = next(
        (i for i, c in enumerate(order) if isinstance(c, ClassRef) and (c.path, c.scope) == (after.path, after.scope)),
        None,
    )
    behind = order[position + 1 :] if position is not None else mro(ev, after)[1:]
    return _along(ev, behind, attr, receiver)


# --- objects ----------------------------------------------------------------------------------------------------------


def of_instance(ev: Evaluator, instance: Instance, attr: str) -> Value:
    """`object.attr`: what methods store there, fields given to the constructor, else the class's attribute."""
    if attr == "__class__":
        return known(
            ClassRef(instance.cls.path, instance.cls.scope, instance.cls.frame, instance.arguments is not None)
        )
    field = calls.field_value(ev, instance, attr)
    if field is not None:
        return field
    values, certain = _stored(ev, instance, attr)
    if values and certain:
        return join(values)
    inherited = of_class(ev, instance.cls, attr, instance)
    if values and not inherited.atoms:
        return join(values)
    return join((*values, inherited))


def _stored(ev: Evaluator, instance: Instance, attr: str) -> tuple[list[Value], bool]:
    """The values that stores give an attribute of an object, and whether the constructor surely makes one."""
    classes = [c for c in mro(ev, instance.cls) if isinstance(c, ClassRef)]
    if instance.arguments is None:
        classes += [c for c in subclasses(ev, instance.cls) or () if c not in classes]
    values: list[Value] = []
    certain = False
    for module_path in dict.fromkeys(c.path for c in classes):
        module = ev.program.get(module_path)
        for store in module.index.stores.get(attr, ()):
            method = _method_of(module, store)
            owner = next(
                (c for c in classes if method is not None and c.path == module_path and c.scope == method.parent), None
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
    pairs = {(c.path, c.scope) for c in mro(ev, a) if isinstance(c, ClassRef)}
    return (b.path, b.scope) in pairs or (a.path, a.scope) in {
        (c.path, c.scope) for c in mro(ev, b) if isinstance(c, ClassRef)
    }


def _stores_on_class(ev: Evaluator, module: Module, store: AttributeStore, cls: ClassRef) -> bool:
    """Whether a store is `Class.attr = …` or `cls.attr = …` of a class method."""
    if not isinstance(store.receiver, n.Name):
        return False
    scope = module.scope(store.scope)
    env = lookup.environment(module, scope, lookup.open_frame(ev, module, scope))
    found = ev.evaluate(store.receiver, env)
    return any(
        isinstance(a.atom, ClassRef) and (a.atom.path, a.atom.scope) == (cls.path, cls.scope) for a in found.atoms
    )


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
        value = operations.any_item(value)
    return lookup.unpacked(value, store.unpack).traced(env.step(store.statement.span, StepKind.ATTRIBUTE))


def _own_flow(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value | None:
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


def item_stored(atom: Atom, key: Value, value: Value) -> Value:
    """A container after `container[key] = value`."""
    match atom:
        case Mapping():
            return known(operations.stored(atom, key, value))
        case Sequence(kind=kind, items=items, complete=complete):
            index = key.single()
            number = getattr(index, "value", None)
            if isinstance(number, int) and complete and -len(items) <= number < len(items):
                row = list(items)
                row[number] = value
                return known(Sequence(kind, tuple(row)))
            return known(Sequence(kind, tuple(join((i, value)) for i in items), False))
        case _:
            return known(atom)


__all__ = ["NEVER"]
