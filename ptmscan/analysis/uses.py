"""What the program does with the object that a name or an attribute stands for: changes it, hands it on, only reads it.

Every occurrence is classified by the expression and the statement around it; nothing is inferred from flow. `sharing`
builds its answer from the uses: whether a container may change where the flow of its name does not show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import attribute_flow, lookup
from ptmscan.analysis.handed import owner
from ptmscan.analysis.holders import (
    ESCAPE,
    SAME,
    AttributeHolder,
    DottedHolder,
    Holder,
    NameHolder,
    ResultHolder,
    Tie,
    Use,
    UseKind,
)
from ptmscan.analysis.index import MODULE_SCOPE, MUTATING_METHODS, BindingKind, Scope, ScopeKind
from ptmscan.analysis.occurrence import Occurrence
from ptmscan.syntax import nodes as n
from ptmscan.syntax.words import occurrences

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_OCCURRENCES = 400
MAX_FILES = 24

# A dotted name that ends where an attribute's name begins.
_DOTTED = re.compile(rb"(?<![\w.)\]}\"'])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.\Z")
# Code that gets at an object through the text of its name: `getattr(o, "x")`, `vars(o)["x"]`, `exec("x.append(1)")`;
# and changes of an attribute whose name is known at run time only.
# Each pattern begins with a letter or a text, which is found much sooner than alternatives or what stands before.
_BY_TEXT = (
    re.compile(rb"getattr\s*\([^()\n]*,\s*[\"'](\w+)[\"']"),
    re.compile(rb"\)\s*\[\s*[\"'](\w+)[\"']"),
    re.compile(rb"__dict__\s*\[\s*[\"'](\w+)[\"']"),
)
_RUN_TEXT = re.compile(rb"e(?:xec|val)(?<![\w.]\w{4})\s*\(([^\n]*)")
_ANY_ATTRIBUTE = re.compile(
    rb"\bgetattr\s*\((?![^(),\n]*,\s*[\"']\w+[\"']\s*,)[^()\n]*,\s*\w+\s*\)\s*(?:\[|\.\s*(?:%s)\b)"
    % b"|".join(sorted(m.encode() for m in MUTATING_METHODS))
)
_BLANKS = frozenset([b" ", b"\t", b"\n", b"\\"])


@dataclass(frozen=True, slots=True)
class TextAccess:
    """How a module gets at names through texts: which names, and those that texts it runs may hold."""

    names: frozenset[bytes]
    run: bytes
    any_attribute: bool

    @classmethod
    def of(cls, data: bytes) -> TextAccess:
        """What the text of a module has of it."""
        names = frozenset(name for pattern in _BY_TEXT for name in pattern.findall(data))
        any_attribute = b"getattr" in data and _ANY_ATTRIBUTE.search(data) is not None
        return cls(names, b"\n".join(_RUN_TEXT.findall(data)), any_attribute)

    def may_reach(self, name: bytes) -> bool:
        """Whether a name or attribute may be got at."""
        if self.any_attribute or name in self.names:
            return True
        return name in self.run and re.search(rb"\b%s\b" % re.escape(name), self.run) is not None


class UseFinder:
    """Finds the uses of holders in one program."""

    def __init__(self, ev: Evaluator, only: str | None = None) -> None:
        """`only`: the one file that is looked at."""
        self.ev, self._only = ev, only
        self._by_text: dict[str, TextAccess] = {}

    def uses(self, holder: Holder) -> tuple[Use, ...]:
        """The uses of a holder, one escape when there are too many to look at."""
        found: dict[Use, None] = {}
        for count, use in enumerate(self._uses(holder)):
            found[use] = None
            if count > MAX_OCCURRENCES:
                return (ESCAPE,)
        return tuple(found)

    def _uses(self, holder: Holder) -> Iterator[Use]:
        match holder:
            case AttributeHolder(attr=attr):
                for path in self._files(attr):
                    module = self.ev.program.module(path) if path is not None else None
                    if module is None:
                        yield ESCAPE
                    else:
                        yield from self._attribute_uses(module, attr)
                        for scope in module.index.scopes:
                            if scope.kind is ScopeKind.CLASS and attr in scope.bindings:
                                yield Use(UseKind.ALIAS, SAME, NameHolder(module.path, scope.id, attr))
            case DottedHolder(path=path, receiver=receiver, attr=attr):
                yield from self._dotted_uses(self.ev.program.get(path), receiver, attr)
            case ResultHolder():
                yield from self._result_uses(holder)
            case NameHolder(path=path, scope=number, name=name):
                module = self.ev.program.get(path)
                scope = module.scope(number)
                yield from self._name_uses(module, scope, name)
                if scope.kind is ScopeKind.CLASS:
                    yield Use(UseKind.ALIAS, SAME, AttributeHolder(name))
                if scope.kind is ScopeKind.MODULE:
                    yield from self._uses_elsewhere(module, name)

    def _files(self, name: str, near: Module | None = None) -> tuple[str | None, ...]:
        """The files that mention a name (and the module it comes from); None alone when there are too many to read."""
        if self._only is not None:
            return (self._only,)
        paths = self.ev.program.mentions([name])[name]
        if near is not None and len(paths) > MAX_FILES:
            parts = [part for part in near.path.rsplit(".", 1)[0].split("/") if part != "__init__"]
            # A package at the top has the name of the repository's folder, which nobody can be sure of.
            known = {near.path, *self.ev.program.mentions([parts[-1]])[parts[-1]]} if parts else set(paths)
            paths = tuple(path for path in paths if path in known)
        return (None,) if len(paths) > MAX_FILES or self.ev.exhausted else tuple(paths)

    def _result_uses(self, holder: ResultHolder) -> Iterator[Use]:
        """The uses of what the calls of a function give, wherever its name stands."""
        name = holder.name
        node = self.ev.program.get(holder.path).scope(holder.scope).node
        if name.startswith("__"):
            yield ESCAPE
            return
        if node is not None and node.decorators:
            yield Use(UseKind.ALIAS, SAME, AttributeHolder(name))
        for path in self._files(name):
            module = self.ev.program.module(path) if path is not None else None
            if module is None:
                yield ESCAPE
                continue
            for offset in _occurrences(module, name, (0, len(module.source.data))):
                here = module.index.scope_at(offset)
                found = Occurrence(self.ev, module, here, offset, name, own=False).uses_of_result()
                yield from (replace(u, where=(module.path, offset)) for u in found)
            yield from self._hidden_uses(module, name)

    def _name_uses(self, module: Module, scope: Scope, name: str) -> Iterator[Use]:
        """The uses of a name in its own module."""
        for offset in _occurrences(module, name, scope.span):
            here = module.index.scope_at(offset)
            if owner(module, here, name) is not scope:
                continue
            own = here is scope
            if not own:
                yield Use(UseKind.CAPTURE)
            of_module = scope.kind is ScopeKind.MODULE
            in_flow = own or (of_module and self.ev.changed_by_calls.is_changer(module, here.id, name))
            found = self._uses_at(module, here, offset, name, own=in_flow)
            if own and of_module:
                found = self._shown(module, name, offset, found)
            placed = (replace(use, at=offset) for use in found) if own else found
            yield from placed if in_flow else map(_at_any_time, placed)
        yield from self._hidden_uses(module, name)

    def _uses_at(self, module: Module, here: Scope, offset: int, name: str, *, own: bool) -> Iterator[Use]:
        """The uses that one occurrence makes."""
        found = Occurrence(self.ev, module, here, offset, name, own=own).uses()
        return (replace(u, where=(module.path, offset)) for u in found)

    def _shown(self, module: Module, text: str, offset: int, uses: Iterator[Use]) -> Iterator[Use]:
        """The uses at a place, those marked that hand an object to a function whose change of it the flow shows."""
        calls = [call for at, call in self.ev.changed_by_calls.passed(module, text) if at == offset]
        holders = [NameHolder(module.path, c.changer.function, c.changer.parameter or "") for c in calls]
        for use in uses:
            is_shown = use.tie is Tie.PASSING and use.level == SAME and use.holder in holders
            yield replace(use, tie=Tie.SHOWN) if is_shown else use

    def _attribute_uses(self, module: Module, attr: str) -> Iterator[Use]:
        """The uses of an attribute in a module; those by a name in whose flow it is stored are that name's."""
        for offset in _attribute_occurrences(module, attr):
            receiver = _receiver_before(module.source.data, offset)
            if receiver is not None and attribute_flow.has_flow(self.ev, module, receiver, attr):
                holder = DottedHolder(module.path, receiver, attr)
                yield Use(UseKind.ALIAS, SAME, holder, tie=Tie.ANY_TIME)
                continue
            here = module.index.scope_at(offset)
            names = self._objects(module, here, receiver, attr)
            if names:
                holders = [DottedHolder(module.path, name, attr) for name in names]
                yield from (Use(UseKind.ALIAS, SAME, holder, tie=Tie.ANY_TIME) for holder in holders)
                continue
            yield from map(_at_any_time, self._uses_at(module, here, offset, attr, own=False))
        yield from self._hidden_uses(module, attr)

    def _objects(self, module: Module, here: Scope, receiver: str | None, attr: str) -> tuple[str, ...]:
        """The names of all objects of which a method changes an attribute, where the flow of the module shows it."""
        if not here.parameters or receiver != here.parameters[0].name:
            return ()
        names = self.ev.changed_by_methods.receivers(module, here)
        return names if all(attribute_flow.stores_in(self.ev, module, n, attr, here.id) for n in names) else ()

    def _dotted_uses(self, module: Module, receiver: str, attr: str) -> Iterator[Use]:
        """The uses of an attribute by one dotted name."""
        for offset in _attribute_occurrences(module, attr):
            here = module.index.scope_at(offset)
            before = _receiver_before(module.source.data, offset)
            if before != receiver and receiver not in self._objects(module, here, before, attr):
                continue
            own = here.kind is ScopeKind.MODULE
            if not own:
                yield Use(UseKind.CAPTURE)
            in_flow = own or attribute_flow.stores_in(self.ev, module, receiver, attr, here.id)
            found = self._uses_at(module, here, offset, attr, own=in_flow)
            if own:
                found = (replace(u, at=offset) for u in self._shown(module, f"{receiver}.{attr}", offset, found))
            yield from found if in_flow else map(_at_any_time, found)
        yield from self._hidden_uses(module, attr)

    def _hidden_uses(self, module: Module, name: str) -> Iterator[Use]:
        """An escape when the module gets at the name or attribute through a text."""
        access = self._by_text.get(module.path)
        if access is None:
            access = self._by_text[module.path] = TextAccess.of(module.source.data)
        if access.may_reach(name.encode()):
            yield ESCAPE

    def _uses_elsewhere(self, module: Module, name: str) -> Iterator[Use]:
        """The uses of a module's name in the modules that import it."""
        for path in self._files(name, near=module):
            other = self.ev.program.module(path) if path is not None else None
            if other is None:
                yield ESCAPE
            elif path != module.path:
                yield from self._imported_as(other, module, name)
                if f".{name}".encode() in other.source.data:
                    yield from self._attribute_uses(other, name)
            elif f".{name}".encode() in other.source.data:
                yield from self._attribute_uses(other, name)
        yield from self._passed_on(module, name)

    def _passed_on(self, module: Module, name: str) -> Iterator[Use]:
        """The uses in modules that import a name by a star, for others to import, and do not mention it themselves."""
        for path in self.ev.program.star_importers(module.path) if self._only is None else ():
            other = self.ev.program.module(path) if path != module.path else None
            if other is not None and name.encode() not in other.source.data:
                yield from self._imported_as(other, module, name)

    def _imported_as(self, other: Module, module: Module, name: str) -> Iterator[Use]:
        """The names under which another module imports a name of a module."""
        for scope in other.index.scopes:
            for alias, sites in scope.bindings.items():
                for site in sites:
                    if (
                        site.kind is BindingKind.FROM_IMPORT
                        and site.imported is not None
                        and site.imported.name == name
                        and isinstance(site.statement, n.ImportFrom)
                        and lookup.import_source(self.ev, other, site.statement) == module.path
                    ):
                        yield Use(UseKind.ALIAS, SAME, NameHolder(other.path, scope.id, alias), tie=Tie.ANY_TIME)
        for _, statement in other.index.star_imports:
            if lookup.import_source(self.ev, other, statement) == module.path:
                yield Use(UseKind.ALIAS, SAME, NameHolder(other.path, MODULE_SCOPE, name), tie=Tie.ANY_TIME)


def _attribute_occurrences(module: Module, attr: str) -> Iterator[int]:
    """Where an attribute of that name stands."""
    data = module.source.data
    return (o for o in _occurrences(module, attr, (0, len(data))) if _follows_dot(data, o))


def _receiver_before(data: bytes, offset: int) -> str | None:
    """The dotted name whose attribute stands at an offset, written without spaces; None of any other receiver."""
    found = _DOTTED.search(data, max(0, offset - 200), offset)
    if found is None or _follows_dot(data, found.start()):
        return None
    return found[1].decode()


def _at_any_time(use: Use) -> Use:
    return replace(use, tie=Tie.ANY_TIME) if use.tie is Tie.LASTING else use


def _follows_dot(data: bytes, offset: int) -> bool:
    while data[offset - 1 : offset] in _BLANKS:
        offset -= 1
    return data[offset - 1 : offset] == b"."


def _occurrences(module: Module, name: str, span: n.Span) -> Iterator[int]:
    return (start for start, _ in occurrences(module.source.data, name.encode(), span))
