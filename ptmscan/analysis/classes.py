"""Classes of the repository: their order of lookup, their subclasses, and the attributes their bodies bind.

Lookup follows the method resolution order (C3, https://docs.python.org/3/howto/mro.html).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, lookup, namespaces, stores
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.bindings import at_end
from ptmscan.analysis.index import Scope
from ptmscan.analysis.values import (
    Atom,
    BoundMethod,
    ClassRef,
    EnumMember,
    External,
    FunctionRef,
    Instance,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

PLAIN_BASES = frozenset(["builtins.object", "abc.ABC", "typing.Protocol"])
TEST_CASES = frozenset(["unittest.TestCase", "unittest.case.TestCase", "unittest.IsolatedAsyncioTestCase"])
# What a test case of the standard library has (Python 3.13); other attributes are of the class that derives from it.
_OF_TEST_CASES = re.compile(
    r"_.*|(?:assert|fail|add|do|enter|setUp|tearDown|asyncSetUp|asyncTearDown|skip|sub|short|count|default)\w*"
    r"|run|id|debug|longMessage|maxDiff"
)
MAX_CLASSES = 64
MAX_SUBCLASS_FILES = 24
ENUM_BASES = frozenset(["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"])


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
        alternatives = [a.atom for a in value.atoms if isinstance(a.atom, (ClassRef, External))]
        found += alternatives[:4] if alternatives else [None]
    return tuple(found)


def mro(ev: Evaluator, ref: ClassRef) -> tuple[Atom | None, ...]:
    """The method resolution order; externals end their line, None stands for an unknown base."""
    key = ("mro", ref)
    cached = ev.orders.get(key)
    if cached is None:
        whole = ev.cuts, ev.omissions
        ev.orders[key] = (ref,)
        try:
            cached = ev.orders[key] = _linearised(ev, ref)
        finally:
            if (ev.cuts, ev.omissions) != whole:
                del ev.orders[key]
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


def of_class(ev: Evaluator, ref: ClassRef, attr: str, receiver: Atom, skipped: frozenset[int] = frozenset()) -> Value:
    """`Class.attr`; functions come bound as Python binds them for `receiver` (the class, or an object of it).

    `skipped`: the ids of stores that are not looked at.
    """
    value = _along(ev, mro(ev, ref), attr, receiver, skipped)
    inexact = not ref.exact if receiver is ref else isinstance(receiver, Instance) and receiver.arguments is None
    if inexact:
        derived = subclasses(ev, ref)
        if derived is None:
            return value.opened("the class has very many subclasses")
        others = [_own_attribute(ev, s, attr, _of_subclass(receiver, s)) for s in derived]
        value = join((value, *(o for o in others if o is not None)))
    return value


def _of_subclass(receiver: Atom, derived: ClassRef) -> Atom:
    """The receiver of a method that a subclass defines: it is of that subclass, or of one below."""
    if isinstance(receiver, Instance):
        return Instance(derived, receiver.arguments)
    return ClassRef(derived.path, derived.scope, derived.frame, exact=False)


def _along(
    ev: Evaluator, order: tuple[Atom | None, ...], attr: str, receiver: Atom, skipped: frozenset[int] = frozenset()
) -> Value:
    uncertain: list[Value] = []
    for cls in order:
        match cls:
            case ClassRef():
                found = _own_attribute(ev, cls, attr, receiver, skipped)
                if found is not None and _is_bound(ev, cls, attr):
                    return join((*uncertain, found))
                if found is not None:
                    # Only stored to from outside, perhaps never: an inherited one shows through.
                    uncertain.append(found)
            case External(name=name) if name in PLAIN_BASES or name.startswith("typing.Generic"):
                continue
            case External(name=name) if name in TEST_CASES and not _OF_TEST_CASES.fullmatch(attr):
                continue
            case External(name=name):
                return join((*uncertain, known(_inherited(ev, f"{name}.{attr}", receiver))))
            case _:
                uncertain.append(unknown("a base class is not known"))
    if uncertain:
        return join(uncertain)
    if attr == "__name__" and isinstance(receiver, ClassRef):
        return text_of(class_scope(ev, receiver)[1].name)
    return unknown(no_attribute(attr))


def no_attribute(attr: str) -> str:
    """Why an attribute is not known that no class in sight has."""
    return f"no attribute `{attr}` was found"


def _inherited(ev: Evaluator, name: str, receiver: Atom) -> External:
    """A library's method on a local subclass or its object, which goes along where a model looks at it."""
    followed = ev.framework(name) is not None and isinstance(receiver, (Instance, ClassRef))
    return External(name, receiver if followed and isinstance(receiver, (Instance, ClassRef)) else None)


def _own_attribute(
    ev: Evaluator, cls: ClassRef, attr: str, receiver: Atom, skipped: frozenset[int] = frozenset()
) -> Value | None:
    """An attribute that the class body itself binds, bound to the receiver; None when it does not."""
    module, scope = class_scope(ev, cls)
    inner = lookup.environment(module, scope, cls.frame)
    found = at_end(scope, attr, lambda b: ev.feasible(b, inner))
    values = lookup.site_values(ev, module, scope, cls.frame, found, own=True)
    values += stores.on_class(ev, cls, attr, skipped)
    if not values:
        return None
    value = namespaces.opened(ev, module, scope, attr, join(values))
    if is_enum(ev, cls) and not attr.startswith("_"):
        return mapped(value, lambda a: a_member(cls, attr, a))
    step = inner.step(scope.node.name_span if scope.node else scope.span, StepKind.ATTRIBUTE, None)
    return (
        mapped(value, lambda a: _bound(ev, a, receiver)).traced(step)
        if _has_data(value)
        else mapped(value, lambda a: _bound(ev, a, receiver))
    )


def _is_bound(ev: Evaluator, cls: ClassRef, attr: str) -> bool:
    return attr in class_scope(ev, cls)[1].bindings


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


def of_super(ev: Evaluator, after: ClassRef, receiver: Atom, attr: str) -> Value:
    """`super().attr` in a class: the attribute behind `after` in the order of the receiver's class."""
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    order = mro(ev, cls) if isinstance(cls, ClassRef) else ()
    position = next(
        (i for i, c in enumerate(order) if isinstance(c, ClassRef) and (c.path, c.scope) == (after.path, after.scope)),
        None,
    )
    behind = order[position + 1 :] if position is not None else mro(ev, after)[1:]
    return _along(ev, behind, attr, receiver)
