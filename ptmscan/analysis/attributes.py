"""What `value.name` means: attributes of modules, and which rule is asked for classes, objects and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import attribute_flow, classes, formatting, lookup, objects, reads, stores, text_methods
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.holders import AttributeHolder
from ptmscan.analysis.reads import Read
from ptmscan.analysis.values import (
    Atom,
    BoundMethod,
    ClassRef,
    EnumMember,
    External,
    FunctionRef,
    Instance,
    Made,
    ModuleRef,
    PathObject,
    Super,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def expression(ev: Evaluator, expr: n.Attribute, env: Environment) -> Value:
    """`value.attr` as written in the source."""
    own = objects.own_flow(ev, expr, env)
    if own is not None:
        return ev.sharing.checked(AttributeHolder(expr.attr), own)
    in_flow = attribute_flow.value(ev, expr, env)
    if in_flow is not None:
        return in_flow
    receiver = ev.evaluate(expr.value, env)
    value = of_value(ev, receiver, expr.attr, env)
    if not reads.has_gaps(value):
        return value
    read = reads.of_place(ev, env, expr.span[1] - len(expr.attr.encode()), expr.attr)
    return value if read is None or read.is_change else of_value(ev, receiver, expr.attr, env, read)


def of_value(ev: Evaluator, value: Value, attr: str, env: Environment, read: Read | None = None) -> Value:
    """The attribute of every alternative of a value."""
    return mapped(value, lambda atom: of_atom(ev, atom, attr, env, read))


def of_atom(ev: Evaluator, atom: Atom, attr: str, env: Environment, read: Read | None = None) -> Value:
    """The attribute of one alternative; `read`: where it is read, if what comes later does not matter."""
    match atom:
        case External() | Made() if (made := ev.followed(atom)) is not None:
            owner = ev.owner(made)
            return unknown("an object of a library") if owner is None else owner.attribute(ev, made, attr, env)
        case External(name=name):
            return known(External(f"{name}.{attr}"))
        case ModuleRef(path=path, name=name):
            return _of_module(ev, path, name, attr, read)
        case ClassRef():
            return ev.sharing.checked_for((), AttributeHolder(attr), classes.of_class(ev, atom, attr, atom), read)
        case Instance():
            return ev.sharing.checked_for((), AttributeHolder(attr), objects.of_instance(ev, atom, attr), read)
        case Super(after=after, receiver=receiver):
            return ev.sharing.checked_for((), AttributeHolder(attr), classes.of_super(ev, after, receiver, attr), read)
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
            return unknown(f"attribute {attr} of {formatting.describe(atom)}")


def function_name(ev: Evaluator, atom: BoundMethod | FunctionRef) -> str:
    """`function.__name__`"""
    ref = atom.function if isinstance(atom, BoundMethod) else atom
    return ev.program.get(ref.path).scope(ref.scope).name


def _of_module(ev: Evaluator, path: str, name: str, attr: str, read: Read | None) -> Value:
    if attr == "__dict__":
        return known(External(f"{name}.__dict__"))
    found = lookup.module_attribute(ev, path, attr, read=read)
    if found is None or (not found.atoms and found.closed):
        return join((known(External(f"{name}.{attr}")), *stores.on_module(ev, path, attr)))
    return found
