"""When, in the flow of its own module, a function can be running: at the calls of its name, or from some place on.

Names are followed by their text: a function whose name stands in another file, that something decorates or that Python
or a library may call by itself can be running at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import classes
from ptmscan.analysis.bindings import locate
from ptmscan.analysis.index import BindingKind, Scope, ScopeKind
from ptmscan.analysis.nested import children, expressions, statement_expression
from ptmscan.analysis.values import ClassRef, External
from ptmscan.syntax import nodes as n
from ptmscan.syntax.words import occurrences

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_MOMENTS = 40
# So many files that mention a function are read to see whether they do more than import it.
MAX_IMPORTERS = 2

# Decorators and bases that make nobody else call a function or method.
_PLAIN_DECORATORS = frozenset([b"@classmethod", b"@staticmethod"])
_PLAIN_BASES = frozenset(["builtins.object", "abc.ABC", "typing.Protocol", "typing.NamedTuple"])
_OWN_CLASS = re.compile(rb"__class__|\btype\s*\(")


@dataclass(frozen=True, slots=True)
class Moment:
    """A byte position of the module at which a function runs; `lasting`: there or at any time after."""

    position: int
    lasting: bool


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of a function in its module's own flow, and the functions that call it (True: or make others do so)."""

    moments: tuple[Moment, ...]
    callers: tuple[tuple[Scope, bool], ...]
    recursive: bool


class Moments:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._calls: dict[tuple[str, int], _Calls | None] = {}

    def of(self, module: Module, scope: Scope) -> tuple[Moment, ...] | None:
        """The moments of a function; behind the module's end where nobody calls it. None: at any time."""
        function = outermost(module, scope)
        if function is None:
            return None
        found: dict[Moment, None] = {}
        pending = [(function, function is not scope)]
        visited = set()
        while pending:
            caller, lasting = pending.pop()
            if (caller.id, lasting) in visited:
                continue
            visited.add((caller.id, lasting))
            calls = self._calls_of(module, caller)
            if calls is None or len(found) > MAX_MOMENTS:
                return None
            found |= dict.fromkeys(Moment(m.position, lasting or m.lasting) for m in calls.moments)
            pending += [(outer, lasting or late) for outer, late in calls.callers]
        return tuple(found)

    def direct_calls(self, module: Module, function: Scope) -> tuple[int, ...] | None:
        """Where the module's own flow calls a function that nothing else calls or passes on; None for any other.

        Of a method the calls of all methods of that name.
        """
        parent = module.scope(function.parent) if function.parent is not None else None
        if function.kind is not ScopeKind.FUNCTION or parent is None or parent.parent not in (None, 0):
            return None
        if parent.kind is ScopeKind.FUNCTION:
            return None
        calls = self._calls_of(module, function)
        if calls is None or calls.callers or calls.recursive or any(m.lasting for m in calls.moments):
            return None
        return tuple(m.position for m in calls.moments)

    def is_entered_once(self, module: Module, function: Scope) -> bool:
        """Whether a function of a module is never called while it runs."""
        if function.kind is not ScopeKind.FUNCTION or outermost(module, function) is not function:
            return False
        found = self.of(module, function)
        end = len(module.source.data)
        if found is None or any(m.lasting and m.position < end for m in found) or _is_late(module, function):
            return False
        pending, visited = [function], {function.id}
        while pending:
            caller = pending.pop()
            calls = self._calls_of(module, caller)
            if calls is None or (calls.recursive and caller is function):
                return False
            for outer, _ in calls.callers:
                if outer is function:
                    return False
                if outer.id not in visited:
                    visited.add(outer.id)
                    pending.append(outer)
        return True

    def before(self, module: Module, scope: Scope, position: int) -> bool:
        """Whether a function may have run before a position of the module's own flow."""
        found = self.of(module, scope)
        if found is None:
            return scope.node is None or scope.node.span[0] < position
        end = end_of_loop(module, position)
        return any(m.position < end for m in found)

    def _calls_of(self, module: Module, function: Scope) -> _Calls | None:
        key = (module.path, function.id)
        if key in self._calls:
            return self._calls[key]
        whole = self.ev.cuts, self.ev.omissions
        found = self._find(module, function)
        if (self.ev.cuts, self.ev.omissions) == whole:
            self._calls[key] = found
        return found

    def _find(self, module: Module, function: Scope) -> _Calls | None:
        """The calls of one function; None when it may be called out of sight."""
        named = self._named_by(module, function)
        if named is None:
            return None
        others = [path for path in self.ev.program.mentions([named.name])[named.name] if path != module.path]
        if others and not self.ev.sharing.is_alone(module.path):
            return None
        data = module.source.data
        late, recursive = _is_late(module, function), False
        moments: dict[Moment, None] = {}
        if others and not self._is_only_imported(named.name, others):
            # Another module can call it when this one has come to its end.
            moments[Moment(len(data), lasting=True)] = None
        callers: dict[tuple[int, bool], tuple[Scope, bool]] = {}
        for offset in _occurrences(module, named):
            here = module.index.scope_at(offset)
            if len(moments) + len(callers) > MAX_MOMENTS:
                return None
            caller = outermost(module, here)
            if caller is function:
                recursive = True
                continue
            lasting = late or not _is_call(module, here, offset)
            if caller is None:
                moments[Moment(offset, lasting)] = None
            else:
                lasting = lasting or caller is not here
                callers[caller.id, lasting] = (caller, lasting)
        if not moments and not callers:
            moments[Moment(len(data), lasting=True)] = None
        return _Calls(tuple(moments), tuple(callers.values()), recursive)

    def _is_only_imported(self, name: str, others: list[str]) -> bool:
        """Whether other files import a function of a module and do nothing else with it."""
        if len(others) > MAX_IMPORTERS:
            return False
        modules = [self.ev.program.module(other) for other in others]
        return all(m is not None and _only_imports(m, name) for m in modules)

    def _named_by(self, module: Module, function: Scope) -> Scope | None:
        """The scope whose name calls a function: its own, or its class for a constructor; None: called by others."""
        node = function.node
        parent = module.scope(function.parent) if function.parent is not None else None
        if not isinstance(node, n.FunctionDef) or parent is None:
            return None
        data = module.source.data
        if any(data[d[0] - 1 : d[1]] not in _PLAIN_DECORATORS for d in node.decorators):
            return None
        is_method = parent.kind is ScopeKind.CLASS
        if is_method and function.name == "__init__":
            return None if _OWN_CLASS.search(data) else parent
        if function.name.startswith("__"):
            return None
        if is_method:
            line = classes.mro(self.ev, ClassRef(module.path, parent.id))
            if any(b is None or (isinstance(b, External) and b.name not in _PLAIN_BASES) for b in line):
                return None
        return function


def outermost(module: Module, scope: Scope) -> Scope | None:
    """The outermost function around a scope, itself included; None in the module's own flow."""
    found: Scope | None = None
    here: Scope | None = scope
    while here is not None:
        found = here if here.kind is ScopeKind.FUNCTION else found
        here = module.scope(here.parent) if here.parent is not None else None
    return found


def _only_imports(module: Module, name: str) -> bool:
    """Whether a module names something in one import statement, under whatever alias, and uses it nowhere."""
    data = module.source.data
    hits = [start for start, _ in occurrences(data, name.encode())]
    sites = [
        (alias, site)
        for alias, rows in module.scope(0).bindings.items()
        for site in rows
        if site.kind is BindingKind.FROM_IMPORT and site.imported is not None and site.imported.name == name
    ]
    if len(hits) != 1 or len(sites) != 1:
        return False
    alias, site = sites[0]
    if not site.statement.span[0] <= hits[0] < site.statement.span[1]:
        return False
    return alias == name or len(list(occurrences(data, alias.encode()))) == 1


def _is_late(module: Module, function: Scope) -> bool:
    """Whether the body of a function runs some time after its call."""
    return b"yield" in module.source.data[function.span[0] : function.span[1]] or b"async" in _header(module, function)


def _header(module: Module, function: Scope) -> bytes:
    node = function.node
    return b"" if node is None else module.source.data[node.span[0] : node.name_span[0]]


def _occurrences(module: Module, named: Scope) -> Iterator[int]:
    """Where the name of a scope stands, but for the definitions of that name."""
    defined = {s.node.name_span[0] for s in module.index.scopes if s.node is not None and s.name == named.name}
    return (start for start, _ in occurrences(module.source.data, named.name.encode()) if start not in defined)


def _is_call(module: Module, here: Scope, offset: int) -> bool:
    """Whether the name at an offset is called right there: not in a lambda or a generator, which run later."""
    place = locate(here, offset)[-1]
    if not place.inside:
        return False
    for span in expressions(place.block[place.index]):
        if span[0] <= offset < span[1]:
            node, above = module.expression(span), None
            while True:
                if isinstance(node, n.Lambda) or (
                    isinstance(node, n.Comprehension) and node.kind is n.ComprehensionKind.GENERATOR
                ):
                    return False
                inner = next((c for c in children(node) if c.span[0] <= offset < c.span[1]), None)
                if inner is None:
                    break
                node, above = inner, node
            return isinstance(above, n.Call) and above.func is node and isinstance(node, (n.Name, n.Attribute))
    return False


def calls_in_parent(module: Module, function: Scope) -> tuple[int, ...] | None:
    """The places at which a function inside a function is called, if nothing but that one's own flow names it."""
    if function.parent is None or function.node is None or _is_late(module, function):
        return None
    parent, found = module.scope(function.parent), []
    if function.node.decorators:
        return None
    for offset in _occurrences(module, function):
        if not parent.span[0] <= offset < parent.span[1]:
            continue
        if module.index.scope_at(offset) is not parent or not _is_call(module, parent, offset):
            return None
        found.append(offset)
    return tuple(found)


def is_named(module: Module, function: Scope, position: int) -> bool:
    """Whether the name of a function stands at a place, and nothing but its definition binds that name there."""
    name = function.name.encode()
    if module.source.data[position : position + len(name)] != name or function.parent is None:
        return False
    parent = module.scope(function.parent)
    return module.index.scope_at(position) is parent and len(parent.bindings.get(function.name, ())) == 1


def is_sure_call(module: Module, scope: Scope, position: int, function: Scope) -> bool:
    """Whether a statement of a scope always calls a function, whose name stands at a place in it."""
    if not is_named(module, function, position) or module.index.scope_at(position) is not scope:
        return False
    span = statement_expression(scope, (position, position + 1))
    if span is None:
        return False
    node = module.expression(span)
    while not (isinstance(node, n.Call) and isinstance(node.func, n.Name) and node.func.span[0] == position):
        inner = next((c for c in children(node) if c.span[0] <= position < c.span[1]), None)
        if inner is None or not _always_evaluates(node, inner):
            return False
        node = inner
    return True


def _always_evaluates(node: n.Expr, inner: n.Expr) -> bool:
    """Whether evaluating an expression always evaluates a part of it."""
    match node:
        case n.BoolOp(left=left):
            return inner is left
        case n.IfExp(test=test):
            return inner is test
        case n.Compare(left=left):
            return inner is left
        case n.Comprehension(clauses=clauses, kind=kind):
            return kind is not n.ComprehensionKind.GENERATOR and inner is clauses[0].iterable
        case n.Lambda():
            return False
        case _:
            return True


def end_of_loop(module: Module, position: int) -> int:
    """The position itself, or the end of the outermost loop around it: what stands there may have run in a round."""
    places = locate(module.scope(0), position)
    loops = [p.owner for p in places if isinstance(p.owner, (n.For, n.While))]
    return loops[0].span[1] if loops else position
