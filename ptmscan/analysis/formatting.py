"""Texts put together from abstract values: `%`, f-strings, paths. Pure functions; what is unknown becomes a hole."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from ptmscan.analysis import containers
from ptmscan.analysis.alternatives import combine, join, mapped, text_parts, text_value, with_hole
from ptmscan.analysis.values import (
    NEVER,
    NONE,
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
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Value,
    text_of,
    unknown,
)

# `f"{name}-base"` with a name that was never set: a program that gets that far means no model named None.
_NONE = Hole("None in the place of a text")


def text_form(atom: Atom) -> tuple[str | Hole, ...]:
    """The parts of `str(atom)`, a hole when it is not known or is None."""
    match atom:
        case Const(value=None):
            return (_NONE,)
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
    for alternative in with_hole(right).atoms:
        atom = alternative.atom
        if isinstance(atom, Mapping) and any(m["key"] is not None for m in fields):
            row = [containers.lookup(atom, text_of(m["key"] or "")) for m in fields]
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
        result = combine(result, with_hole(value), lambda a, b, f=field: _append_percent(a, b, f))  # type: ignore[misc]
        position = field.end()
    return _append(result, template[position:].replace("%%", "%"))


def _append(value: Value, text: str) -> Value:
    return mapped(value, lambda a: text_value((*(text_parts(a) or ()), text)))


def _append_percent(prefix: Atom, atom: Atom, field: re.Match[str]) -> Value:
    start = text_parts(prefix) or ()
    directive = f"%{field['flags']}{field['width']}{field['precision'] or ''}{field['kind']}"
    if isinstance(atom, Const) and directive != "%s":
        try:
            return text_value((*start, directive % (atom.value,)))
        except (TypeError, ValueError, OverflowError):
            return NEVER
    return text_value((*start, *(text_form(atom) if directive == "%s" else (Hole(f"formatted {describe(atom)}"),))))


def joined_path(*parts: Atom) -> Value:
    """`Path(a) / b`"""
    result = join_texts(parts)
    return mapped(result, lambda a: Value((Alternative(PathObject(normalised(a))),), None))


def join_texts(parts: Iterable[Atom]) -> Value:
    """`os.path.join(a, b, …)` with POSIX rules: an absolute part starts anew."""
    result: tuple[str | Hole, ...] = ()
    for part in parts:
        if part == NONE:
            return NEVER
        form = text_form(part)
        first = form[0] if form else ""
        if isinstance(first, str) and first.startswith("/"):
            result = form
        elif not any(result) or (isinstance(result[-1], str) and result[-1].endswith("/")):
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
