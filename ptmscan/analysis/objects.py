"""Objects of the repository's classes: what their methods, and code elsewhere, store on them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, containers, data_classes, lookup, stores
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.bindings import reaching
from ptmscan.analysis.index import Scope, ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    EnumMember,
    External,
    FunctionRef,
    Instance,
    Made,
    Mapping,
    Sequence,
    SequenceKind,
    Step,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

_HANDS_ON = re.compile(rb"__init__\((?:self, *)?\*\w+, *\*\*\w+\)")


def of_instance(ev: Evaluator, instance: Instance, attr: str, skipped: frozenset[int] = frozenset()) -> Value:
    """`object.attr`: what methods store there, fields given to the constructor, else the class's attribute.

    `skipped`: the ids of stores that are not looked at.
    """
    if attr == "__class__":
        return known(
            ClassRef(instance.cls.path, instance.cls.scope, instance.cls.frame, instance.arguments is not None)
        )
    field = data_classes.field_value(ev, instance, attr, skipped)
    if field is not None:
        return field
    values, certain = stores.on_object(ev, instance, attr, skipped)
    if values and certain:
        return join(values)
    inherited = classes.of_class(ev, instance.cls, attr, instance)
    if inherited.atoms and _is_no_attribute(inherited, attr):
        # Of a dictionary: what is stored there may be its item, which may be stored as one, too.
        inherited = _fallback(ev, instance, attr) or unknown(classes.no_attribute(attr))
    elif not inherited.atoms:
        fallback = _fallback(ev, instance, attr) if not any(v.atoms for v in values) else None
        if fallback is not None:
            missing = inherited.open_reason == classes.no_attribute(attr)
            inherited = fallback if missing else fallback.opened(inherited.open_reason or classes.no_attribute(attr))
        elif values:
            inherited = NEVER
    return join((*values, inherited))


def _is_no_attribute(value: Value, attr: str) -> bool:
    """Whether an attribute is one that a class derived from dict is taken to inherit, and dict does not have."""
    return not hasattr(dict, attr) and all(a.atom == External(f"builtins.dict.{attr}") for a in value.atoms)


def _fallback(ev: Evaluator, instance: Instance, attr: str) -> Value | None:
    """What the class's own `__getattr__` gives for an attribute that is found nowhere else; None when it has none."""
    if attr.startswith("__"):
        return None
    module, scope = classes.class_scope(ev, instance.cls)
    env = lookup.environment(module, scope, instance.cls.frame)
    found: list[Value] = []
    for alternative in classes.of_class(ev, instance.cls, "__getattr__", instance).atoms:
        match alternative.atom:
            case BoundMethod(function=function) as method:
                node = ev.program.get(function.path).scope(function.scope).node
                span = node.span if node is not None else scope.span
                given = ev.call(known(method), Arguments((text_of(attr),)), env, span)
                found.append(_without_argument(given, env.step(span, StepKind.ARGUMENT)))
            case External(name="builtins.dict.__getitem__" | "builtins.dict.get"):
                content = dictionary(ev, instance)
                found += [containers.lookup(content, text_of(attr))] if content is not None else []
            case _:
                pass
    if not found:
        return None
    value = join(found)
    return value if instance.arguments is not None else value.opened("an object whose class may be derived from")


def _without_argument(value: Value, step: Step) -> Value:
    """A value without the step that the name of the attribute came by."""
    rows = (replace(a, trace=tuple(s for s in a.trace if s != step)) for a in value.atoms)
    return Value(tuple(rows), value.open_reason)


def dictionary(ev: Evaluator, instance: Instance) -> Mapping | None:
    """What an object of a class that derives from dict was made of, as far as dict's own constructor makes it."""
    given, line = instance.arguments, classes.mro(ev, instance.cls)
    if given is None or External("builtins.dict") not in line:
        return None
    found = Mapping((), False)
    if not all(_hands_on(ev, c) for c in line if isinstance(c, ClassRef)):
        return found
    for value in given.positional[:1]:
        found = containers.merged(found, value)
    for key, value in given.keywords:
        found = containers.stored(found, text_of(key), value)
    return Mapping(found.items, False)


def _hands_on(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether a class leaves making its objects to the class above: `super().__init__(*args, **kwargs)`, or nothing."""
    module, scope = classes.class_scope(ev, cls)
    own = [s for s in module.index.scopes if s.parent == scope.id and s.name == "__init__"]
    if not own:
        return "__init__" not in scope.bindings
    return all(_HANDS_ON.search(module.source.data, *s.span) is not None for s in own)


def surely_has(ev: Evaluator, instance: Instance, attr: str) -> bool:
    """Whether an object has an attribute from its constructor on, and nothing that is seen deletes it."""
    if instance.arguments is None:
        return False
    deleting = re.compile(rb"\bdelattr\b|\bdel\b[^\n]*\.\s*%s\b" % re.escape(attr.encode()))
    for path in ev.program.mentions([attr])[attr]:
        module = ev.program.module(path)
        if module is None or deleting.search(module.source.data):
            return False
    return data_classes.field_value(ev, instance, attr) is not None or stores.on_object(ev, instance, attr)[1]


def own_flow(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value | None:
    """`self.x` right after `self.x = …` in the same method, when nothing else in the module stores that attribute."""
    scope = env.module.scope(env.scope)
    found_stores = env.module.index.stores_of(expr.attr)
    if (
        not found_stores
        or not isinstance(expr.value, n.Name)
        or scope.kind is not ScopeKind.FUNCTION
        or env.deferred is not None
    ):
        return None
    if not scope.parameters or scope.parameters[0].name != expr.value.id or expr.value.id in scope.bindings:
        return None
    if any(s.scope != scope.id or s.value is None or s.operator or s.named for s in found_stores):
        return None
    if any(not isinstance(s.receiver, n.Name) or s.receiver.id != expr.value.id for s in found_stores):
        return None
    if any(path != env.module.path for path in ev.program.stored_in(expr.attr)):
        return None
    found = reaching(
        ev.store_scope(env.module, scope, expr.attr), expr.attr, expr.span[0], lambda b: ev.feasible(b, env)
    )
    if not found.sites and scope.name == "__init__":
        # Before its constructor stores it, an object has what its class has: `self.x = self.x or default`.
        return _of_classes(ev, ev.evaluate(expr.value, env), expr.attr)
    if found.falls or not found.sites:
        return None
    chosen = [s for s in found_stores if any(b.position == s.position for b in found.sites)]
    return join(stores.store_value(ev, env.module, s, env.frame) for s in chosen)


def _of_classes(ev: Evaluator, value: Value, attr: str) -> Value | None:
    """What the classes of objects bind to an attribute; None where one has none, or is not known."""
    if value.open_reason is not None or not all(isinstance(a.atom, Instance) for a in value.atoms):
        return None
    owned = mapped(value, lambda a: classes.of_class(ev, a.cls, attr, a) if isinstance(a, Instance) else NEVER)
    return owned if owned.atoms else None


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
    frame = ev.open_frame(module, parent)
    if "builtins.classmethod" in names or scope.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return known(ClassRef(module.path, parent.id, frame, exact=False))
    return known(Instance(ClassRef(module.path, parent.id, frame)))


def as_collection(ev: Evaluator, atom: Atom) -> Atom:
    """What can be iterated over and indexed of an object: the members of an Enum class, the fields of a named tuple."""
    if isinstance(atom, ClassRef) and classes.is_enum(ev, atom):
        return _members(ev, atom)
    if isinstance(atom, Instance) and atom.arguments is not None and data_classes.is_named_tuple(ev, atom.cls):
        names = data_classes.fields(ev, atom.cls)
        return Sequence(SequenceKind.TUPLE, tuple(data_classes.field_value(ev, atom, f) or NEVER for f in names))
    if isinstance(atom, Instance):
        return dictionary(ev, atom) or atom
    return atom


def collections_of(ev: Evaluator, value: Value) -> Value:
    """A value with its alternatives as `as_collection` gives them."""
    if not any(isinstance(a.atom, (ClassRef, Instance)) for a in value.atoms):
        return value
    return mapped(value, lambda a: known(as_collection(ev, a)))


def _members(ev: Evaluator, cls: ClassRef) -> Sequence:
    """The members of an Enum class in order; a name for the value of an earlier one is no member of its own."""
    kept: dict[Atom | None, Value] = {}
    for value in classes.members(ev, cls):
        member = value.single()
        if isinstance(member, (FunctionRef, BoundMethod)):
            continue
        kept.setdefault(member.value.single() if isinstance(member, EnumMember) else None, value)
    return Sequence(SequenceKind.TUPLE, tuple(kept.values()), None not in kept)


def with_value(ev: Evaluator, manager: n.Span, env: Environment) -> Value:
    """What `with manager as x` binds, given the span of the manager's expression."""
    expr = env.module.expression(manager)
    if isinstance(expr, n.Call) and len(expr.args) == 1 and not expr.args[0].star:
        callee = ev.evaluate(expr.func, env).single()
        if isinstance(callee, External) and callee.name == "contextlib.nullcontext":
            return ev.evaluate(expr.args[0].value, env)
    return entered(ev, ev.evaluate(expr, env), env)


def entered(ev: Evaluator, manager: Value, env: Environment) -> Value:
    """What `with manager as x` binds."""

    def one(atom: Atom) -> Value:
        if isinstance(atom, Instance):
            method = of_instance(ev, atom, "__enter__")
            return ev.call(method, calls.NO_ARGUMENTS, env, (0, 0))
        return known(atom) if isinstance(atom, (External, Made)) else unknown("bound by with")

    return mapped(manager, one)
