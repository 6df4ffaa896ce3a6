"""Built-in functions on collections, on abstract values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, objects
from ptmscan.analysis import operations as ops
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Atom,
    Const,
    Mapping,
    Sequence,
    SequenceKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

# Of items with alternatives so many combinations are sorted.
MAX_ORDERS = 32

Function = Callable[["Evaluator", Arguments, "Environment", n.Span], Value]


def first(arguments: Arguments, keyword: str = "", position: int = 0) -> Value | None:
    """The argument at a position, or of a name; None when it is not passed."""
    if position < len(arguments.positional):
        return arguments.positional[position]
    return arguments.keyword(keyword) if keyword else None


def _len(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    def one(atom: Atom) -> Value:
        row = containers.iterated(atom)
        exact = row.complete and not (isinstance(atom, Sequence) and atom.kind is SequenceKind.SET)
        return text_of(len(row.items)) if exact else unknown("length of an unknown collection")

    value = first(arguments)
    return unknown("length") if value is None else mapped(value, one)


def of_each(ev: Evaluator, value: Value | None, make: Callable[[Sequence], Value]) -> Value:
    """What a function gives for each collection that its argument may be."""
    if value is None or not value.atoms:
        return make(Sequence(SequenceKind.TUPLE, (), False))
    return mapped(value, lambda a: make(containers.iterated(objects.as_collection(ev, a))))


def _collection(kind: SequenceKind) -> Function:
    def function(ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        if not arguments.positional:
            return known(Sequence(kind, (), arguments.complete))
        return of_each(ev, arguments.positional[0], lambda row: known(Sequence(kind, row.items, row.complete)))

    return function


def _sorted(ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    def one(atom: Atom) -> Value:
        row = containers.members(objects.as_collection(ev, atom))
        is_set = isinstance(atom, Sequence) and atom.kind is SequenceKind.SET
        orders = _orders(row, distinct=is_set) if row.complete and not arguments.keywords else None
        if orders is None:
            return known(Sequence(SequenceKind.SET, row.items, row.complete))
        return join(known(Sequence(SequenceKind.LIST, items)) for items in orders)

    value = first(arguments)
    return unknown("sorted") if value is None or not value.atoms else mapped(value, one)


def _orders(row: Sequence, *, distinct: bool) -> list[tuple[Value, ...]] | None:
    """The orders in which texts come, one for each choice of what the items may be; None: they are no texts, or many.

    `distinct`: equal texts are one.
    """
    texts = [{a.atom.value: a for a in i.atoms if _is_text(a.atom)} for i in row.items]  # type: ignore[union-attr]
    if not all(i.closed and len(i.atoms) == len(t) for i, t in zip(row.items, texts, strict=True)):
        return None
    if math.prod(map(len, texts)) > MAX_ORDERS:
        return None
    found = []
    for chosen in itertools.product(*(t.items() for t in texts)):
        pairs = list(dict(chosen).items()) if distinct else list(chosen)
        found.append(tuple(Value((given,)) for _, given in sorted(pairs, key=lambda pair: str(pair[0]))))
    return found


def _is_text(atom: Atom) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, str)


def _reversed(ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    return of_each(ev, first(arguments), lambda row: known(Sequence(SequenceKind.LIST, row.items[::-1], row.complete)))


def _dict(ev: Evaluator, arguments: Arguments, env: Environment, _span: n.Span) -> Value:
    result = Mapping((), arguments.complete)
    for given in arguments.positional:
        value = calls.contents(ev, given, env)
        single = value.single()
        merge = containers.merged if isinstance(single, Mapping) else containers.with_pairs
        result = merge(result, value)
    for key, value in arguments.keywords:
        result = containers.stored(result, text_of(key), value)
    return known(result)


def _enumerate(ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    start = first(arguments, "start", 1)
    number = start.single() if start is not None else Const(0)
    base = number.value if isinstance(number, Const) and isinstance(number.value, int) else None

    def one(row: Sequence) -> Value:
        pairs = tuple(
            known(Sequence(SequenceKind.TUPLE, (text_of(base + i) if base is not None else unknown("index"), item)))
            for i, item in enumerate(row.items)
        )
        return known(Sequence(SequenceKind.TUPLE, pairs, row.complete))

    return of_each(ev, first(arguments), one)


def _zip(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    rows = [containers.elements(v) for v in arguments.positional]
    tuples = tuple(known(Sequence(SequenceKind.TUPLE, items)) for items in zip(*(r.items for r in rows), strict=False))
    return known(Sequence(SequenceKind.TUPLE, tuples, arguments.complete and all(r.complete for r in rows)))


def _range(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    numbers = [v.single() for v in arguments.positional]
    plain = [x.value for x in numbers if isinstance(x, Const) and isinstance(x.value, int)]
    if len(plain) == len(numbers) and 1 <= len(plain) <= 3 and not (len(plain) == 3 and plain[2] == 0):
        made = range(*plain)
        if len(made) <= 256:
            return known(Sequence(SequenceKind.TUPLE, tuple(text_of(i) for i in made)))
    return unknown("range of unknown bounds")


def _next(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    value = first(arguments)
    if value is None:
        return unknown("next")
    default = first(arguments, position=1)
    call = env.module.expression(span)
    if isinstance(call, n.Call) and not isinstance(call.args[0].value, n.Name) and containers.covered(value):
        # An iterator that has no name gives its first item; another one may be anywhere.
        rows = [containers.iterated(objects.as_collection(ev, a.atom)).items for a in value.atoms]
        return join(row[0] if row else default if default is not None else NEVER for row in rows)
    items = containers.any_item(objects.collections_of(ev, value))
    return join((items, default)) if default is not None else items


def _map(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    if len(arguments.positional) != 2:
        return unknown("map of several sequences")
    function = arguments.positional[0]

    def one(row: Sequence) -> Value:
        items = tuple(ev.call(function, Arguments((item,)), env, span) for item in row.items[:64])
        return known(Sequence(SequenceKind.TUPLE, items, row.complete and len(row.items) <= 64))

    return of_each(ev, arguments.positional[1], one)


def _filter(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    if len(arguments.positional) != 2:
        return unknown("filter")
    test = arguments.positional[0]

    def passes(item: Value) -> bool | None:
        return ops.decide(item if test.single() == Const(None) else ev.call(test, Arguments((item,)), env, span))

    def one(row: Sequence) -> Value:
        answers = [(item, passes(item)) for item in row.items[:64]]
        kept = tuple(item for item, answer in answers if answer is not False)
        sure = row.complete and len(row.items) <= 64 and all(answer is not None for _, answer in answers)
        return known(Sequence(SequenceKind.TUPLE, kept, sure))

    return of_each(ev, arguments.positional[1], one)


def _extreme(place: int) -> Function:
    """`max` or `min`, by the place in an order: exact for texts compared as they are, else any of the items."""

    def of_items(row: Sequence, arguments: Arguments) -> Value:
        orders = _orders(row, distinct=False) if row.items and row.complete and not arguments.keywords else None
        if orders is None:
            return containers.any_item(known(row))
        return join(items[place] for items in orders)

    def function(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        if len(arguments.positional) != 1:
            return of_items(Sequence(SequenceKind.TUPLE, arguments.positional, arguments.complete), arguments)
        given = arguments.positional[0]
        if not given.atoms or not containers.covered(given):
            return containers.any_item(given)
        return mapped(given, lambda atom: of_items(containers.members(atom), arguments))

    return function


FUNCTIONS: dict[str, Function] = {
    "builtins.len": _len,
    "builtins.list": _collection(SequenceKind.LIST),
    "builtins.tuple": _collection(SequenceKind.TUPLE),
    "builtins.iter": _collection(SequenceKind.TUPLE),
    "builtins.set": _collection(SequenceKind.SET),
    "builtins.frozenset": _collection(SequenceKind.SET),
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.sorted": _sorted,
    "builtins.reversed": _reversed,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.range": _range,
    "builtins.xrange": _range,
    "builtins.next": _next,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.max": _extreme(-1),
    "builtins.min": _extreme(0),
}
