"""Python's operators on abstract values, as pure functions: no scopes, no files, no evaluation of expressions."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from ptmscan.analysis.values import (
    NEVER,
    REPOSITORY,
    Alternative,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    EnumMember,
    External,
    FunctionRef,
    Hole,
    Instance,
    LambdaRef,
    Mapping,
    ModuleRef,
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Value,
    combine,
    join,
    known,
    mapped,
    text_of,
    text_parts,
    text_value,
    truth,
    unknown,
)

MAX_TEXT = 4096
MAX_ITEMS = 4096
MAX_POWER = 64


def decide(value: Value) -> bool | None:
    """The truth of a value if all that it may be agree and nothing else is possible, else None."""
    if value.open_reason is not None or not value.atoms:
        return None
    answers = {truth(a.atom) for a in value.atoms}
    return answers.pop() if len(answers) == 1 else None


def filled(value: Value) -> Value:
    """The value as a part of a text: what is unknown becomes a hole."""
    if value.open_reason is None:
        return value
    hole = Alternative(Text((Hole(value.open_reason),)))
    return Value(value.atoms, value.open_reason) if value.atoms else Value((hole,), value.open_reason)


def unary(op: str, atom: Atom) -> Value:
    """`op atom`"""
    if op == "not":
        answer = truth(atom)
        return unknown("negation of an unknown value") if answer is None else text_of(not answer)
    match op, atom:
        case "-", Const(bool() | int() | float() | complex() as number):
            return text_of(-number)
        case "+", Const(bool() | int() | float() | complex() as number):
            return text_of(+number)
        case "~", Const(int() as number):
            return text_of(~number)
        case _:
            return unknown(f"operator {op}")


def binary(op: str, left: Value, right: Value) -> Value:
    """`left op right`; text joined with something unknown becomes text with a hole."""
    if op == "+":
        has_text = any(text_parts(a.atom) is not None for v in (left, right) for a in v.atoms)
        if has_text:
            left, right = filled(left), filled(right)
    if op == "%" and any(text_parts(a.atom) is not None for a in left.atoms):
        return mapped(left, lambda a: percent(a, right))
    return combine(left, right, lambda a, b: binary_atoms(op, a, b))


def binary_atoms(op: str, left: Atom, right: Atom) -> Value:
    """`left op right` for one pair of alternatives."""
    a, b = text_parts(left), text_parts(right)
    if op == "+" and a is not None and b is not None:
        return text_value((*a, *b))
    match op, left, right:
        case "+", Sequence(kind=kind, items=x, complete=c), Sequence(items=y, complete=d):
            return known(Sequence(kind, (*x, *y)[:MAX_ITEMS], c and d))
        case "|", Mapping(), Mapping():
            return known(merged(left, known(right)))
        case "/", PathObject(), _:
            return joined_path(left, right)
        case "*", Const(str() | int() as x), Const(str() | int() as y):
            return _repeated(x, y)
        case "*", Sequence(kind=kind, items=items, complete=complete), Const(int() as times) if not isinstance(
            times, bool
        ):
            if len(items) * max(times, 0) <= MAX_ITEMS:
                return known(Sequence(kind, items * max(times, 0), complete))
        case _, Const(bool() | int() | float() as x), Const(bool() | int() | float() as y):
            return _arithmetic(op, x, y)
        case _:
            pass
    return unknown(f"operator {op}")


def _repeated(x: str | int, y: str | int) -> Value:
    match x, y:
        case (str(text), int(times)) | (int(times), str(text)):
            return text_of(text * max(times, 0)) if len(text) * times <= MAX_TEXT else unknown("very long text")
        case int(), int():
            return _arithmetic("*", x, y)
        case _:
            return unknown("operator *")


def _arithmetic(op: str, x: float, y: float) -> Value:
    try:
        match op:
            case "+":
                return text_of(x + y)
            case "-":
                return text_of(x - y)
            case "*":
                return text_of(x * y)
            case "/":
                return text_of(x / y)
            case "//":
                return text_of(x // y)
            case "%":
                return text_of(x % y)
            case "**" if abs(x) <= MAX_TEXT and abs(y) <= MAX_POWER:
                return text_of(x**y)
            case "&" if isinstance(x, int) and isinstance(y, int):
                return text_of(x & y)
            case "|" if isinstance(x, int) and isinstance(y, int):
                return text_of(x | y)
            case _:
                return unknown(f"operator {op}")
    except (ArithmeticError, ValueError):
        return NEVER


def compare(op: str, left: Atom, right: Atom) -> Value:
    """`left op right` for one comparison."""
    a, b = constant_of(left), constant_of(right)
    if op in ("in", "not in"):
        answer = _contains(right, left)
        return unknown("membership test") if answer is None else text_of(answer is (op == "in"))
    if op in ("is", "is not", "==", "!=") and (a is None or b is None):
        different = _surely_different(left, right)
        return text_of(op in ("is not", "!=")) if different else unknown("comparison")
    if a is None or b is None:
        return unknown("comparison")
    if op in ("is", "is not"):
        if a.value is None or b.value is None or isinstance(a.value, bool) or isinstance(b.value, bool):
            return text_of((a == b) is (op == "is"))
        return unknown("identity of values")
    return _ordered(op, a.value, b.value)


def _ordered(op: str, x: object, y: object) -> Value:
    try:
        match op:
            case "==":
                return text_of(x == y)
            case "!=" | "<>":
                return text_of(x != y)
            case "<":
                return text_of(x < y)  # type: ignore[operator]
            case "<=":
                return text_of(x <= y)  # type: ignore[operator]
            case ">":
                return text_of(x > y)  # type: ignore[operator]
            case ">=":
                return text_of(x >= y)  # type: ignore[operator]
            case _:
                return unknown("comparison")
    except TypeError:
        return NEVER


def constant_of(atom: Atom) -> Const | None:
    """The constant an atom equals, if any: an enum member that mixes in str is not looked through."""
    return atom if isinstance(atom, Const) else None


def _surely_different(left: Atom, right: Atom) -> bool:
    solid = (Sequence, Mapping, FunctionRef, ClassRef, ModuleRef, LambdaRef, BoundMethod, PathObject)
    none = Const(None)
    if left == none:
        return isinstance(right, (*solid, Text, Instance))
    if right == none:
        return isinstance(left, (*solid, Text, Instance))
    return False


def _contains(container: Atom, item: Atom) -> bool | None:
    wanted = constant_of(item)
    match container:
        case Const(str() as text) if wanted is not None and isinstance(wanted.value, str):
            return wanted.value in text
        case Sequence(items=items, complete=complete) if wanted is not None:
            singles = [i.single() for i in items]
            if complete and any(s == wanted for s in singles):
                return True
            return False if complete and all(isinstance(s, Const) for s in singles) else None
        case Mapping(items=pairs, complete=complete) if wanted is not None:
            if complete and any(k == wanted for k, _ in pairs):
                return True
            return False if complete and all(isinstance(k, Const) for k, _ in pairs) else None
        case _:
            return None


# --- containers -------------------------------------------------------------------------------------------------------


def elements(value: Value) -> Sequence:
    """What iterating over a value gives, in order; not complete when that is not fully known."""
    if value.open_reason is not None and not value.atoms:
        return Sequence(SequenceKind.TUPLE, (), False)
    lists = [iterated(a.atom) for a in value.atoms]
    complete = value.open_reason is None and all(s.complete for s in lists)
    if len(lists) == 1:
        only = lists[0]
        trace = value.atoms[0].trace
        items = tuple(
            Value(tuple(Alternative(x.atom, (*trace, *x.trace)[:24]) for x in i.atoms), i.open_reason)
            for i in only.items
        )
        return Sequence(SequenceKind.TUPLE, items, complete)
    return Sequence(SequenceKind.TUPLE, tuple(i for s in lists for i in s.items)[:MAX_ITEMS], False)


def iterated(atom: Atom) -> Sequence:
    """The items of one alternative."""
    match atom:
        case Sequence(kind=kind, items=items, complete=complete):
            return Sequence(SequenceKind.TUPLE, items, (complete and kind is not SequenceKind.SET) or complete)
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
            return join(row.items)
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


def any_item(value: Value) -> Value:
    """What a loop's target may be: the join of all items."""
    row = elements(value)
    externals = [a for a in value.atoms if isinstance(a.atom, External)]
    loop = [
        Value((Alternative(External(f"{a.atom.name}[]"), a.trace),)) for a in externals if isinstance(a.atom, External)
    ]
    merged_items = join((*row.items, *loop))
    return (
        merged_items
        if row.complete
        else merged_items.opened(value.open_reason or "loop over a sequence not fully known")
    )


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
            results += [v for _, v in mapping.items]
            if not mapping.complete:
                results.append(unknown("key of unknown value"))
        elif not mapping.complete or any(not _comparable(k) for k, _ in mapping.items):
            results.append(unknown("key that the dictionary literal does not hold"))
    if key.open_reason is not None:
        results += [v for _, v in mapping.items]
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
    kept = tuple((k, v) for k, v in mapping.items if not same_key(k, single))
    return Mapping((*kept, (single, value))[:MAX_ITEMS], mapping.complete and len(kept) < MAX_ITEMS)


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


# --- text -------------------------------------------------------------------------------------------------------------


def text_form(atom: Atom) -> tuple[str | Hole, ...]:
    """The parts of `str(atom)`, a hole when it is not known."""
    match atom:
        case Const(value=value) if not isinstance(value, bytes):
            return (str(value),)
        case Text(parts) | PathObject(parts):
            return parts
        case _:
            return (Hole(f"text of {describe(atom)}"),)


def formatted(atom: Atom, spec: Atom, conversion: str | None) -> Value:
    """One interpolation of an f-string or `format`."""
    form = spec.value if isinstance(spec, Const) else None
    if form == "" and conversion in (None, "s"):
        return text_value(text_form(atom))
    if (
        isinstance(atom, Const)
        and isinstance(form, str)
        and re.fullmatch(r".{0,12}", form)
        and not re.search(r"\d{4}", form)
    ):
        value: object = atom.value
        try:
            if conversion == "r":
                value = repr(value)
            elif conversion == "a":
                value = ascii(value)
            elif conversion == "s":
                value = str(value)
            return text_of(format(value, form))
        except (ValueError, TypeError):
            return NEVER
    return text_value((Hole(f"formatted {describe(atom)}"),))


_PERCENT = re.compile(
    r"%(?:\((?P<key>[^()]*)\))?(?P<flags>[-#0 +]*)(?P<width>\d{0,3})(?P<precision>\.\d{0,3})?[hlL]?(?P<kind>.)"
)


def percent(template: Atom, right: Value) -> Value:
    """`template % right`"""
    parts = text_parts(template)
    if parts is None:
        return unknown("operator %")
    if len(parts) != 1 or not isinstance(parts[0], str):
        return text_value((*parts[:1], Hole("% on a text that is not fully known")))
    fields = [m for m in _PERCENT.finditer(parts[0]) if m["kind"] != "%"]
    results = []
    for alternative in filled(right).atoms:
        atom = alternative.atom
        if isinstance(atom, Mapping) and any(m["key"] is not None for m in fields):
            row = [lookup(atom, text_of(m["key"] or "")) for m in fields]
        elif isinstance(atom, Sequence) and atom.kind is SequenceKind.TUPLE:
            row = list(atom.items)
        else:
            row = [Value((alternative,), None)]
        results.append(_percent_row(parts[0], fields, row) if len(row) == len(fields) else NEVER)
    merged_results = join(results)
    return merged_results.opened(right.open_reason) if right.open_reason else merged_results


def _percent_row(template: str, fields: list[re.Match[str]], row: list[Value]) -> Value:
    result, position = text_of(""), 0
    for field, value in zip(fields, row, strict=True):
        result = _append(result, template[position : field.start()].replace("%%", "%"))
        result = combine(result, filled(value), lambda a, b, f=field: _append_percent(a, b, f))  # type: ignore[misc]
        position = field.end()
    return _append(result, template[position:].replace("%%", "%"))


def _append(value: Value, text: str) -> Value:
    return mapped(value, lambda a: text_value((*(text_parts(a) or ()), text)))


def _append_percent(prefix: Atom, atom: Atom, field: re.Match[str]) -> Value:
    start = text_parts(prefix) or ()
    directive = f"%{field['flags']}{field['width']}{field['precision'] or ''}{field['kind']}"
    if isinstance(atom, Const) and directive == "%s":
        return text_value((*start, str(atom.value)))
    if isinstance(atom, Const):
        try:
            return text_value((*start, directive % (atom.value,)))
        except (TypeError, ValueError, OverflowError):
            return NEVER
    return text_value((*start, *(text_form(atom) if directive == "%s" else (Hole(f"formatted {describe(atom)}"),))))


def joined_path(*parts: Atom) -> Value:
    """`Path(a) / b`"""
    result = join_texts(parts)
    return mapped(result, lambda a: Value((Alternative(PathObject(text_parts(a) or ())),), None))


def join_texts(parts: Iterable[Atom]) -> Value:
    """`os.path.join(a, b, …)` with POSIX rules: an absolute part starts anew."""
    result: tuple[str | Hole, ...] = ()
    for i, part in enumerate(parts):
        form = text_form(part)
        first = form[0] if form else ""
        if isinstance(first, str) and first.startswith("/"):
            result = form
        elif i == 0 or not result or (isinstance(result[-1], str) and result[-1].endswith("/")):
            result = (*result, *form)
        else:
            result = (*result, "/", *form)
    return text_value(result)


def normalised(atom: Atom) -> tuple[str | Hole, ...]:
    """A text as pathlib writes it: no doubled slashes, no `.` parts, no slash at the end."""
    form = text_form(atom)
    if len(form) == 1 and isinstance(form[0], str):
        text = re.sub(r"/+", "/", form[0])
        kept = [p for p in text.split("/") if p not in ("", ".")]
        return ("/" * text.startswith("/") + "/".join(kept) or ".",)
    return form


def on_path(operation: Callable[[str], str], form: tuple[str | Hole, ...]) -> tuple[str | Hole, ...] | None:
    """A path after an operation such as `dirname`; None when too little of it is known."""
    match form:
        case (str() as text,):
            return (operation(text),)
        case (*_, str() as text) if operation is posixpath.basename and "/" in text:
            return (operation(text),)
        case (Hole() as start, str() as text) if start == REPOSITORY and text.startswith("/"):
            inner = operation(text[1:])
            if inner.startswith(".."):
                return None
            return (start, f"/{inner}") if inner else (start,)
        case _:
            return None


def absolute(form: tuple[str | Hole, ...]) -> tuple[str | Hole, ...]:
    """A path as `os.path.abspath` makes it."""
    if form and (form[0] == REPOSITORY or (isinstance(form[0], str) and form[0].startswith("/"))):
        return form
    return (Hole("current folder"), "/", *form)


def describe(atom: Atom) -> str:
    """An atom in a few words, for reasons."""
    match atom:
        case Const(value=value):
            return f"{value!r}"[:60]
        case External(name=name):
            return f"`{name}`"
        case Instance() | ClassRef() | EnumMember():
            return "an object of this repository"
        case FunctionRef() | BoundMethod() | LambdaRef():
            return "a function"
        case _:
            return f"a {type(atom).__name__.lower()}"


def may_swallow(manager: Value) -> bool:
    """Whether a context manager may hold back an exception of its body."""
    if not manager.atoms:
        return False
    for alternative in manager.atoms:
        match alternative.atom:
            case External(name=name):
                if "suppress" in name or "raises" in name or "assertRaises" in name:
                    return True
            case Instance() | FunctionRef():
                return True
            case _:
                pass
    return False
