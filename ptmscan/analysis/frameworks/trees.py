"""Trees of settings, as dictionaries of values: merging, dotted keys, interpolation.

Merging and interpolation follow OmegaConf 2.3 (https://omegaconf.readthedocs.io/en/2.3_branch/usage.html).
"""

from __future__ import annotations

import re

from ptmscan.analysis import containers, formatting
from ptmscan.analysis.alternatives import combine, join, mapped, text_parts, text_value, with_hole
from ptmscan.analysis.values import (
    MAX_TRACE,
    Alternative,
    Atom,
    Const,
    Hole,
    Mapping,
    Sequence,
    Step,
    StepKind,
    Trace,
    Value,
    known,
    text_of,
    unknown,
)

MAX_DEPTH = 32
MAX_TEXT = 4096
_MAX_REFERENCES = 16
_REFERENCE = re.compile(r"\$\{([^${}]{0,200})\}")
_ENVIRONMENT = re.compile(r"(?:oc\.)?env:([\w.]+)(?:,(.*))?\Z", re.DOTALL)


def deeply_merged(first: Value, second: Value, depth: int = 0) -> Value:
    """`second` laid over `first`: tables are merged key by key, everything else is replaced."""
    if not second.atoms:
        return first.opened(second.open_reason) if second.open_reason else first
    if not first.atoms:
        return second.opened(first.open_reason) if first.open_reason else second
    return combine_tables(first, second, depth)


def combine_tables(first: Value, second: Value, depth: int) -> Value:
    """Every alternative of one value laid over every alternative of another; traces stay with the parts."""
    results: list[Value] = []
    for a in first.atoms[:4]:
        for b in second.atoms[:4]:
            if isinstance(a.atom, Mapping) and isinstance(b.atom, Mapping) and depth < MAX_DEPTH:
                results.append(known(_merged(a.atom, b.atom, depth)))
            else:
                results.append(Value((b,)))
    reason = second.open_reason or first.open_reason
    if len(first.atoms) > 4 or len(second.atoms) > 4:
        reason = reason or "many configurations laid over each other"
    merged = join(results)
    return merged.opened(reason) if reason else merged


def _merged(first: Mapping, second: Mapping, depth: int) -> Mapping:
    rows: dict[Atom, Value] = dict(first.items)
    for key, value in second.items:
        rows[key] = deeply_merged(rows[key], value, depth + 1) if key in rows else value
    if not second.complete:
        told = frozenset(key for key, _ in second.items)
        rows = {k: v if k in told else v.opened("it may be overridden") for k, v in rows.items()}
    return Mapping(tuple(rows.items()), first.complete and second.complete)


def at(root: Value, path: str) -> Value:
    """The value at a dotted path such as `model.layers[0].name`."""
    value = root
    for part in re.findall(r"[^.\[\]]+", path)[:MAX_DEPTH]:
        value = mapped(value, lambda a, p=part: _child(a, p))  # type: ignore[misc]
    return value


def _child(atom: Atom, part: str) -> Value:
    match atom:
        case Mapping():
            return containers.lookup(atom, text_of(part))
        case Sequence(items=items, complete=True) if part.isdigit() and int(part) < len(items):
            return items[int(part)]
        case _:
            return unknown(f"no `{part}` in the configuration")


def placed(path: str, value: Value) -> Value:
    """A tree that holds the value at a dotted path and nothing else; an empty path is the value itself."""
    for part in reversed([p for p in path.split(".") if p][:MAX_DEPTH]):
        value = known(Mapping(((Const(part), value),)))
    return value


def dotted(pairs: Value) -> Value:
    """The tree of `["model.name", "bert", …]` or `["model.name=bert", …]`."""
    row = containers.elements(pairs)
    tree: Value = known(Mapping(()))
    texts = [(item, c.value) for item in row.items for c in item.consts()[:1]]
    if texts and all(isinstance(t, str) and "=" in t for _, t in texts):
        for item, text in texts:
            tree = deeply_merged(tree, placed(str(text).partition("=")[0], behind_equals(item)))
    else:
        for (_, name), item in zip(texts[::2], row.items[1::2], strict=False):
            tree = deeply_merged(tree, placed(str(name), item))
    return tree if row.complete else tree.opened(pairs.open_reason or "overrides that are not all known")


def behind_equals(value: Value) -> Value:
    """What stands behind the first `=` of a text."""
    return mapped(value, lambda a: text_of(str(getattr(a, "value", "")).partition("=")[2]))


def along(trace: Trace, value: Value, depth: int = 0) -> Value:
    """A tree whose leaves were reached by the steps of a trace first."""
    if not trace or depth > MAX_DEPTH:
        return value
    return Value(tuple(_along(trace, a, depth) for a in value.atoms), value.open_reason)


def _along(trace: Trace, alternative: Alternative, depth: int) -> Alternative:
    match alternative.atom:
        case Mapping(items=pairs, complete=complete):
            inner: Atom = Mapping(tuple((k, along(trace, v, depth + 1)) for k, v in pairs), complete)
        case Sequence(kind=kind, items=items, complete=complete):
            inner = Sequence(kind, tuple(along(trace, v, depth + 1) for v in items), complete)
        case _:
            return Alternative(alternative.atom, (*trace, *alternative.trace)[:MAX_TRACE])
    return Alternative(inner, alternative.trace)


# --- interpolation ----------------------------------------------------------------------------------------------------


class Interpolation:
    """Fills `${a.b}` in the texts of a tree with what stands there."""

    def __init__(self, root: Value) -> None:
        self._root = root
        self._active: set[str] = set()

    def tree(self, value: Value, depth: int = 0) -> Value:
        """The value with all its texts filled."""
        if depth > MAX_DEPTH:
            return unknown("a configuration nested too deeply")
        return mapped(value, lambda a: self._atom(a, depth))

    def _atom(self, atom: Atom, depth: int) -> Value:
        match atom:
            case Const(value=str() as text) if "${" in text:
                return self._text(text, depth)
            case Mapping(items=pairs, complete=complete):
                return known(Mapping(tuple((k, self.tree(v, depth + 1)) for k, v in pairs), complete))
            case Sequence(kind=kind, items=items, complete=complete):
                return known(Sequence(kind, tuple(self.tree(v, depth + 1) for v in items), complete))
            case _:
                return known(atom)

    def _text(self, text: str, depth: int) -> Value:
        found = list(_REFERENCE.finditer(text))
        if len(found) == 1 and found[0].span() == (0, len(text)):
            return self._reference(found[0][1], depth)
        if len(found) > _MAX_REFERENCES or "${" in _REFERENCE.sub("", text):
            return unknown("an interpolation that is not followed")
        result, position = text_of(""), 0
        for reference in found:
            result = _joined(result, text_of(text[position : reference.start()]))
            result = _joined(result, self._reference(reference[1], depth))
            position = reference.end()
        return _joined(result, text_of(text[position:]))

    def _reference(self, written: str, depth: int) -> Value:
        environment = _ENVIRONMENT.match(written)
        if environment is not None:
            return environment_value(environment[1], environment[2])
        if ":" in written or written.startswith(".") or written in self._active:
            return unknown(f"the interpolation `{written}`")
        self._active.add(written)
        try:
            return self.tree(at(self._root, written), depth + 1)
        finally:
            self._active.discard(written)


def environment_value(name: str, default: str | None) -> Value:
    """`${oc.env:NAME,default}`"""
    reason = f"environment variable {name}"
    if default is None:
        return unknown(reason)
    return text_of(default.strip().strip("'\"")).opened(reason).traced(Step("", (0, 0), StepKind.ENVIRONMENT))


def _joined(left: Value, right: Value) -> Value:
    return combine(with_hole(left), with_hole(right), _joined_atoms)


def _joined_atoms(left: Atom, right: Atom) -> Value:
    a, b = text_parts(left), formatting.text_form(right)
    value = text_value((*(a or ()), *b))
    first = value.atoms[0].atom if value.atoms else None
    if isinstance(first, Const) and isinstance(first.value, str) and len(first.value) > MAX_TEXT:
        return Value((Alternative(Const(first.value[:MAX_TEXT])),), Hole("very long text").reason)
    return value
