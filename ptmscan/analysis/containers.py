"""Sequences, mappings and their parts, as abstract values: pure functions, no scopes, no evaluation."""

from __future__ import annotations

from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.values import (
    MAX_TRACE,
    NEVER,
    Alternative,
    Atom,
    ClassRef,
    Const,
    EnumMember,
    External,
    FunctionRef,
    Mapping,
    Sequence,
    SequenceKind,
    Value,
    known,
    text_of,
    unknown,
)

MAX_TEXT = 4096
MAX_ITEMS = 4096
# So many dictionaries a display or comprehension may make that differ in their keys.
MAX_DICTIONARIES = 8


def elements(value: Value) -> Sequence:
    """What iterating over a value gives, in order; not complete when that is not fully known."""
    if value.open_reason is not None and not value.atoms:
        return Sequence(SequenceKind.TUPLE, (), False)
    lists = [iterated(a.atom) for a in value.atoms]
    complete = value.open_reason is None and all(s.complete for s in lists)
    if len(lists) == 1:
        items = tuple(traced(i, value.atoms[0]) for i in lists[0].items)
        return Sequence(SequenceKind.TUPLE, items, complete)
    held = (traced(i, a) for s, a in zip(lists, value.atoms, strict=True) for i in s.items)
    return Sequence(SequenceKind.TUPLE, tuple(held)[:MAX_ITEMS], False)


def traced(item: Value, holder: Alternative) -> Value:
    """An item with its own way first, then that of what holds it."""
    if not holder.trace:
        return item
    return Value(
        tuple(Alternative(x.atom, (*x.trace, *holder.trace)[:MAX_TRACE]) for x in item.atoms), item.open_reason
    )


def columns(value: Value) -> Sequence:
    """What `*value` passes, one by one: of several sequences what each may have there; open behind the shortest."""
    rows = [iterated(a.atom) for a in value.atoms]
    if len(rows) == 1:
        row = elements(value)
    else:
        held = [[traced(i, a) for i in r.items] for r, a in zip(rows, value.atoms, strict=True)]
        items = tuple(join(column) for column in zip(*held, strict=False)) if rows else ()
        same = value.closed and all(r.complete and len(r.items) == len(items) for r in rows)
        row = Sequence(SequenceKind.TUPLE, items, same)
    if row.complete or (len(rows) > 1 and value.closed and all(r.complete for r in rows)):
        return row
    return Sequence(SequenceKind.TUPLE, tuple(i.opened("the sequence may have changed") for i in row.items), False)


def iterated(atom: Atom) -> Sequence:
    """The items of one alternative, in order; of a set with several items any of them may stand in each place."""
    row = members(atom)
    if isinstance(atom, Sequence) and atom.kind is SequenceKind.SET and len(row.items) > 1:
        return Sequence(SequenceKind.TUPLE, (join(row.items),) * len(row.items), row.complete)
    return row


def members(atom: Atom) -> Sequence:
    """The items of one alternative, whatever their order."""
    match atom:
        case Sequence(items=items, complete=complete):
            return Sequence(SequenceKind.TUPLE, items, complete)
        case Mapping(loose=True):
            return Sequence(SequenceKind.TUPLE, (), False)
        case Mapping(items=pairs, complete=complete):
            return Sequence(SequenceKind.TUPLE, tuple(known(k) for k, _ in pairs), complete)
        case Const(str() as text) if len(text) <= MAX_TEXT:
            return Sequence(SequenceKind.TUPLE, tuple(text_of(c) for c in text))
        case _:
            return Sequence(SequenceKind.TUPLE, (), False)


def item(value: Value, index: int) -> Value:
    """Item `index` of a value by position, as unpacking takes it."""
    return mapped(value, lambda a: _item(a, index))


def _item(atom: Atom, index: int) -> Value:
    if isinstance(atom, (Sequence, Mapping, Const)):
        row = iterated(atom)
        ordered = not (isinstance(atom, Sequence) and atom.kind is SequenceKind.SET)
        if ordered and -len(row.items) <= index < len(row.items) and (row.complete or index >= 0):
            return row.items[index] if row.complete else row.items[index].opened("the sequence may have changed")
        if not ordered and row.items:
            some = join(row.items)
            return some if row.complete else some.opened("item of a sequence that is not fully known")
        return NEVER if row.complete else unknown("item of a sequence that is not fully known")
    if isinstance(atom, External):
        return known(External(f"{atom.name}[]"))
    return unknown("item of an unknown object")


def rest(value: Value, start: int, behind: int) -> Value:
    """The list that a starred target takes: items from `start`, without the last `behind`."""

    def one(atom: Atom) -> Value:
        row = iterated(atom)
        end = len(row.items) - behind
        return known(Sequence(SequenceKind.LIST, row.items[start:end], row.complete))

    return mapped(value, one)


def last_item(value: Value) -> Value:
    """What a loop's target is behind the loop; any item where the last one is not known."""
    rows = [iterated(a.atom) for a in value.atoms]
    if value.open_reason is not None or not all(row.complete for row in rows):
        return any_item(value)
    return join(traced(row.items[-1], a) for row, a in zip(rows, value.atoms, strict=True) if row.items)


def any_item(value: Value) -> Value:
    """What a loop's target may be: the join of all items."""
    rows = [members(a.atom) for a in value.atoms]
    externals = [a for a in value.atoms if isinstance(a.atom, External)]
    loop = [
        Value((Alternative(External(f"{a.atom.name}[]"), a.trace),)) for a in externals if isinstance(a.atom, External)
    ]
    merged_items = join((*(traced(i, a) for row, a in zip(rows, value.atoms, strict=True) for i in row.items), *loop))
    return (
        merged_items
        if covered(value)
        else merged_items.opened(value.open_reason or "loop over a sequence not fully known")
    )


def covered(value: Value) -> bool:
    """Whether nothing but the items that are known can be met in a value, whichever of its alternatives it is."""
    return value.closed and all(members(a.atom).complete for a in value.atoms)


def subscript(atom: Atom, key: Value) -> Value:
    """`atom[key]` for a container, text or external object."""
    match atom:
        case Mapping():
            return lookup(atom, key)
        case Sequence() | Const(str()):
            return _by_index(atom, key)
        case External(name=name) if name.endswith(".__dict__"):
            base = name[: -len(".__dict__")]
            names = [c.value for c in key.consts() if isinstance(c.value, str)]
            found = [known(External(f"{base}.{part}")) for part in names]
            return join(found) if found and key.closed else join((*found, known(External(f"{base}.?"))))
        case External(name=name):
            return known(External(f"{name}[]"))
        case _:
            return unknown("item of an unknown object")


def _by_index(atom: Atom, key: Value) -> Value:
    results = []
    for c in key.atoms:
        index = c.atom.value if isinstance(c.atom, Const) else None
        if isinstance(index, int):
            results.append(_item(atom, int(index)))
        else:
            results.append(unknown("index of unknown value"))
    if key.open_reason is not None:
        row = iterated(atom)
        every = join(row.items)
        results.append(every if row.complete else every.opened("item of a sequence that is not fully known"))
    return join(results)


def lookup(mapping: Mapping, key: Value) -> Value:
    """`mapping[key]`: the values of the keys that it may be; all values when the key is not known."""
    results: list[Value] = []
    for alternative in key.atoms:
        hits = [v for k, v in mapping.items if same_key(k, alternative.atom)]
        if hits:
            results.append(_with_key_trace(hits[-1], alternative))
            if not mapping.complete:
                results.append(unknown("the dictionary may have changed"))
        elif not _comparable(alternative.atom):
            results += [v for _, v in mapping.items if not mapping.loose]
            if not mapping.complete:
                results.append(unknown("key of unknown value"))
        elif not mapping.complete or any(not _comparable(k) for k, _ in mapping.items):
            results.append(unknown("key that the dictionary literal does not hold"))
    if key.open_reason is not None:
        results += [v for _, v in mapping.items if not mapping.loose]
        if not mapping.complete or not mapping.items:
            results.append(unknown(key.open_reason))
    return join(results)


def _with_key_trace(value: Value, key: Alternative) -> Value:
    if not key.trace:
        return value
    return Value(tuple(Alternative(a.atom, (*key.trace, *a.trace)[:24]) for a in value.atoms), value.open_reason)


def same_key(a: Atom, b: Atom) -> bool:
    """Whether two atoms are the same dictionary key (1 == True == 1.0, as in Python)."""
    if isinstance(a, Const) and isinstance(b, Const):
        return a.value == b.value
    return a == b


def _comparable(atom: Atom) -> bool:
    return isinstance(atom, (Const, EnumMember, ClassRef, FunctionRef, External)) and not (
        isinstance(atom, External) and atom.name.endswith(("()", "?", "[]"))
    )


def stored(mapping: Mapping, key: Value, value: Value) -> Mapping:
    """The dictionary after `mapping[key] = value`; an unknown key makes every value uncertain."""
    single = key.single()
    if single is None or not _comparable(single):
        extra = tuple(
            (a.atom, value)
            for a in key.atoms
            if _comparable(a.atom) and not any(same_key(k, a.atom) for k, _ in mapping.items)
        )
        weak = tuple((k, join((v, value))) for k, v in mapping.items)
        return Mapping((*weak, *extra)[:MAX_ITEMS], False)
    if any(same_key(k, single) for k, _ in mapping.items):
        # A key keeps its place, and its first spelling, when it gets another value.
        return Mapping(tuple((k, value if same_key(k, single) else v) for k, v in mapping.items), mapping.complete)
    return Mapping((*mapping.items, (single, value))[:MAX_ITEMS], mapping.complete and len(mapping.items) < MAX_ITEMS)


def each_stored(mappings: tuple[Mapping, ...], key: Value, value: Value) -> tuple[Mapping, ...]:
    """Dictionaries after `mapping[key] = value`: one for each key that it may be, where these are few and known."""
    atoms = [a.atom for a in key.atoms]
    if len(atoms) < 2 or not key.closed or not all(_comparable(a) for a in atoms):
        return tuple(stored(m, key, value) for m in mappings)
    if len(mappings) * len(atoms) > MAX_DICTIONARIES:
        return tuple(stored(m, key, value) for m in mappings)
    return tuple(stored(m, known(a), value) for m in mappings for a in atoms)


def item_stored(atom: Atom, key: Value, value: Value) -> Value:
    """A container after `container[key] = value`."""
    match atom:
        case Mapping():
            return known(stored(atom, key, value))
        case Sequence(kind=kind, items=items, complete=complete):
            index = key.single()
            number = getattr(index, "value", None)
            if isinstance(number, int) and complete and -len(items) <= number < len(items):
                row = list(items)
                row[number] = value
                return known(Sequence(kind, tuple(row)))
            return known(Sequence(kind, tuple(join((i, value)) for i in items), False))
        case _:
            return known(atom)


def item_deleted(atom: Atom, key: Value) -> Value:
    """A container after `del container[key]`."""
    single = key.single()
    match atom:
        case Mapping(items=items, complete=True) if single is not None and _comparable(single):
            return known(Mapping(tuple((k, v) for k, v in items if not same_key(k, single))))
        case Sequence(kind=SequenceKind.LIST as kind, items=items, complete=True) if (
            isinstance(single, Const) and isinstance(single.value, int) and -len(items) <= single.value < len(items)
        ):
            row = list(items)
            del row[single.value]
            return known(Sequence(kind, tuple(row)))
        case Sequence(kind=kind, items=items):
            return known(Sequence(kind, items, False))
        case Mapping(items=items):
            return known(Mapping(items, False))
        case _:
            return known(atom)


def merged(mapping: Mapping, other: Value) -> Mapping:
    """The dictionary after `mapping.update(other)` or `{**mapping, **other}`."""
    single = other.single()
    if isinstance(single, Mapping):
        result = mapping
        for key, value in single.items:
            result = stored(result, known(key), value)
        return Mapping(result.items, result.complete and single.complete)
    result = mapping
    for atom in other.atoms:
        if isinstance(atom.atom, Mapping):
            for key, value in atom.atom.items:
                old = next((v for k, v in result.items if same_key(k, key)), None)
                result = stored(result, known(key), value if old is None else join((old, value)))
    return Mapping(result.items, False)


def with_pairs(mapping: Mapping, pairs: Value) -> Mapping:
    """The dictionary after `mapping.update(pairs)` of keys with their values."""
    row = elements(pairs)
    for pair in row.items:
        mapping = stored(mapping, item(pair, 0), item(pair, 1))
    return Mapping(mapping.items, mapping.complete and row.complete)


def slice_stored(atom: Atom, bounds: list[Value | None], value: Value) -> Value:
    """A list after `container[lower:upper] = value`, not fully known where a bound is not."""
    numbers = [b.single() if b is not None else Const(None) for b in bounds]
    plain = [c.value for c in numbers if isinstance(c, Const) and (c.value is None or isinstance(c.value, int))]
    row = elements(value)
    match atom:
        case Sequence(kind=kind, items=items, complete=True) if row.complete and len(plain) == 3 and plain[2] is None:
            changed = list(items)
            changed[slice(*plain)] = row.items
            return known(Sequence(kind, tuple(changed)[:MAX_ITEMS], len(changed) <= MAX_ITEMS))
        case Sequence(kind=kind, items=items):
            return known(Sequence(kind, tuple(join((i, *row.items)) for i in items), False))
        case _:
            return known(atom)


def each_extended(rows: tuple[Sequence, ...], value: Value) -> tuple[Sequence, ...]:
    """Sequences with the items of another value behind their own: one for each that it may be, where these are few."""
    several = value.closed and len(value.atoms) > 1 and len(rows) * len(value.atoms) <= MAX_DICTIONARIES
    parts = [elements(Value((a,))) for a in value.atoms] if several else [elements(value)]
    return tuple(Sequence(r.kind, (*r.items, *p.items), r.complete and p.complete) for r in rows for p in parts)


def in_any_order(items: tuple[Value, ...]) -> tuple[Value, ...]:
    """Items of which any may stand in each place."""
    return (join(items),) * len(items)


def sorted_by_text(items: tuple[Value, ...]) -> tuple[Value, ...]:
    """Items in order; where one of them may be several texts, any of them may stand in each place."""
    singles = [i.single() for i in items]
    texts = [s.value for s in singles if isinstance(s, Const) and isinstance(s.value, str)]
    if len(texts) != len(items):
        return in_any_order(items)
    order = sorted(range(len(items)), key=lambda i: texts[i])
    return tuple(items[i] for i in order)


def sliced(atom: Atom, bounds: list[Value | None]) -> Value:
    """`atom[lower:upper:step]` with constant bounds."""
    numbers: list[int | None] = []
    for bound in bounds:
        single = bound.single() if bound is not None else Const(None)
        if not isinstance(single, Const) or not (single.value is None or isinstance(single.value, int)):
            return unknown("slice of unknown bounds")
        numbers.append(single.value)
    cut = slice(*numbers)
    if cut.step == 0:
        return NEVER
    match atom:
        case Const(str() as text):
            return text_of(text[cut])
        case Sequence(kind=kind, items=items, complete=True):
            return known(Sequence(kind, items[cut]))
        case _:
            return unknown("slice of an unknown object")
