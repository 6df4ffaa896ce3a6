"""The plain-data index of one module: scopes, and the places that give a name a meaning in each of them.

An index holds neutral statements and spans only, so it can be pickled and outlives the native trees.
Rules of scopes: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ptmscan.syntax import nodes as n

MODULE_SCOPE = 0
# Methods of built-in containers that change the object they are called on.
MUTATING_METHODS = frozenset(
    [
        "add",
        "append",
        "clear",
        "difference_update",
        "discard",
        "extend",
        "insert",
        "intersection_update",
        "pop",
        "popitem",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "symmetric_difference_update",
        "update",
        "move_to_end",
        "appendleft",
        "extendleft",
        "popleft",
        "rotate",
        "subtract",
    ]
)


class ScopeKind(StrEnum):
    """What opens a scope."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"


class BindingKind(StrEnum):
    """How a statement binds a name."""

    ASSIGNMENT = "assignment"  # x = …, also by unpacking
    AUGMENTED = "augmented"  # x += …
    LOOP = "loop"  # for x in …
    LOOP_END = "loop-end"  # the same, as it is when the loop has come to its end
    WITH = "with"  # with … as x
    IMPORT = "import"  # import a.b / import a.b as x
    FROM_IMPORT = "from-import"  # from a import b as x
    FUNCTION = "function"  # def x
    CLASS = "class"  # class x
    EXCEPT = "except"  # except E as x
    CAPTURE = "capture"  # case … x …
    WALRUS = "walrus"  # (x := …)
    DELETE = "delete"  # del x
    MUTATION = "mutation"  # x.append(…), x[k] = …, x.a = …: same object, other content
    CALLED = "called"  # f(), where f binds x under `global` or `nonlocal` whenever it runs
    PERHAPS_CALLED = "perhaps-called"  # the same, where f or its call may do without


# One step from a value to the part that a target takes: an index, a rest (start, items behind it), or a loop's element.
Unpack = tuple[int | tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that binds `name`, from byte `position` on; `unpack` leads from the value to the name's part."""

    name: str
    kind: BindingKind
    position: int
    statement: n.Stmt
    value: n.Span | None = None
    unpack: Unpack = ()
    target: n.Expr | None = None  # MUTATION: the stored-to target; ASSIGNMENT by `exec`: what is assigned
    imported: n.ImportName | None = None
    item: n.ExceptHandler | n.MatchCase | None = None
    function: int | None = None  # CALLED: the scope of the function; `value` is where its call stands


@dataclass(slots=True)
class Scope:
    """A module, function or class body. `node` is None for the module."""

    id: int
    kind: ScopeKind
    name: str
    qualified_name: str
    parent: int | None
    span: n.Span
    body: tuple[n.Stmt, ...]
    node: n.FunctionDef | n.ClassDef | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    places: dict[int, object] = field(default_factory=dict, repr=False, compare=False)  # see `bindings.locate`

    @property
    def parameters(self) -> tuple[n.Parameter, ...]:
        """The function's parameters; none for modules and classes."""
        return self.node.params if isinstance(self.node, n.FunctionDef) else ()


# The attribute of stores whose attribute is known at run time only: `setattr(o, name, x)`, `o.__dict__.update(…)`.
ANY_ATTRIBUTE = "*"


@dataclass(frozen=True, slots=True)
class AttributeStore:
    """`receiver.attr = value` (or a mutation of `receiver.attr`, value None) somewhere in a scope.

    `named` is the expression of the attribute's name where that is no constant: `attr` is ANY_ATTRIBUTE then.
    """

    attr: str
    receiver: n.Expr
    scope: int
    position: int
    value: n.Span | None
    unpack: Unpack
    statement: n.Stmt
    loops: bool = False  # the value is an iterable whose element is stored
    operator: str | None = None
    named: n.Span | None = None


@dataclass(slots=True)
class ModuleIndex:
    """Everything the analysis needs to know of one module without its text."""

    path: str
    scopes: list[Scope]
    stores: dict[str, list[AttributeStore]] = field(default_factory=dict)
    star_imports: list[tuple[int, n.ImportFrom]] = field(default_factory=list)
    outside_bindings: dict[tuple[int, str], list[tuple[int, Binding]]] = field(default_factory=dict)
    namespaces: set[n.Span] = field(default_factory=set)  # `globals()` by which a module's own flow binds a name
    starts: list[int] = field(default_factory=list)  # of the scopes' bodies, ascending
    definitions: dict[int, int] = field(default_factory=dict)  # start of a definition → its scope

    def scope_at(self, offset: int) -> Scope:
        """The innermost scope whose body holds a byte offset (headers belong to the enclosing scope)."""
        best = self.scopes[MODULE_SCOPE]
        i = bisect_right(self.starts, offset) - 1
        while i > 0:
            scope: Scope | None = self.scopes[i]
            while scope is not None and not scope.span[0] <= offset < scope.span[1]:
                scope = self.scopes[scope.parent] if scope.parent is not None else None
            return scope or best
        return best

    def stores_of(self, attr: str) -> list[AttributeStore]:
        """The stores that may be to an attribute of that name."""
        return [*self.stores.get(attr, ()), *self.stores.get(ANY_ATTRIBUTE, ())]

    def scope_of_definition(self, node: n.FunctionDef | n.ClassDef) -> int:
        """The id of the scope that a definition opens."""
        return self.definitions[node.span[0]]

    def children(self, scope: Scope) -> Iterator[Scope]:
        """The scopes directly inside a scope."""
        return (s for s in self.scopes if s.parent == scope.id)
