"""Methods of str, list, tuple, dict, set and pathlib paths on abstract values, as pure functions."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from ptmscan.analysis import containers, formatting
from ptmscan.analysis.alternatives import combine, join, mapped, text_parts, text_value, with_hole
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Atom,
    Const,
    Hole,
    Made,
    Mapping,
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Value,
    known,
    text_of,
    unknown,
)

# str methods whose result depends on constants only and is small.
_PURE_STR = frozenset(
    [
        "capitalize", "casefold", "center", "count", "endswith", "expandtabs", "find", "index", "isalnum",
        "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isspace",
        "istitle", "isupper", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
        "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines",
        "startswith", "strip", "swapcase", "title", "upper", "zfill",
    ]
)  # fmt: skip
_MAX_COMBINATIONS = 256
_MAX_PARENTS = 16


def call_method(receiver: Atom, name: str, arguments: Arguments) -> Value | None:
    """The result of `receiver.name(arguments)` for a built-in receiver; None when the receiver is of another kind."""
    match receiver:
        case Const(str()) | Text():
            return _str(receiver, name, arguments)
        case Mapping():
            return _dict(receiver, name, arguments)
        case Sequence():
            return _sequence(receiver, name, arguments)
        case PathObject():
            return _path(receiver, name, arguments)
        case Const():
            return unknown(f"method {name} of a constant")
        case _:
            return None


def _str(receiver: Atom, name: str, arguments: Arguments) -> Value:
    match name:
        case "format":
            return _format(receiver, arguments)
        case "join" if len(arguments.positional) == 1:
            return mapped(arguments.positional[0], lambda a: _join(receiver, a))
        case "encode" | "format_map":
            return unknown(f"str.{name}")
        case _ if name in _PURE_STR and isinstance(receiver, Const) and not arguments.keywords and arguments.complete:
            return _pure(str(receiver.value), name, arguments.positional)
        case _:
            return _partial_str(receiver, name)


def _partial_str(receiver: Atom, name: str) -> Value:
    """strip, lower and the like on a text with holes: the result is text of which nothing is sure."""
    if isinstance(receiver, Text) and name in ("lower", "upper", "strip", "replace", "lstrip", "rstrip"):
        return text_value((Hole(f"str.{name} of a text not fully known"),))
    return unknown(f"str.{name}")


def _pure(text: str, name: str, positional: tuple[Value, ...]) -> Value:
    rows: list[tuple[object, ...]] = [()]
    reason: str | None = None
    for value in positional:
        reason = reason or value.open_reason
        constants = [plain(a.atom) for a in value.atoms]
        if any(c is _NOT_PLAIN for c in constants):
            reason = reason or f"str.{name} with an unknown argument"
        rows = [(*row, c) for row in rows for c in constants if c is not _NOT_PLAIN][:_MAX_COMBINATIONS]
    results = [_wrapped(getattr(text, name), row) for row in rows]
    merged = join(results)
    return merged.opened(reason) if reason else merged


_NOT_PLAIN = object()


def plain(atom: Atom) -> object:
    """The Python object of an atom made of constants only, else a marker."""
    match atom:
        case Const(value=value):
            return value
        case Sequence(kind=SequenceKind.TUPLE, items=items, complete=True):
            singles = [i.single() for i in items]
            if all(isinstance(s, Const) for s in singles):
                return tuple(s.value for s in singles if isinstance(s, Const))
            return _NOT_PLAIN
        case _:
            return _NOT_PLAIN


def _wrapped(function: Callable[..., object], row: tuple[object, ...]) -> Value:
    if any(isinstance(x, int) and abs(x) > containers.MAX_TEXT for x in row):
        return unknown("very long text")
    try:
        result = function(*row)
    except (TypeError, ValueError):
        return NEVER
    return wrap(result)


def wrap(result: object) -> Value:
    """A closed value for a plain Python object of constants, lists, tuples and dicts."""
    match result:
        case str() as text if len(text) > containers.MAX_TEXT * 4:
            return unknown("very long text")
        case list() | tuple():
            kind = SequenceKind.LIST if isinstance(result, list) else SequenceKind.TUPLE
            return known(Sequence(kind, tuple(wrap(x) for x in result)))
        case dict():
            return known(Mapping(tuple((Const(k), wrap(v)) for k, v in result.items())))
        case _:
            return text_of(result)


def _join(separator: Atom, iterable: Atom) -> Value:
    row = containers.iterated(iterable)
    between = text_parts(separator)
    if between is None:
        return NEVER
    ordered = not (isinstance(iterable, Sequence) and iterable.kind is SequenceKind.SET and len(row.items) > 1)
    if not row.complete or not ordered:
        return text_value((Hole("text joined from a sequence not fully known"),))
    result = text_of("")
    for i, item in enumerate(row.items):
        middle = between if i else ()
        result = combine(result, with_hole(item), lambda a, b, m=middle: _joined(a, m, b))  # type: ignore[misc]
    return result


def _joined(left: Atom, between: tuple[str | Hole, ...], right: Atom) -> Value:
    parts = text_parts(right)
    if parts is None:
        parts = (Hole(f"text of {formatting.describe(right)}"),) if not isinstance(right, Const) else None
    if parts is None:
        return NEVER
    return text_value((*(text_parts(left) or ()), *between, *parts))


def _format(template: Atom, arguments: Arguments) -> Value:
    """`template.format(…)` through the fields of the template; indexing and attributes of fields become holes."""
    import string

    if not isinstance(template, Const):
        return text_value((Hole("format of a text not fully known"),))
    try:
        fields = list(string.Formatter().parse(str(template.value)))
    except ValueError:
        return NEVER
    result, automatic = text_of(""), 0
    for literal, field, spec, conversion in fields:
        result = combine(
            result, text_of(literal), lambda a, b: text_value((*(text_parts(a) or ()), *(text_parts(b) or ())))
        )
        if field is None:
            continue
        value: Value | None
        if field == "" or field.isdigit():
            index = automatic if field == "" else int(field)
            automatic += field == ""
            value = arguments.positional[index] if index < len(arguments.positional) else None
        else:
            value = arguments.keyword(field) if field.isidentifier() else unknown(f"format field {field}")
        if value is None:
            value = NEVER if arguments.complete else unknown("format argument")
        part = with_hole(value)
        shown = mapped(part, lambda a, s=spec, c=conversion: formatting.formatted(a, Const(s or ""), c))  # type: ignore[misc]
        result = combine(result, shown, lambda a, b: text_value((*(text_parts(a) or ()), *(text_parts(b) or ()))))
    return result


def _dict(receiver: Mapping, name: str, arguments: Arguments) -> Value:
    match name:
        case "get" | "pop" | "setdefault" if arguments.positional:
            default = arguments.positional[1] if len(arguments.positional) > 1 else text_of(None)
            return _get(
                receiver, arguments.positional[0], default, raises=name == "pop" and len(arguments.positional) == 1
            )
        case "keys" if receiver.loose:
            return known(Sequence(SequenceKind.TUPLE, (), False))
        case "keys":
            return known(Sequence(SequenceKind.TUPLE, tuple(known(k) for k, _ in receiver.items), receiver.complete))
        case "values":
            return known(Sequence(SequenceKind.TUPLE, tuple(v for _, v in receiver.items), receiver.complete))
        case "items":
            pairs = tuple(known(Sequence(SequenceKind.TUPLE, (known(k), v))) for k, v in receiver.items)
            return known(Sequence(SequenceKind.TUPLE, pairs, receiver.complete))
        case "copy":
            return known(receiver)
        case _:
            return unknown(f"dict.{name}")


def _get(mapping: Mapping, key: Value, default: Value, *, raises: bool) -> Value:
    found = containers.lookup(mapping, key)
    sure = key.closed and all(any(containers.same_key(k, a.atom) for k, _ in mapping.items) for a in key.atoms)
    if sure or raises:
        return found
    if key.closed and mapping.complete and not found.atoms and found.closed:
        return default
    return join((found, default))


def _sequence(receiver: Sequence, name: str, arguments: Arguments) -> Value:
    match name:
        case "copy":
            return known(receiver)
        case "pop" if receiver.items:
            index = arguments.positional[0] if arguments.positional else text_of(-1)
            return containers.subscript(receiver, index)
        case "index" | "count":
            return unknown(f"{receiver.kind}.{name}")
        case "union" if len(arguments.positional) == 1:
            other = containers.elements(arguments.positional[0])
            return known(Sequence(receiver.kind, (*receiver.items, *other.items), receiver.complete and other.complete))
        case _:
            return unknown(f"{receiver.kind}.{name}")


def _path(receiver: PathObject, name: str, arguments: Arguments) -> Value:
    match name:
        case "joinpath":
            result: Value = known(receiver)
            for part in arguments.positional:
                result = combine(result, with_hole(part), formatting.joined_path)
            return result
        case "as_posix" | "__str__" | "__fspath__":
            return text_value(receiver.parts)
        case "resolve" | "absolute" | "expanduser":
            return known(PathObject(formatting.absolute(receiver.parts)))
        case "with_suffix" | "with_name" if arguments.positional:
            return combine(known(receiver), arguments.positional[0], lambda a, b: _renamed(a, b, name))
        case _:
            return unknown(f"Path.{name}")


def _renamed(path: Atom, text: Atom, name: str) -> Value:
    form = formatting.text_form(path)
    if len(form) == 1 and isinstance(form[0], str) and isinstance(text, Const) and isinstance(text.value, str):
        folder, base = posixpath.split(form[0])
        new = posixpath.splitext(base)[0] + text.value if name == "with_suffix" else text.value
        return known(PathObject((posixpath.join(folder, new),)))
    return unknown(f"Path.{name}")


def path_attribute(receiver: PathObject, name: str) -> Value:
    """`path.name`, `.stem`, `.suffix`, `.parent`."""
    match name:
        case "name" | "stem" | "suffix":
            base = formatting.on_path(posixpath.basename, receiver.parts)
            if base is None or not isinstance(base[0], str):
                return unknown(f"Path.{name}")
            stem, suffix = posixpath.splitext(base[0])
            return text_of({"name": base[0], "stem": stem, "suffix": suffix}[name])
        case "parent":
            return _parent(receiver)
        case "parents":
            return _parents(receiver)
        case _:
            return unknown(f"Path.{name}")


def _parents(path: PathObject) -> Value:
    """The folders above a path; how many there are of an absolute one is not known."""
    row: list[Value] = []
    here = _parent(path)
    while isinstance(above := here.single(), PathObject) and len(row) < _MAX_PARENTS:
        row.append(here)
        if above.parts == (".",):
            return known(Sequence(SequenceKind.TUPLE, tuple(row)))
        here = _parent(above)
    rest = [unknown("a folder outside of the repository")] * (_MAX_PARENTS - len(row))
    return known(Sequence(SequenceKind.TUPLE, (*row, *rest)))


def _parent(path: PathObject) -> Value:
    folder = formatting.on_path(posixpath.dirname, path.parts)
    return unknown("Path.parent") if folder is None else known(PathObject(folder if folder != ("",) else (".",)))


def mutated(receiver: Atom, method: str, arguments: Arguments) -> Value:
    """The container after one of its changing methods was called."""
    match receiver, method:
        case Sequence(kind=kind, items=items, complete=complete), "append" | "add" if arguments.positional:
            return known(Sequence(kind, (*items, arguments.positional[0])[: containers.MAX_ITEMS], complete))
        case Sequence(kind=kind, items=items, complete=complete), "extend" | "update" if arguments.positional:
            more = containers.elements(arguments.positional[0])
            return known(Sequence(kind, (*items, *more.items)[: containers.MAX_ITEMS], complete and more.complete))
        case Sequence(kind=kind, items=items, complete=True), "insert" if len(arguments.positional) == 2:
            at = arguments.positional[0].single()
            if isinstance(at, Const) and isinstance(at.value, int):
                row = list(items)
                row.insert(at.value, arguments.positional[1])
                return known(Sequence(kind, tuple(row)))
        case Sequence(kind=kind, complete=True), "clear":
            return known(Sequence(kind, ()))
        case Sequence(kind=kind, items=items, complete=True), "reverse":
            return known(Sequence(kind, items[::-1]))
        case Sequence(kind=kind, items=items, complete=True), "pop" if not arguments.positional:
            return known(Sequence(kind, items[:-1]))
        case Sequence(kind=kind, items=items, complete=True), "sort":
            order = containers.in_any_order if arguments.keywords else containers.sorted_by_text
            return known(Sequence(kind, order(items)))
        case Mapping(), _:
            return _mutated_dictionary(receiver, method, arguments)
        case _:
            pass
    return weakened(receiver)


def _mutated_dictionary(receiver: Mapping, method: str, arguments: Arguments) -> Value:
    match method:
        case "update":
            result = receiver
            for value in arguments.positional:
                pairs = isinstance(value.single(), Sequence)
                result = containers.with_pairs(result, value) if pairs else containers.merged(result, value)
            for key, value in arguments.keywords:
                result = containers.stored(result, text_of(key), value)
            return known(result)
        case "setdefault" if arguments.positional:
            default = arguments.positional[1] if len(arguments.positional) > 1 else text_of(None)
            old = _get(receiver, arguments.positional[0], default, raises=False)
            return known(containers.stored(receiver, arguments.positional[0], old))
        case "clear":
            return known(Mapping(()))
        case "pop" if arguments.positional:
            return containers.item_deleted(receiver, arguments.positional[0])
        case _:
            return weakened(receiver)


def weakened(receiver: Atom) -> Value:
    """An object whose content may have changed in a way that is not followed."""
    match receiver:
        case Sequence(kind=kind, items=items):
            return known(Sequence(kind, items, False))
        case Mapping(items=items):
            return known(Mapping(items, False))
        case Made(arguments=given, changeable=True):
            return known(replace(receiver, arguments=replace(given, complete=False)))
        case _:
            return known(receiver)
