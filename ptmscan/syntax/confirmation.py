"""The second opinion: libCST reads the statement of a reported call, too, and both lowerings must agree.

Only the expression that holds the call is parsed (the header's, in a compound statement), wrapped in parentheses,
which make its lines one. Text that is too deep or too long for libCST stays unconfirmed; docs/architecture.md has the
figures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.syntax import nodes as n
from ptmscan.syntax.comparison import calls_in, same
from ptmscan.syntax.nesting import MAX_DEPTH, levels

if TYPE_CHECKING:
    from ptmscan.source import Source

MAX_LENGTH = 16_384  # bytes
# Bytes times levels, for one source: libCST takes 0.1 to 1 microseconds for each.
MAX_WORK = 5_000_000


@dataclass(frozen=True, slots=True)
class Agreed:
    """Both parsers read the call alike."""


@dataclass(frozen=True, slots=True)
class Differ:
    """libCST, whose reading wins, has this call at the place, or (None) no call at all."""

    call: n.Call | None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """libCST was not asked, or does not read the statement: `too-long`, `too-deep`, `too-much-work`, `rejected`."""

    reason: str


Confirmation: TypeAlias = Agreed | Differ | Unconfirmed


def confirm(source: Source, call: n.Call) -> Confirmation:
    """Confirm one call by its own text alone; a Confirmer also reads what stands around it."""
    return Confirmer(source, None).confirm(call)


class Confirmer:
    """Confirms the calls of one source. Statements are parsed once, however many calls they hold.

    Example:
        >>> Confirmer(source, parsed).confirm(call)
        Agreed()
    """

    def __init__(self, source: Source, parsed: n.ParsedModule | None) -> None:
        self.source, self.parsed = source, parsed
        self.work_left = MAX_WORK
        self._agreed: dict[n.Span, frozenset[n.Span] | Unconfirmed] = {}

    def confirm(self, call: n.Call) -> Confirmation:
        """What libCST says of a call that the other parser lowered; libCST is imported at the first one."""
        around = enclosing_expression(self.parsed.statements, call.span) if self.parsed is not None else None
        if around is not None:
            answer = self._confirm_in(around, call)
            if not isinstance(answer, Unconfirmed) or answer.reason == "rejected":
                return answer
        return self._confirm_in(call.span, call)

    def _confirm_in(self, span: n.Span, call: n.Call) -> Confirmation:
        """Confirm a call by the expression at `span`, which may be the call's own."""
        agreed = self._agreed.get(span)
        if agreed is None:
            agreed = self._agreed[span] = self._read(span, call)
        if isinstance(agreed, Unconfirmed):
            return agreed
        return Agreed() if call.span in agreed else self._look_closer(span, call)

    def _read(self, span: n.Span, call: n.Call) -> frozenset[n.Span] | Unconfirmed:
        """The calls of an expression on which both parsers agree, if they agree on the whole of it; else none."""
        obstacle = self._obstacle(span)
        if obstacle is not None:
            return Unconfirmed(obstacle)
        from ptmscan.syntax.with_libcst import RejectedError, lower_text

        try:
            other = lower_text(self._wrapped(span))
            tree = call if self.parsed is None or span == call.span else self.parsed.expression(span)
            return frozenset([c.span for c in calls_in(tree)]) if same(tree, other) else frozenset()
        except RejectedError:
            return Unconfirmed("rejected")
        except RecursionError:
            return Unconfirmed("too-deep")

    def _obstacle(self, span: n.Span) -> str | None:
        length = span[1] - span[0]
        if length > MAX_LENGTH:
            return "too-long"
        self.work_left -= length  # for the measuring
        if self.work_left < 0:
            return "too-much-work"
        depth = levels(self._wrapped(span))
        if depth > MAX_DEPTH:
            return "too-deep"
        self.work_left -= length * depth
        return "too-much-work" if self.work_left < 0 else None

    def _look_closer(self, span: n.Span, call: n.Call) -> Confirmation:
        """Find the call itself in libCST's tree of the expression, by position, which is slow and seldom needed."""
        from ptmscan.syntax.with_libcst import RejectedError, call_at

        self.work_left -= MAX_DEPTH * (span[1] - span[0])
        if self.work_left < 0:
            return Unconfirmed("too-much-work")
        try:
            other = call_at(self._wrapped(span), span[0] - 1, call.span)
        except RejectedError:
            return Unconfirmed("rejected")
        except RecursionError:
            return Unconfirmed("too-deep")
        return Agreed() if other is not None and same(call, other) and call.span == other.span else Differ(other)

    def _wrapped(self, span: n.Span) -> str:
        return f"({self.source.text(span)}\n)"


# --- which expression holds a call ------------------------------------------------------------------------------------


def enclosing_expression(statements: Sequence[n.Stmt], span: n.Span) -> n.Span | None:
    """The whole expression of a statement that holds `span`; None in targets, patterns and what was skipped."""
    while True:
        statement = _holding(statements, span)
        if statement is None:
            return None
        for value in _values(statement):
            if value[0] <= span[0] and span[1] <= value[1]:
                return value
        inner = next((body for body in _bodies(statement) if _holding(body, span) is not None), None)
        if inner is None:
            return None
        statements = inner


def _holding(statements: Sequence[n.Stmt], span: n.Span) -> n.Stmt | None:
    place = bisect_right(statements, span[0], key=lambda s: s.span[0]) - 1
    if place < 0 or statements[place].span[1] < span[1]:
        return None
    return statements[place]


def _values(statement: n.Stmt) -> Iterator[n.Span]:
    """The expressions of a statement, but for what stands in its blocks."""
    match statement:
        case n.Assign() | n.AugAssign() | n.ExprStmt():
            yield statement.value
        case n.AnnAssign():
            yield from _present(statement.annotation, statement.value)
        case n.Return():
            yield from _present(statement.value)
        case n.Raise() | n.Assert() | n.Other():
            yield from statement.values
        case n.If() | n.While():
            yield statement.test
        case n.For():
            yield statement.iterable
        case n.With():
            yield from [item.value for item in statement.items]
        case n.Match():
            yield statement.subject
            yield from _present(*[case.guard for case in statement.cases])
        case n.Try():
            yield from _present(*[handler.type for handler in statement.handlers])
        case n.FunctionDef():
            yield from statement.decorators
            yield from _present(*[value for p in statement.params for value in (p.annotation, p.default)])
        case n.ClassDef():
            yield from statement.decorators
            yield from [argument.value for argument in statement.arguments]
        case _:
            pass


def _present(*spans: n.Span | None) -> Iterator[n.Span]:
    return (span for span in spans if span is not None)


def _bodies(statement: n.Stmt) -> Iterator[tuple[n.Stmt, ...]]:
    match statement:
        case n.If() | n.While() | n.For():
            yield from (statement.body, statement.orelse)
        case n.FunctionDef() | n.ClassDef() | n.With():
            yield statement.body
        case n.Try():
            yield statement.body
            yield from [handler.body for handler in statement.handlers]
            yield from (statement.orelse, statement.finalbody)
        case n.Match():
            yield from [case.body for case in statement.cases]
        case _:
            pass
