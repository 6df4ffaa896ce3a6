"""What a generator function gives its caller, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, lookup
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.bindings import follows_terminal
from ptmscan.analysis.blocks import arms
from ptmscan.analysis.nested import children, expressions
from ptmscan.analysis.values import Sequence, SequenceKind, StepKind, Value, known, text_of
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.analysis.values import Frame

_WORD = b"yield"


def yielded(ev: Evaluator, module: Module, scope: Scope, frame: Frame) -> Value | None:
    """The items of the generator that a call makes; None when the function itself yields nothing.

    Their number and order are known only where every `yield` is a statement of the function's own block, to its end.
    """
    if _WORD not in module.source.data[scope.span[0] : scope.span[1]]:
        return None
    found = list(_yields(module, scope.body))
    if not found:
        return None
    env = lookup.environment(module, scope, frame)
    items: list[Value] = []
    complete = all(any(s is own for own in scope.body) for s, _ in found) and not _may_end_early(scope.body)
    for statement, node in found:
        if follows_terminal(scope, statement.span[0]):
            continue
        if not calls.is_reached(ev, env, statement.span[0]):
            continue
        value = ev.evaluate(node.value, env) if node.value is not None else text_of(None)
        row = containers.elements(value) if node.is_from else None
        complete = complete and (row is None or row.complete)
        given = (value,) if row is None else row.items
        items += [v.traced(env.step(statement.span, StepKind.RETURN)) for v in given]
    if complete:
        return known(Sequence(SequenceKind.TUPLE, tuple(items)))
    return known(Sequence(SequenceKind.TUPLE, (join(items),) if items else (), complete=False))


def is_generator(module: Module, scope: Scope) -> bool:
    """Whether a function's own statements yield."""
    return _WORD in module.source.data[scope.span[0] : scope.span[1]] and any(_yields(module, scope.body))


def _may_end_early(body: tuple[n.Stmt, ...]) -> bool:
    """Whether a `return` stands anywhere in a function's own statements."""
    pending = list(body)
    while pending:
        s = pending.pop()
        if isinstance(s, n.Return):
            return True
        if not isinstance(s, (n.FunctionDef, n.ClassDef)):
            pending += [inner for _, block, _ in arms(s) for inner in block]
    return False


def _yields(module: Module, body: tuple[n.Stmt, ...]) -> Iterator[tuple[n.Stmt, n.Yield]]:
    """The `yield` expressions of a function's own statements, in their order."""
    pending = list(reversed(body))
    while pending:
        s = pending.pop()
        if not isinstance(s, (n.FunctionDef, n.ClassDef)):
            for span in expressions(s):
                if _WORD in module.source.data[span[0] : span[1]]:
                    yield from ((s, node) for node in _inside(module.expression(span)))
            for _, block, _ in reversed(list(arms(s))):
                pending.extend(reversed(block))


def _inside(expr: n.Expr) -> Iterator[n.Yield]:
    pending: list[n.Expr] = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, n.Yield):
            yield node
        if not isinstance(node, n.Lambda):
            pending.extend(children(node))
