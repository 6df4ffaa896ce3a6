"""The blocks of statements: which there are, how control leaves them, what patterns bind in them."""

from __future__ import annotations

from collections.abc import Iterator

from ptmscan.syntax import nodes as n

Block = tuple[n.Stmt, ...]
# So many statements behind a `return` are still seen to be dead.
MAX_DEAD = 8


def arms(s: n.Stmt) -> Iterator[tuple[str, Block, n.ExceptHandler | n.MatchCase | None]]:
    """The blocks of a compound statement, in source order, by the role they play."""
    match s:
        case n.If(body=body, orelse=orelse) | n.While(body=body, orelse=orelse) | n.For(body=body, orelse=orelse):
            yield "body", body, None
            yield "orelse", orelse, None
        case n.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            yield "body", body, None
            for handler in handlers:
                yield "handler", handler.body, handler
            yield "orelse", orelse, None
            yield "final", finalbody, None
        case n.With(body=body):
            yield "body", body, None
        case n.Match(cases=cases):
            for case in cases:
                yield "case", case.body, case
        case _:
            return


def terminal(s: n.Stmt) -> bool:
    """Whether control never goes on to the next statement, as far as the structure tells."""
    match s:
        case n.Return() | n.Raise() | n.Break() | n.Continue():
            return True
        case (
            n.ExprStmt(receiver=n.Name(id="sys"), method="exit") | n.ExprStmt(receiver=n.Name(id="os"), method="_exit")
        ):
            return True
        case n.If(body=body, orelse=orelse):
            return not completes(body) and bool(orelse) and not completes(orelse)
        case n.With(body=body):
            return not completes(body)
        case n.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            if finalbody and not completes(finalbody):
                return True
            normal = completes(body) and completes(orelse)
            return not normal and not any(completes(h.body) for h in handlers)
        case n.Match(cases=cases):
            return any(irrefutable(c) for c in cases) and not any(completes(c.body) for c in cases)
        case _:
            return False


def completes(block: Block) -> bool:
    """Whether control can reach the end of a block."""
    return not any(terminal(s) for s in block[-MAX_DEAD:])


def irrefutable(case: n.MatchCase) -> bool:
    """Whether a case matches everything."""
    pattern = case.pattern
    while isinstance(pattern, n.PatternAs):
        pattern = pattern.pattern
    return case.guard is None and isinstance(pattern, n.PatternCapture)


def jumps(block: Block) -> bool:
    """Whether a `break` or `continue` of the loop around the block stands in it."""
    for s in block:
        if isinstance(s, (n.Break, n.Continue)):
            return True
        if isinstance(s, (n.For, n.While)):
            if jumps(s.orelse):
                return True
        elif any(jumps(inner) for _, inner, _ in arms(s)):
            return True
    return False


def returns(body: tuple[n.Stmt, ...]) -> list[n.Return]:
    """The return statements of a function's own body."""
    found: list[n.Return] = []
    pending = list(reversed(body))
    while pending:
        s = pending.pop()
        if isinstance(s, n.Return):
            found.append(s)
        for _, block, _ in arms(s):
            pending.extend(reversed(block))
    return found


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
