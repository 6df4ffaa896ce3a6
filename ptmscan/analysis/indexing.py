"""Builds the index of a module from its statements."""

from __future__ import annotations

from dataclasses import replace

from ptmscan.analysis.blocks import captured_names
from ptmscan.analysis.index import (
    ANY_ATTRIBUTE,
    MODULE_SCOPE,
    MUTATING_METHODS,
    AttributeStore,
    Binding,
    BindingKind,
    ModuleIndex,
    Scope,
    ScopeKind,
    Unpack,
)
from ptmscan.analysis.names_by_text import add_names_by_text
from ptmscan.syntax import nodes as n


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
    add_names_by_text(index, parsed)
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
            _body_span(s),
            s.body,
            s,
        )
        self.index.scopes.append(scope)
        self.inner.append(scope)


def _body_span(node: n.FunctionDef | n.ClassDef) -> n.Span:
    """The bytes from the first statement of a body to the end of the definition."""
    return (node.body[0].span[0] if node.body else node.span[1], node.span[1])
