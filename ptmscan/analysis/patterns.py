"""What the patterns of a match statement match, and what they capture, as far as the subject is known.

https://docs.python.org/3/reference/compound_stmts.html#patterns
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers, operations
from ptmscan.analysis.alternatives import combine, join, mapped
from ptmscan.analysis.blocks import captured_names
from ptmscan.analysis.values import Atom, Const, External, Mapping, Sequence, SequenceKind, Text, Value, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def matches(ev: Evaluator, pattern: n.Pattern, subject: Value, env: Environment) -> bool | None:
    """Whether a subject matches a pattern; None when that is not known."""
    match pattern:
        case n.PatternCapture():
            return True
        case n.PatternAs(pattern=inner):
            return matches(ev, inner, subject, env)
        case n.PatternOr(alternatives=alternatives):
            answers = [matches(ev, p, subject, env) for p in alternatives]
            return True if True in answers else (False if all(a is False for a in answers) else None)
        case n.PatternValue(value=value):
            other = ev.evaluate(value, env)
            return operations.decide(combine(subject, other, lambda a, b: operations.compare("==", a, b)))
        case n.PatternClass() | n.PatternSequence() | n.PatternMapping() if subject.closed and subject.atoms:
            rows = {_atom_matches(ev, pattern, a.atom, env) for a in subject.atoms}
            return rows.pop() if len(rows) == 1 else None
        case _:
            return None


def _atom_matches(ev: Evaluator, pattern: n.Pattern, atom: Atom, env: Environment) -> bool | None:
    """Whether one alternative of a subject has the kind and the parts that a pattern asks for."""
    kind = _kind(atom)
    if kind is None:
        return None
    match pattern:
        case n.PatternClass(cls=cls, positional=positional, keywords=keywords):
            wanted = ev.evaluate(cls, env).single()
            if not isinstance(wanted, External) or wanted.name not in _BUILTINS:
                return None
            if wanted.name != f"builtins.{kind}":
                return False if kind != "bool" else None
            return None if positional or keywords else True
        case n.PatternSequence(items=items):
            if not isinstance(atom, Sequence) or atom.kind is SequenceKind.SET:
                return False
            if not atom.complete or any(isinstance(i, n.PatternStar) for i in items):
                return None
            return len(items) == len(atom.items) and _all(
                [matches(ev, p, v, env) for p, v in zip(items, atom.items, strict=True)]
            )
        case n.PatternMapping(items=pairs):
            if not isinstance(atom, Mapping):
                return False
            found = [(containers.subscript(atom, ev.evaluate(k, env)), p) for k, p in pairs]
            if not atom.complete or any(v.open_reason is not None for v, _ in found):
                return None
            return _all([bool(v.atoms) and matches(ev, p, v, env) for v, p in found])
        case _:
            return None


# The built-in classes whose objects are known by their kind.
_BUILTINS = frozenset(f"builtins.{name}" for name in ("str", "int", "float", "bytes", "list", "tuple", "set", "dict"))


def _kind(atom: Atom) -> str | None:
    match atom:
        case Const(value):
            return type(value).__name__
        case Text():
            return "str"
        case Mapping():
            return "dict"
        case Sequence(kind=kind):
            return kind.value
        case _:
            return None


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def captured(ev: Evaluator, pattern: n.Pattern, subject: Value, name: str, env: Environment) -> Value:
    """What a name of a pattern is bound to by a subject that matches it."""
    match pattern:
        case n.PatternCapture():
            return subject
        case n.PatternAs(pattern=inner, name=own):
            return subject if own == name else captured(ev, inner, subject, name, env)
        case n.PatternOr(alternatives=alternatives):
            return join(captured(ev, p, subject, name, env) for p in alternatives if name in captured_names(p))
        case n.PatternSequence(items=items):
            return _in_sequence(ev, items, subject, name, env)
        case n.PatternMapping(items=pairs) if any(name in captured_names(p) for _, p in pairs):
            tables = Value(tuple(a for a in subject.atoms if _kind(a.atom) in (None, "dict")), subject.open_reason)
            rows = [(k, p) for k, p in pairs if name in captured_names(p)]
            key = ev.evaluate(rows[0][0], env)
            return captured(ev, rows[0][1], mapped(tables, lambda a: containers.subscript(a, key)), name, env)
        case _:
            return unknown("captured by a pattern")


def _in_sequence(ev: Evaluator, items: tuple[n.Pattern, ...], subject: Value, name: str, env: Environment) -> Value:
    starred = next((i for i, p in enumerate(items) if isinstance(p, n.PatternStar)), None)
    rows = Value(tuple(a for a in subject.atoms if _may_unpack(a.atom, items, starred)), subject.open_reason)
    at = next(i for i, p in enumerate(items) if name in captured_names(p))
    if at == starred:
        return containers.rest(rows, at, len(items) - at - 1)
    index = at if starred is None or at < starred else at - len(items)
    return captured(ev, items[at], containers.item(rows, index), name, env)


def _may_unpack(atom: Atom, items: tuple[n.Pattern, ...], starred: int | None) -> bool:
    """Whether a sequence pattern may match an alternative, by its kind and length."""
    if not isinstance(atom, Sequence):
        return _kind(atom) is None
    if atom.kind is SequenceKind.SET:
        return False
    return (
        not atom.complete
        or len(atom.items) == len(items)
        or (starred is not None and len(atom.items) >= len(items) - 1)
    )
