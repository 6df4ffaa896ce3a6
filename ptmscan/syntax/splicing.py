"""Puts statements that were parsed apart from their surroundings back where they belong, by place and indentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from ptmscan.syntax import nodes as n

Body: TypeAlias = tuple[n.Stmt, ...]
Column: TypeAlias = Callable[[int], int]

_COMPOUND = (n.FunctionDef, n.ClassDef, n.With, n.If, n.While, n.For, n.Try, n.Match)


def splice(body: Body, statement: n.Stmt, column: Column) -> Body:
    """The statements with one more; `column` gives the column of the statement that begins at an offset.

    It goes into a block before it if it stands inside the block's bytes or further right than what the block hangs on.
    """
    place = sum(1 for s in body if s.span[0] <= statement.span[0])
    if place:
        before = body[place - 1]
        is_inside = statement.span[0] < before.span[1] or column(before.span[0]) < column(statement.span[0])
        if is_inside and isinstance(before, _COMPOUND):
            return (*body[: place - 1], inside(before, statement, column), *body[place:])
    return (*body[:place], statement, *body[place:])


def inside(node: n.Stmt, statement: n.Stmt, column: Column) -> n.Stmt:
    """A compound statement with one more in the last block that begins before it."""
    span = (node.span[0], max(node.span[1], statement.span[1]))
    start = statement.span[0]
    match node:
        case n.FunctionDef() | n.ClassDef() | n.With():
            return replace(node, span=span, body=splice(node.body, statement, column))
        case n.If() | n.While() | n.For():
            if node.orelse and node.orelse[0].span[0] <= start:
                return replace(node, span=span, orelse=splice(node.orelse, statement, column))
            return replace(node, span=span, body=splice(node.body, statement, column))
        case n.Try():
            return _into_try(node, span, statement, column)
        case n.Match():
            return replace(node, span=span, cases=_into_case(node.cases, statement, column))
        case _:
            return node


def _into_try(node: n.Try, span: n.Span, statement: n.Stmt, column: Column) -> n.Try:
    start = statement.span[0]
    if node.finalbody and node.finalbody[0].span[0] <= start:
        return replace(node, span=span, finalbody=splice(node.finalbody, statement, column))
    if node.orelse and node.orelse[0].span[0] <= start:
        return replace(node, span=span, orelse=splice(node.orelse, statement, column))
    if node.handlers and node.handlers[0].span[0] <= start:
        return replace(node, span=span, handlers=_into_handler(node.handlers, statement, column))
    return replace(node, span=span, body=splice(node.body, statement, column))


def _into_handler(parts: tuple[n.ExceptHandler, ...], statement: n.Stmt, column: Column) -> tuple[n.ExceptHandler, ...]:
    place = _last_before(parts, statement)
    part = parts[place]
    span = (part.span[0], max(part.span[1], statement.span[1]))
    return (*parts[:place], replace(part, span=span, body=splice(part.body, statement, column)), *parts[place + 1 :])


def _into_case(parts: tuple[n.MatchCase, ...], statement: n.Stmt, column: Column) -> tuple[n.MatchCase, ...]:
    if not parts:
        return parts
    place = _last_before(parts, statement)
    part = parts[place]
    span = (part.span[0], max(part.span[1], statement.span[1]))
    return (*parts[:place], replace(part, span=span, body=splice(part.body, statement, column)), *parts[place + 1 :])


def _last_before(parts: Sequence[n.ExceptHandler | n.MatchCase], statement: n.Stmt) -> int:
    return max(1, sum(1 for p in parts if p.span[0] <= statement.span[0])) - 1


def with_headers(body: Body, headers: Mapping[int, n.Stmt]) -> Body:
    """Give statements whose header was shortened what their own header says.

    `headers` has the headers parsed by themselves, by the place of a definition's name or of the statement.
    """
    return tuple([_with_header(s, headers) if isinstance(s, _COMPOUND) else s for s in body])


def header_place(statement: n.Stmt) -> int:
    """The key of a header: decorators may stand before a definition."""
    return statement.name_span[0] if isinstance(statement, n.FunctionDef | n.ClassDef) else statement.span[0]


def _with_header(node: n.Stmt, headers: Mapping[int, n.Stmt]) -> n.Stmt:
    found = headers.get(header_place(node))
    match node:
        case n.FunctionDef(body=body):
            node = replace(node, body=with_headers(body, headers))
            return replace(node, **_of_function(found)) if isinstance(found, n.FunctionDef) else node
        case n.ClassDef(body=body):
            node = replace(node, body=with_headers(body, headers))
            return replace(node, **_of_class(found)) if isinstance(found, n.ClassDef) else node
        case n.With(body=body):
            return replace(node, body=with_headers(body, headers))
        case n.If() | n.While() | n.For():
            whole = replace(node, body=with_headers(node.body, headers), orelse=with_headers(node.orelse, headers))
            return _of_block(found, whole)
        case n.Try():
            return replace(
                node,
                body=with_headers(node.body, headers),
                handlers=tuple([replace(h, body=with_headers(h.body, headers)) for h in node.handlers]),
                orelse=with_headers(node.orelse, headers),
                finalbody=with_headers(node.finalbody, headers),
            )
        case n.Match(cases=cases):
            return replace(node, cases=tuple([replace(c, body=with_headers(c.body, headers)) for c in cases]))
        case _:
            return node


def _of_function(header: n.FunctionDef) -> dict[str, Any]:
    return {"name": header.name, "name_span": header.name_span, "params": header.params}


def _of_class(header: n.ClassDef) -> dict[str, Any]:
    return {"name": header.name, "name_span": header.name_span, "arguments": header.arguments}


def _of_block(header: n.Stmt | None, block: n.If | n.While | n.For) -> n.Stmt:
    """The statement that the header says, with the body of the `if 1:` that stood for it."""
    match header:
        case n.With():
            return replace(header, span=block.span, body=block.body)
        case n.If() | n.While() | n.For():
            return replace(header, span=block.span, body=block.body, orelse=block.orelse)
        case _:
            return block
