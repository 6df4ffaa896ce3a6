"""What functions put into a container of a module, whenever they are called: `def register(k, v): TABLE[k] = v`.

Where the order of things is not known, a container is open. What its callers give such functions is in it all the same:
a key of a dictionary has what they store under it, an item of a list is any that they add.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis import containers, content_changes, lookup
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.index import MODULE_SCOPE, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import (
    Alternative,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    Frame,
    FunctionRef,
    LambdaRef,
    Mapping,
    PartialCall,
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Value,
    known,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.content_changes import IsHolder
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# Places in functions of one module that fill one of its containers, and contexts that one of them is asked in.
MAX_PLACES = 8
MAX_FRAMES = 64
_PLAIN = (Const, Text, External, ClassRef, FunctionRef, BoundMethod, LambdaRef, PartialCall, PathObject)
_EMPTY: tuple[Atom, ...] = (Mapping(()), Sequence(SequenceKind.SET, ()))


def put(ev: Evaluator, statement: n.Stmt, is_holder: IsHolder, env: Environment) -> tuple[Atom, ...]:
    """What a statement puts into the container of a holder: a dictionary or a set of it, of which there may be more."""
    found: list[Atom] = []
    for empty in _EMPTY:
        for alternative in content_changes.after(ev, statement, is_holder, known(empty), env).atoms:
            match alternative.atom:
                case Mapping(items=items):
                    rows = tuple((key, v) for key, value in items if (v := _plain(value)).atoms)
                    found += [Mapping(rows, complete=False, loose=True)] if rows else []
                case Sequence(kind=kind, items=items):
                    members = tuple(v for value in items if (v := _plain(value)).atoms)
                    found += [Sequence(kind, members, complete=False)] if members else []
                case _:
                    pass
    return tuple(found)


def _plain(value: Value) -> Value:
    """The names, classes and functions that a value may be.

    Of other objects the program asks what they are before it uses them, which is not decided where they may be others.
    """
    return Value(tuple(a for a in value.atoms if isinstance(a.atom, _PLAIN)), value.open_reason)


class Fills:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._found: dict[tuple[str, str], tuple[Atom, ...]] = {}

    def added(self, module: Module, name: str, value: Value) -> Value:
        """The container of a module's name that may change unseen, with what functions of the module put into it."""
        if not any(isinstance(a.atom, (Mapping, Sequence)) and not a.atom.complete for a in value.atoms):
            return value
        if self.ev.sketching:
            self.ev.omissions += 1
            return value
        key = (module.path, name)
        if key not in self._found:
            places = list(_places(module, name))[: MAX_PLACES + 1]
            self._found[key] = ()
            if 0 < len(places) <= MAX_PLACES:
                self._found[key] = self._all(module, places)
        return _with(value, self._found[key])

    def _all(self, module: Module, places: list[tuple[Scope, Binding]]) -> tuple[Atom, ...]:
        self.ev.cuts += 1  # an answer that is asked for meanwhile lacks what is found here
        with self.ev.aside(), self.ev.question():
            rows = [atom for scope, site in places for atom in self._at(module, scope, site)]
        tables = [row for row in rows if isinstance(row, Mapping)]
        others = [row for row in rows if not isinstance(row, Mapping)]
        return (*((_merged(tables),) if tables else ()), *dict.fromkeys(others))

    def _at(self, module: Module, scope: Scope, site: Binding) -> list[Atom]:
        """What one place puts into the container, in every context that calls its function."""

        def is_holder(expr: n.Expr) -> bool:
            return isinstance(expr, n.Name) and expr.id == site.name

        def ask(frame: Frame | None) -> tuple[Atom, ...]:
            return put(self.ev, site.statement, is_holder, lookup.environment(module, scope, frame))

        if not self.ev.is_called_by_modules(module, scope):
            # What is stored while the program runs is what it has loaded, not what it registers.
            return []
        frame = self.ev.open_frame(module, scope)
        with self.ev.question():
            found = ask(frame)
            names = frozenset(name for f, name in self.ev.touched if f == frame)
        frames = self.ev.frames_of(frame, names)[0] if frame is not None and names else ()
        return [atom for f in frames[:MAX_FRAMES] for atom in ask(f)] if frames else list(found)


def _places(module: Module, name: str) -> Iterator[tuple[Scope, Binding]]:
    """The statements in functions that change the content of what a name of the module stands for."""
    for scope in module.index.scopes:
        sites = scope.bindings.get(name, ()) if scope.kind is ScopeKind.FUNCTION else ()
        if sites and _is_of_module(module, scope, name):
            yield from ((scope, site) for site in sites if site.kind is BindingKind.MUTATION)


def _is_of_module(module: Module, scope: Scope, name: str) -> bool:
    """Whether a name in a function is the module's: no function around binds it."""
    here: Scope | None = scope
    while here is not None and here.id != MODULE_SCOPE:
        bound = any(s.kind is not BindingKind.MUTATION for s in here.bindings.get(name, ()))
        if here.kind is ScopeKind.FUNCTION and (bound or any(p.name == name for p in here.parameters)):
            return False
        here = module.scope(here.parent) if here.parent is not None else None
    return True


def _with(value: Value, more: tuple[Atom, ...]) -> Value:
    """A container with further content, of which nobody knows when it comes and what it replaces."""
    found: list[Alternative] = []
    for alternative in value.atoms:
        found.append(alternative)
        if isinstance(alternative.atom, (Mapping, Sequence)) and not alternative.atom.complete:
            same = [m for m in more if isinstance(m, Mapping) is isinstance(alternative.atom, Mapping)]
            found += [Alternative(m, alternative.trace) for m in same]
    return join((Value(tuple(found), value.open_reason),))


def _merged(tables: list[Mapping]) -> Mapping:
    """What may be stored under each key of several tables."""
    rows: dict[Atom, list[Value]] = {}
    for table in tables:
        for key, value in table.items:
            rows.setdefault(next((k for k in rows if containers.same_key(k, key)), key), []).append(value)
    merged = tuple((key, join(values)) for key, values in rows.items())
    return Mapping(merged[: containers.MAX_ITEMS], complete=False, loose=True)
