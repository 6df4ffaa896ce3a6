"""What holds for every alternative of a value: union, pairwise operations, texts with holes, truth. All are total."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ptmscan.analysis.values import (
    MAX_TRACE,
    REPOSITORY,
    Alternative,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    EnumMember,
    FunctionRef,
    Hole,
    Instance,
    LambdaRef,
    Made,
    Mapping,
    ModuleRef,
    PartialCall,
    Sequence,
    Text,
    Value,
    known,
    unknown,
    weightier,
)

MAX_ALTERNATIVES = 64
MAX_PARTS = 5_000
MAX_NESTING = 12


def join(values: Iterable[Value]) -> Value:
    """The union of the alternatives; open if one of the values is open or the cap of 64 is reached."""
    values = tuple(values)
    if len(values) == 1:
        return values[0]
    seen: dict[Atom, Alternative] = {}
    reason: str | None = None
    for value in values:
        if value.open_reason is not None:
            reason = weightier(reason, value.open_reason)
        for alternative in value.atoms:
            seen.setdefault(alternative.atom, alternative)
    atoms = tuple(seen.values())
    if len(atoms) > MAX_ALTERNATIVES:
        atoms = tuple(sorted(atoms, key=lambda a: _order(a.atom)))[:MAX_ALTERNATIVES]
        reason = reason or f"more than {MAX_ALTERNATIVES} possible values"
    return Value(atoms, reason)


def _order(atom: Atom) -> tuple[int, str]:
    """Constants first, by their text; everything else keeps the order in which it was found."""
    return (0, repr(atom.value)) if isinstance(atom, Const) else (1, "")


def is_large(value: Value) -> bool:
    """Whether a value holds so many nested parts that following it further is not worth it."""
    seen = 0
    pending: list[tuple[Value, int]] = [(value, 0)]
    while pending:
        here, depth = pending.pop()
        seen += len(here.atoms)
        if seen > MAX_PARTS or depth > MAX_NESTING:
            return True
        for alternative in here.atoms:
            pending += [(part, depth + 1) for part in parts_of(alternative.atom)]
    return False


def parts_of(atom: Atom) -> Iterable[Value]:
    """The values that an atom holds."""
    match atom:
        case Sequence(items=items):
            return items
        case Mapping(items=pairs):
            return [v for _, v in pairs]
        case (
            Instance(arguments=Arguments() as given)
            | PartialCall(arguments=given)
            | Made(arguments=Arguments() as given)
        ):
            return [*given.positional, *(v for _, v in given.keywords)]
        case BoundMethod(receiver=Instance() as receiver):
            return parts_of(receiver)
        case _:
            return ()


def combine(left: Value, right: Value, operation: Callable[[Atom, Atom], Value]) -> Value:
    """Apply an operation to every pair of alternatives; traces are joined, unknown sides keep the result open.

    `operation` returns the value of one pair (usually one alternative without a trace, or unknown).
    """
    results: list[Value] = []
    for a in left.atoms:
        for b in right.atoms:
            trace = (*a.trace, *(s for s in b.trace if s not in a.trace))[:MAX_TRACE]
            result = operation(a.atom, b.atom)
            results.append(Value(tuple(Alternative(r.atom, trace) for r in result.atoms), result.open_reason))
            if len(results) > MAX_ALTERNATIVES * 4:
                return join(results).opened(f"more than {MAX_ALTERNATIVES} possible values")
    merged = join(results)
    reason = weightier(left.open_reason, right.open_reason)
    return merged.opened(reason) if reason else merged


def mapped(value: Value, operation: Callable[[Atom], Value]) -> Value:
    """Apply an operation to every alternative, keeping traces and openness."""
    results = []
    for a in value.atoms:
        result = operation(a.atom)
        results.append(
            Value(
                tuple(Alternative(r.atom, (*a.trace, *r.trace)[:MAX_TRACE]) for r in result.atoms), result.open_reason
            )
        )
    merged = join(results)
    return merged.opened(value.open_reason) if value.open_reason else merged


def concat(left: Value, right: Value) -> Value:
    """Text concatenation where unknown sides become holes: a known prefix survives an unknown suffix."""
    return combine(with_hole(left), with_hole(right), concat_atoms)


def with_hole(value: Value) -> Value:
    """Turn the unknown rest of a value into a text alternative that is one hole."""
    if value.open_reason is None or value.atoms:
        return value
    return Value((Alternative(Text((Hole(value.open_reason),))),), value.open_reason)


def concat_atoms(left: Atom, right: Atom) -> Value:
    """`left + right` of two texts, holes kept."""
    a, b = text_parts(left), text_parts(right)
    if a is None or b is None:
        return unknown("text joined with something that is not text")
    return text_value((*a, *b))


def text_parts(atom: Atom) -> tuple[str | Hole, ...] | None:
    """The parts of a text atom, None for anything else."""
    match atom:
        case Const(str() as text):
            return (text,)
        case Text(parts):
            return parts
        case EnumMember(value=value) if (inner := value.single()) is not None:
            return text_parts(inner)
        case _:
            return None


def text_value(parts: Iterable[str | Hole]) -> Value:
    """A value of one text, constant when there is no hole; neighbouring strings are merged."""
    merged: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    holes = [p for p in merged if isinstance(p, Hole)]
    if not holes:
        return known(Const("".join(p for p in merged if isinstance(p, str))))
    return Value((Alternative(Text(tuple(merged))),), next((h.reason for h in holes if h != REPOSITORY), None))


def truth(atom: Atom) -> bool | None:
    """The truth value of an atom, None when it is not known."""
    match atom:
        case Const(value):
            return bool(value)
        case Text(parts):
            return True if any(isinstance(p, str) and p for p in parts) else None
        case Sequence(items=items, complete=complete) | Mapping(items=items, complete=complete):
            return bool(items) if complete else None
        case FunctionRef() | ClassRef() | LambdaRef() | ModuleRef() | BoundMethod() | PartialCall():
            return True
        case _:
            return None
