"""The plain-data index of one module: scopes, and the places that give a name a meaning in each of them.

An index holds neutral statements and spans only, so it can be pickled and outlives the native trees.
Rules of scopes: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ptmscan.syntax import nodes as n

MODULE_SCOPE = 0
_SETTERS = re.compile(rb"setattr|__setattr__|exec|globals|vars|locals")
# One assignment of a text or a dotted name, as `exec` runs it.
_EXECUTED = re.compile(
    r"\s*([A-Za-z_]\w*)\s*=\s*(?:'([^'\\\n]*)'|\"([^\"\\\n]*)\"|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))\s*"
)

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


def body_span(node: n.FunctionDef | n.ClassDef) -> n.Span:
    """The bytes from the first statement of a body to the end of the definition."""
    return (node.body[0].span[0] if node.body else node.span[1], node.span[1])


def build_index(path: str, parsed: n.ParsedModule) -> ModuleIndex:
    """Collect scopes and bindings of a parsed module, iteratively."""
    size = max((s.span[1] for s in parsed.statements), default=0) + 1
    module = Scope(MODULE_SCOPE, ScopeKind.MODULE, "", "", None, (0, size), parsed.statements)
    index = ModuleIndex(path, [module])
    pending = [module]
    while pending:
        scope = pending.pop()
        pending.extend(reversed(_Collector(index, scope).collect()))
    _order_scopes(index)
    _add_walrus(index, parsed)
    _add_stores_by_name(index, parsed)
    _link_outside_names(index)
    for scope in index.scopes:
        for sites in scope.bindings.values():
            sites.sort(key=lambda b: b.position)
    return index


def _order_scopes(index: ModuleIndex) -> None:
    """Renumber the scopes by the start of their body, so that they can be searched by offset."""
    order = sorted(index.scopes, key=lambda s: (s.span[0], -s.span[1], s.id))
    new = {scope.id: i for i, scope in enumerate(order)}
    for scope in order:
        scope.id = new[scope.id]
        scope.parent = None if scope.parent is None else new[scope.parent]
    index.scopes = order
    index.stores = {name: [_renumbered(store, new) for store in stores] for name, stores in index.stores.items()}
    index.star_imports = [(new[s], node) for s, node in index.star_imports]
    index.starts = [s.span[0] for s in order]
    index.definitions = {s.node.span[0]: s.id for s in order if s.node is not None}


def _renumbered(store: AttributeStore, new: dict[int, int]) -> AttributeStore:
    return replace(store, scope=new[store.scope])


def _add_walrus(index: ModuleIndex, parsed: n.ParsedModule) -> None:
    """`name := value` binds in the nearest function or module scope (PEP 572), also out of comprehensions."""
    for span in parsed.walrus():
        expr = parsed.expression(span)
        if not isinstance(expr, n.NamedExpr):
            continue
        scope = index.scope_at(span[0])
        binding = Binding(expr.name, BindingKind.WALRUS, span[1], n.Other(span, "walrus"), expr.value.span)
        scope.bindings.setdefault(expr.name, []).append(binding)


def _add_stores_by_name(index: ModuleIndex, parsed: n.ParsedModule) -> None:
    """`setattr(o, name, value)` and `object.__setattr__(o, name, value)` are stores."""
    for span in parsed.calls(_SETTERS):
        call = parsed.expression(span)
        if (
            isinstance(call, n.Call)
            and isinstance(call.func, n.Name)
            and call.func.id not in ("setattr", "__setattr__")
        ):
            _add_names_by_text(index, parsed, call)
            continue
        if not isinstance(call, n.Call) or any(a.star or a.name for a in call.args):
            continue
        values = [a.value for a in call.args]
        if isinstance(call.func, n.Attribute) and len(values) == 2:
            values.insert(0, call.func.value)
        if len(values) != 3:
            continue
        receiver, name, value = values
        known = isinstance(name, n.Constant) and isinstance(name.value, str)
        attr = str(name.value) if isinstance(name, n.Constant) and known else ANY_ATTRIBUTE
        where = n.Other(span, "setattr")
        scope = index.scope_at(span[0]).id
        named = None if known else name.span
        store = AttributeStore(attr, receiver, scope, span[1], value.span, (), where, named=named)
        index.stores.setdefault(attr, []).append(store)


def _add_names_by_text(index: ModuleIndex, parsed: n.ParsedModule, call: n.Call) -> None:
    """`exec("x = y")` and `globals().update(x=y)` as statements of a module's own flow are assignments."""
    if index.scope_at(call.span[0]).id != MODULE_SCOPE:
        return
    module = index.scopes[MODULE_SCOPE]
    statement = _statement_around(module.body, call.span)
    if statement is None:
        return
    if isinstance(call.func, n.Name) and call.func.id == "exec":
        found = _executed(call) if statement.value == call.span else None
        sites = (
            [Binding(found[0], BindingKind.ASSIGNMENT, call.span[1], statement, None, (), found[1])] if found else []
        )
    else:
        update = parsed.expression(statement.value)
        rows = _updated(update, call) if isinstance(update, n.Call) else []
        sites = [Binding(name, BindingKind.ASSIGNMENT, statement.span[1], statement, span) for name, span in rows]
    for site in sites:
        index.namespaces.add(call.span)
        module.bindings.setdefault(site.name, []).append(site)


def _executed(call: n.Call) -> tuple[str, n.Expr] | None:
    """The name and the value of the one assignment that an `exec` runs."""
    text = call.args[0].value if len(call.args) == 1 and not call.args[0].star else None
    found = _EXECUTED.fullmatch(text.value) if isinstance(text, n.Constant) and isinstance(text.value, str) else None
    if found is None or text is None:
        return None
    if found[4] is None:
        return found[1], n.Constant(text.span, found[2] if found[2] is not None else found[3])
    start, end = text.span
    first, *rest = found[4].split(".")
    value: n.Expr = n.Name((start, end - len(rest)), first)
    for i, attr in enumerate(rest, 1):
        value = n.Attribute((start, end - len(rest) + i), value, attr)
    return found[1], value


def _updated(update: n.Call, names: n.Call) -> list[tuple[str, n.Span]]:
    """The names that `globals().update(…)` binds and their values; none where they are not known."""
    found: list[tuple[str, n.Span]] = []
    func = update.func
    if names.args or not isinstance(func, n.Attribute) or func.attr != "update" or func.value.span != names.span:
        return []
    for argument in update.args:
        if argument.name is not None:
            found.append((argument.name, argument.value.span))
        elif isinstance(argument.value, n.DictExpr) and not argument.star:
            for key, value in argument.value.items:
                if not isinstance(key, n.Constant) or not isinstance(key.value, str):
                    return []
                found.append((key.value, value.span))
        else:
            return []
    return found


def _statement_around(block: tuple[n.Stmt, ...], span: n.Span) -> n.ExprStmt | None:
    """The expression statement of a block, or of one inside it, that holds a span."""
    while True:
        around = next((s for s in block if s.span[0] <= span[0] and span[1] <= s.span[1]), None)
        if around is None or isinstance(around, n.ExprStmt):
            return around
        inner = (b for b in _blocks(around) if b and b[0].span[0] <= span[0] and span[1] <= b[-1].span[1])
        block = next(inner, ())


def _blocks(s: n.Stmt) -> Iterator[tuple[n.Stmt, ...]]:
    match s:
        case n.If(body=body, orelse=orelse) | n.While(body=body, orelse=orelse) | n.For(body=body, orelse=orelse):
            yield from (body, orelse)
        case n.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            yield from (body, *(h.body for h in handlers), orelse, finalbody)
        case n.With(body=body):
            yield body
        case n.Match(cases=cases):
            yield from (c.body for c in cases)
        case _:
            return


def _link_outside_names(index: ModuleIndex) -> None:
    """Bindings under `global` and `nonlocal` belong to the scope they name, and take effect at any time."""
    for scope in index.scopes:
        for name in scope.global_names | scope.nonlocal_names:
            owner = MODULE_SCOPE if name in scope.global_names else _nonlocal_owner(index, scope, name)
            for binding in scope.bindings.pop(name, ()):
                index.outside_bindings.setdefault((owner, name), []).append((scope.id, binding))


def _nonlocal_owner(index: ModuleIndex, scope: Scope, name: str) -> int:
    here = scope
    while here.parent is not None:
        here = index.scopes[here.parent]
        if here.kind is not ScopeKind.FUNCTION or name in here.nonlocal_names:
            continue
        if name in here.bindings or any(p.name == name for p in here.parameters):
            return here.id
    return MODULE_SCOPE


class _Collector:
    """Collects the bindings of one scope; nested definitions become new scopes to be collected later."""

    def __init__(self, index: ModuleIndex, scope: Scope) -> None:
        self.index, self.scope = index, scope
        self.inner: list[Scope] = []
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def collect(self) -> list[Scope]:
        pending: list[n.Stmt] = list(reversed(self.scope.body))
        while pending:
            statement = pending.pop()
            pending.extend(reversed(self.visit(statement)))
        self.scope.global_names = frozenset(self.globals)
        self.scope.nonlocal_names = frozenset(self.nonlocals)
        return self.inner

    def visit(self, s: n.Stmt) -> list[n.Stmt]:
        """Record what a statement binds and return its nested statements."""
        match s:
            case n.Assign(targets=targets, value=value):
                for target in targets:
                    self.bind_target(target, BindingKind.ASSIGNMENT, s, s.span[1], value)
            case n.AnnAssign(target=target, value=value):
                if value is not None:
                    self.bind_target(target, BindingKind.ASSIGNMENT, s, s.span[1], value)
            case n.AugAssign(target=target, value=value):
                self.bind_augmented(s, target, value)
            case n.ExprStmt():
                self.visit_expression_statement(s)
            case n.Import():
                self.bind_import(s)
            case n.ImportFrom():
                self.bind_from_import(s)
            case n.FunctionDef() | n.ClassDef():
                self.define(s)
            case n.Delete(targets=targets):
                for target in targets:
                    self.bind_delete(s, target)
            case n.Global(names=names):
                self.globals.update(names)
            case n.Nonlocal(names=names):
                self.nonlocals.update(names)
            case _:
                return self.visit_compound(s)
        return []

    def visit_compound(self, s: n.Stmt) -> list[n.Stmt]:
        match s:
            case n.If(body=body, orelse=orelse) | n.While(body=body, orelse=orelse):
                return [*body, *orelse]
            case n.For(target=target, iterable=iterable, body=body, orelse=orelse):
                self.bind_target(target, BindingKind.LOOP, s, iterable[1], iterable)
                return [*body, *orelse]
            case n.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                inner = list(body)
                for handler in handlers:
                    if handler.name:
                        start = handler.type[1] if handler.type else handler.span[0]
                        self.bind(Binding(handler.name, BindingKind.EXCEPT, start, s, item=handler))
                    inner += handler.body
                return [*inner, *orelse, *finalbody]
            case n.With(items=items, body=body):
                for item in items:
                    if item.target is not None:
                        self.bind_target(item.target, BindingKind.WITH, s, item.value[1], item.value)
                return list(body)
            case n.Match(subject=subject, cases=cases):
                for case in cases:
                    for name in captured_names(case.pattern):
                        start = case.body[0].span[0] if case.body else case.span[1]
                        self.bind(Binding(name, BindingKind.CAPTURE, start, s, subject, item=case))
                return [statement for case in cases for statement in case.body]
            case _:
                return []

    def bind(self, binding: Binding) -> None:
        self.scope.bindings.setdefault(binding.name, []).append(binding)

    def bind_target(
        self, target: n.Expr, kind: BindingKind, s: n.Stmt, position: int, value: n.Span, unpack: Unpack = ()
    ) -> None:
        match target:
            case n.Name(id=name):
                self.bind(Binding(name, kind, position, s, value, unpack))
            case n.TupleExpr(items=items) | n.ListExpr(items=items):
                for i, item in enumerate(items):
                    step: int | tuple[int, int] = i
                    if isinstance(item, n.Starred):
                        item, step = item.value, (i, len(items) - i - 1)
                    elif any(isinstance(x, n.Starred) for x in items[:i]):
                        step = i - len(items)
                    self.bind_target(item, kind, s, position, value, (*unpack, step))
            case n.Attribute(value=receiver, attr=attr):
                loops = kind is not BindingKind.ASSIGNMENT
                self.store(AttributeStore(attr, receiver, self.scope.id, position, value, unpack, s, loops))
            case n.Subscript(
                value=n.Call(func=n.Name(id="globals" | "vars" | "locals"), args=()) as call,
                index=n.Constant(value=str() as key),
            ) if self.scope.kind is ScopeKind.MODULE:
                self.index.namespaces.add(call.span)
                self.bind(Binding(key, kind, position, s, value, unpack))
            case n.Subscript(value=receiver):
                self.mutate(
                    receiver, s, position, target, value if kind is BindingKind.ASSIGNMENT and not unpack else None
                )
            case _:
                pass

    def mutate(self, receiver: n.Expr, s: n.Stmt, position: int, target: n.Expr | None, value: n.Span | None) -> None:
        """Record that the object a name (or an attribute) stands for changes."""
        if isinstance(receiver, n.Name):
            self.bind(Binding(receiver.id, BindingKind.MUTATION, position, s, value, target=target))
            return
        if (
            isinstance(receiver, n.Call)
            and isinstance(receiver.func, n.Name)
            and receiver.func.id == "vars"
            and receiver.args
        ):
            self.store(AttributeStore(ANY_ATTRIBUTE, receiver.args[0].value, self.scope.id, position, None, (), s))
            return
        inner: n.Expr = receiver
        while isinstance(inner, (n.Subscript, n.Call)):
            inner = inner.func if isinstance(inner, n.Call) else inner.value
            if isinstance(receiver, n.Call) and isinstance(inner, n.Attribute):
                inner = inner.value
        if isinstance(inner, n.Name):
            # A part of the object changes: what the name holds stays, its content is no longer known in full.
            self.bind(Binding(inner.id, BindingKind.MUTATION, position, s))
        elif isinstance(inner, n.Attribute):
            self.store(AttributeStore(inner.attr, inner.value, self.scope.id, position, None, (), s))

    def store(self, store: AttributeStore) -> None:
        if store.attr == "__dict__":
            store = replace(store, attr=ANY_ATTRIBUTE, value=None)
        self.index.stores.setdefault(store.attr, []).append(store)

    def bind_augmented(self, s: n.AugAssign, target: n.Expr, value: n.Span) -> None:
        match target:
            case n.Name(id=name):
                self.bind(Binding(name, BindingKind.AUGMENTED, s.span[1], s, value))
            case n.Attribute(value=receiver, attr=attr):
                store = AttributeStore(attr, receiver, self.scope.id, s.span[1], value, (), s, operator=s.op)
                self.store(store)
            case n.Subscript(value=receiver):
                self.mutate(receiver, s, s.span[1], target, value)
            case _:
                pass

    def visit_expression_statement(self, s: n.ExprStmt) -> None:
        if s.method in MUTATING_METHODS and s.receiver is not None:
            if isinstance(s.receiver, n.Attribute):
                receiver = s.receiver
                self.store(AttributeStore(receiver.attr, receiver.value, self.scope.id, s.span[1], None, (), s))
            else:
                self.mutate(s.receiver, s, s.span[1], None, s.value)

    def bind_import(self, s: n.Import) -> None:
        for imported in s.names:
            name = imported.alias or imported.name.split(".", 1)[0]
            self.bind(Binding(name, BindingKind.IMPORT, s.span[1], s, imported=imported))

    def bind_from_import(self, s: n.ImportFrom) -> None:
        if s.names is None:
            self.index.star_imports.append((self.scope.id, s))
            return
        for imported in s.names:
            name = imported.alias or imported.name
            self.bind(Binding(name, BindingKind.FROM_IMPORT, s.span[1], s, imported=imported))

    def bind_delete(self, s: n.Delete, target: n.Expr) -> None:
        match target:
            case n.Name(id=name):
                self.bind(Binding(name, BindingKind.DELETE, s.span[1], s))
            case n.TupleExpr(items=items) | n.ListExpr(items=items):
                for item in items:
                    self.bind_delete(s, item)
            case n.Subscript(value=receiver):
                self.mutate(receiver, s, s.span[1], target, None)
            case _:
                pass

    def define(self, s: n.FunctionDef | n.ClassDef) -> None:
        is_class = isinstance(s, n.ClassDef)
        self.bind(Binding(s.name, BindingKind.CLASS if is_class else BindingKind.FUNCTION, s.span[1], s))
        prefix = self.scope.qualified_name
        if self.scope.kind is ScopeKind.FUNCTION:
            prefix += ".<locals>"
        scope = Scope(
            len(self.index.scopes),
            ScopeKind.CLASS if is_class else ScopeKind.FUNCTION,
            s.name,
            f"{prefix}.{s.name}" if prefix else s.name,
            self.scope.id,
            body_span(s),
            s.body,
            s,
        )
        self.index.scopes.append(scope)
        self.inner.append(scope)


def captured_names(pattern: n.Pattern) -> list[str]:
    """The names that a pattern of a match statement binds."""
    match pattern:
        case n.PatternCapture(name=name) | n.PatternStar(name=name):
            return [name] if name else []
        case n.PatternAs(pattern=inner, name=name):
            return [*captured_names(inner), name]
        case n.PatternOr(alternatives=patterns) | n.PatternSequence(items=patterns):
            return [name for p in patterns for name in captured_names(p)]
        case n.PatternMapping(items=items, rest=rest):
            return [name for _, p in items for name in captured_names(p)] + ([rest] if rest else [])
        case n.PatternClass(positional=positional, keywords=keywords):
            return [name for p in (*positional, *(k for _, k in keywords)) for name in captured_names(p)]
        case _:
            return []
