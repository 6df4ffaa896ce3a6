"""Names and attributes that a call gives as a text: `setattr(o, "x", v)`, `exec("x = y")`, `globals().update(x=y)`."""

from __future__ import annotations

import re

from ptmscan.analysis.blocks import Block, arms
from ptmscan.analysis.index import ANY_ATTRIBUTE, MODULE_SCOPE, AttributeStore, Binding, BindingKind, ModuleIndex
from ptmscan.syntax import nodes as n

_STORES = re.compile(rb"setattr|__setattr__")
_NAMESPACES = re.compile(rb"exec|globals|vars|locals")
# One assignment of a text or a dotted name, as `exec` runs it.
_EXECUTED = re.compile(
    r"\s*([A-Za-z_]\w*)\s*=\s*(?:'([^'\\\n]*)'|\"([^\"\\\n]*)\"|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))\s*"
)


def add_names_by_text(index: ModuleIndex, parsed: n.ParsedModule) -> None:
    """Add the stores and bindings of a module that calls make under names given as texts."""
    for span in parsed.calls(_STORES):
        call = parsed.expression(span)
        if isinstance(call, n.Call):
            _add_store(index, call)
    for span in parsed.calls(_NAMESPACES):
        call = parsed.expression(span)
        if isinstance(call, n.Call) and isinstance(call.func, n.Name):
            _add_bindings(index, parsed, call)


def _add_store(index: ModuleIndex, call: n.Call) -> None:
    """`setattr(o, name, value)` and `object.__setattr__(o, name, value)` are stores."""
    if any(a.star or a.name for a in call.args):
        return
    values = [a.value for a in call.args]
    if isinstance(call.func, n.Attribute) and len(values) == 2:
        values.insert(0, call.func.value)
    if len(values) != 3:
        return
    receiver, name, value = values
    known = isinstance(name, n.Constant) and isinstance(name.value, str)
    attr = str(name.value) if isinstance(name, n.Constant) and known else ANY_ATTRIBUTE
    where = n.Other(call.span, "setattr")
    scope = index.scope_at(call.span[0]).id
    named = None if known else name.span
    store = AttributeStore(attr, receiver, scope, call.span[1], value.span, (), where, named=named)
    index.stores.setdefault(attr, []).append(store)


def _add_bindings(index: ModuleIndex, parsed: n.ParsedModule, call: n.Call) -> None:
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


def _statement_around(block: Block, span: n.Span) -> n.ExprStmt | None:
    """The expression statement of a block, or of one inside it, that holds a span."""
    while True:
        around = next((s for s in block if s.span[0] <= span[0] and span[1] <= s.span[1]), None)
        if around is None or isinstance(around, n.ExprStmt):
            return around
        inner = (b for _, b, _ in arms(around) if b and b[0].span[0] <= span[0] and span[1] <= b[-1].span[1])
        block = next(inner, ())
