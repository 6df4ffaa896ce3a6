"""Statements: libCST nodes to the neutral tree. Expressions stay spans, as the contract wants, but for targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import libcst as cst

from ptmscan.syntax import nodes as n
from ptmscan.syntax.libcst_expressions import Positions, identifier, lower, lower_parameters, operator, span_of
from ptmscan.syntax.libcst_patterns import lower_pattern

Body: TypeAlias = Sequence[cst.BaseStatement] | Sequence[cst.BaseSmallStatement]


def lower_body(body: Body, at: Positions) -> tuple[n.Stmt, ...]:
    """Lower a sequence of statements; `a; b` on one line are two."""
    found: list[n.Stmt] = []
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            found.extend([_lower(small, at) for small in statement.body])
        else:
            found.append(_lower(statement, at))
    return tuple(found)


def _lower(node: cst.CSTNode, at: Positions) -> n.Stmt:
    handler = _HANDLERS.get(type(node))
    return handler(node, at) if handler is not None else n.Other(at(node), type(node).__name__)


def _suite(node: cst.BaseSuite | cst.Else | cst.Finally | None, at: Positions) -> tuple[n.Stmt, ...]:
    if node is None:
        return ()
    suite = node.body if isinstance(node, cst.Else | cst.Finally) else node
    return lower_body(suite.body, at)


def _spans(nodes: Iterable[cst.BaseExpression | None], at: Positions) -> tuple[n.Span, ...]:
    return tuple([span_of(node, at) for node in nodes if node is not None])


# --- simple statements ------------------------------------------------------------------------------------------------


def _assign(node: cst.Assign, at: Positions) -> n.Stmt:
    targets = tuple([lower(t.target, at) for t in node.targets])
    return n.Assign(at(node), targets, span_of(node.value, at))


def _annotated(node: cst.AnnAssign, at: Positions) -> n.Stmt:
    value = span_of(node.value, at) if node.value is not None else None
    return n.AnnAssign(at(node), lower(node.target, at), span_of(node.annotation.annotation, at), value)


def _augmented(node: cst.AugAssign, at: Positions) -> n.Stmt:
    return n.AugAssign(at(node), lower(node.target, at), operator(node.operator), span_of(node.value, at))


def _expression(node: cst.Expr, at: Positions) -> n.Stmt:
    value = node.value
    span = span_of(value, at)
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and _is_dotted(value.func.value):
        return n.ExprStmt(at(node), span, lower(value.func.value, at), identifier(value.func.attr.value))
    return n.ExprStmt(at(node), span)


def _is_dotted(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute | cst.Subscript) and not node.lpar:
        node = node.value
    return isinstance(node, cst.Name) and not node.lpar


def _import(node: cst.Import, at: Positions) -> n.Stmt:
    return n.Import(at(node), _aliases(node.names, at))


def _import_from(node: cst.ImportFrom, at: Positions) -> n.Stmt:
    module = _dotted(node.module) if node.module is not None else ""
    names = None if isinstance(node.names, cst.ImportStar) else _aliases(node.names, at)
    return n.ImportFrom(at(node), module, len(node.relative), names)


def _aliases(aliases: Iterable[cst.ImportAlias], at: Positions) -> tuple[n.ImportName, ...]:
    found = []
    for alias in aliases:
        local = alias.asname.name if alias.asname is not None else None
        start, end = at(alias)[0], at(alias.name)[1] if local is None else at(local)[1]
        name = _dotted(alias.name)
        found.append(n.ImportName((start, end), name, _name_of(local)))
    return tuple(found)


def _dotted(node: cst.BaseExpression) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(identifier(node.attr.value))
        node = node.value
    parts.append(_name_of(node) or "")
    return ".".join(reversed(parts))


def _name_of(node: cst.CSTNode | None) -> str | None:
    return identifier(node.value) if isinstance(node, cst.Name) else None


def _return(node: cst.Return, at: Positions) -> n.Stmt:
    return n.Return(at(node), span_of(node.value, at) if node.value is not None else None)


def _raise(node: cst.Raise, at: Positions) -> n.Stmt:
    cause = node.cause.item if isinstance(node.cause, cst.From) else None
    return n.Raise(at(node), _spans((node.exc, cause), at))


def _break(node: cst.Break, at: Positions) -> n.Stmt:
    return n.Break(at(node))


def _continue(node: cst.Continue, at: Positions) -> n.Stmt:
    return n.Continue(at(node))


def _delete(node: cst.Del, at: Positions) -> n.Stmt:
    target = lower(node.target, at)
    bare = isinstance(node.target, cst.Tuple) and not node.target.lpar
    return n.Delete(at(node), target.items if bare and isinstance(target, n.TupleExpr) else (target,))


def _global(node: cst.Global, at: Positions) -> n.Stmt:
    return n.Global(at(node), tuple([identifier(item.name.value) for item in node.names]))


def _nonlocal(node: cst.Nonlocal, at: Positions) -> n.Stmt:
    return n.Nonlocal(at(node), tuple([identifier(item.name.value) for item in node.names]))


def _assert(node: cst.Assert, at: Positions) -> n.Stmt:
    return n.Assert(at(node), _spans((node.test, node.msg), at))


def _pass(node: cst.Pass, at: Positions) -> n.Stmt:
    return n.Other(at(node), "pass")


def _type_alias(node: cst.TypeAlias, at: Positions) -> n.Stmt:
    return n.Other(at(node), "type", (span_of(node.value, at),))


# --- definitions ------------------------------------------------------------------------------------------------------


def _function(node: cst.FunctionDef, at: Positions) -> n.Stmt:
    return n.FunctionDef(
        _definition_span(node, at),
        at(node.name),
        identifier(node.name.value),
        lower_parameters(node.params, at),
        _decorators(node.decorators, at),
        _suite(node.body, at),
    )


def _class(node: cst.ClassDef, at: Positions) -> n.Stmt:
    arguments = [n.BaseArgument(_name_of(a.keyword), span_of(a.value, at), len(a.star)) for a in node.bases]
    arguments += [n.BaseArgument(_name_of(a.keyword), span_of(a.value, at), len(a.star)) for a in node.keywords]
    return n.ClassDef(
        _definition_span(node, at),
        at(node.name),
        identifier(node.name.value),
        tuple(arguments),
        _decorators(node.decorators, at),
        _suite(node.body, at),
    )


def _definition_span(node: cst.FunctionDef | cst.ClassDef, at: Positions) -> n.Span:
    start, end = at(node)
    return (at(node.decorators[0])[0] if node.decorators else start, end)


def _decorators(decorators: Sequence[cst.Decorator], at: Positions) -> tuple[n.Span, ...]:
    return tuple([span_of(d.decorator, at) for d in decorators])


# --- compound statements ----------------------------------------------------------------------------------------------


def _if(node: cst.If, at: Positions) -> n.Stmt:
    orelse = (_if(node.orelse, at),) if isinstance(node.orelse, cst.If) else _suite(node.orelse, at)
    return n.If(at(node), span_of(node.test, at), _suite(node.body, at), orelse)


def _while(node: cst.While, at: Positions) -> n.Stmt:
    return n.While(at(node), span_of(node.test, at), _suite(node.body, at), _suite(node.orelse, at))


def _for(node: cst.For, at: Positions) -> n.Stmt:
    target, body, orelse = lower(node.target, at), _suite(node.body, at), _suite(node.orelse, at)
    return n.For(at(node), target, span_of(node.iter, at), body, orelse)


def _try(node: cst.Try | cst.TryStar, at: Positions) -> n.Stmt:
    handlers = tuple([_handler(h, at) for h in node.handlers])
    body, orelse, final = _suite(node.body, at), _suite(node.orelse, at), _suite(node.finalbody, at)
    return n.Try(at(node), body, handlers, orelse, final)


def _handler(node: cst.ExceptHandler | cst.ExceptStarHandler, at: Positions) -> n.ExceptHandler:
    kind = span_of(node.type, at) if node.type is not None else None
    name = _name_of(node.name.name) if node.name is not None else None
    return n.ExceptHandler(at(node), kind, name, _suite(node.body, at))


def _with(node: cst.With, at: Positions) -> n.Stmt:
    items = []
    for item in node.items:
        target = lower(item.asname.name, at) if item.asname is not None else None
        items.append(n.WithItem(span_of(item.item, at), target))
    return n.With(at(node), tuple(items), _suite(node.body, at))


def _match(node: cst.Match, at: Positions) -> n.Stmt:
    return n.Match(at(node), span_of(node.subject, at), tuple([_case(c, at) for c in node.cases]))


def _case(node: cst.MatchCase, at: Positions) -> n.MatchCase:
    guard = span_of(node.guard, at) if node.guard is not None else None
    return n.MatchCase(at(node), lower_pattern(node.pattern, at), guard, _suite(node.body, at))


_HANDLERS: dict[type[cst.CSTNode], Callable[[Any, Positions], n.Stmt]] = {
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Expr: _expression,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Del: _delete,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.Assert: _assert,
    cst.Pass: _pass,
    cst.TypeAlias: _type_alias,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.If: _if,
    cst.While: _while,
    cst.For: _for,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.With: _with,
    cst.Match: _match,
}
