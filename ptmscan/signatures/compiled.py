"""The compiled form of a catalogue: JSON keyed by a hash of everything it was made from; signatures built on demand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, overload

from ptmscan.records import Component
from ptmscan.signatures import tables
from ptmscan.signatures.model import ArgumentSpec, DefaultModel, Gate, GateTest, ModelSource, Signature
from ptmscan.signatures.pattern import Index, index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FORMAT = 6


def content_hash(*texts: bytes) -> str:
    """The hash of signature files, name tables and this format: 16 hexadecimal digits."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for text in (*texts, *(path.read_bytes() for path in sorted(tables.FOLDER.glob("*.tsv")))):
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()[:16]


def dump(key: str, signatures: Iterable[Signature]) -> str:
    """The signatures and their index as JSON text; only what differs from a default, and what is equal once."""
    shared: dict[Any, int] = {}
    rules: dict[str, int] = {}
    signatures = tuple(signatures)
    rows = []
    for signature in signatures:
        rule = _json(_row(signature, shared))
        names = None if signature.names is None else shared.setdefault(signature.names, len(shared))
        rows.append([signature.pattern, rules.setdefault(rule, len(rules)), names])
    values = [sorted(value) if isinstance(value, frozenset) else value for value in shared]
    index = index_of((s.pattern, s.names) for s in signatures)
    content = _json({"key": key, "shared": values, "index": index, "signatures": rows})
    return f'{content[:-1]},"rules":[{",".join(rules)}]}}'


def load(text: str, key: str) -> Compiled | None:
    """A compiled catalogue; None when it was made from something else than `key` says."""
    content: Any = json.loads(text)
    if not isinstance(content, dict) or content.get("key") != key:
        return None
    return Compiled(content["signatures"], content["rules"], content["shared"], content["index"])


class Compiled(Sequence[Signature]):
    """The signatures of a compiled catalogue, each built when first asked for; `by_name` is their index."""

    def __init__(self, rows: list[list[Any]], rules: list[dict[str, Any]], shared: list[Any], index: Index) -> None:
        self.by_name = index
        self._rows = rows
        self._rules = rules
        self._shared = shared
        self._built: dict[int, Signature] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> Signature: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Signature]: ...

    def __getitem__(self, number: int | slice) -> Signature | Sequence[Signature]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        found = self._built.get(number)
        if found is None:
            pattern, rule, names = self._rows[number]
            captured = None if names is None else frozenset(self._shared[names])
            found = self._built[number] = _signature(pattern, captured, self._rules[rule], self._shared)
        return found


_DEFAULTS = {field.name: field.default for field in fields(Signature)}
_OF_PATTERN = ("pattern", "names")


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _row(signature: Signature, shared: dict[Any, int]) -> dict[str, object]:
    """What the patterns of a rule have in common."""
    row: dict[str, object] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(signature, name)
        if name in _OF_PATTERN or value == default:
            continue
        by_class = name == "component_by_class"
        row[name] = shared.setdefault(value, len(shared)) if by_class else _plain(value)
    return row


def _plain(value: object) -> object:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case ArgumentSpec():
            return [value.position, value.keywords, value.keys]
        case Gate():
            return [_plain(value.argument), value.test, value.values, value.default, value.table]
        case DefaultModel():
            return [value.name, _plain(value.by), value.table, value.key]
        case _:
            return value


def _signature(pattern: str, names: frozenset[str] | None, row: dict[str, Any], shared: list[Any]) -> Signature:
    values = {name: _READ.get(name, _as_it_is)(value) for name, value in row.items()}
    if "component_by_class" in row:
        pairs = shared[row["component_by_class"]]
        values["component_by_class"] = tuple((suffix, Component(component)) for suffix, component in pairs)
    return Signature(pattern=pattern, names=names, **values)


def _as_it_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _argument(value: list[Any]) -> ArgumentSpec:
    return ArgumentSpec(value[0], tuple(value[1]), tuple(value[2]))


def _arguments(value: list[Any]) -> tuple[ArgumentSpec, ...]:
    return tuple(_argument(item) for item in value)


def _gates(value: list[Any]) -> tuple[Gate, ...]:
    return tuple(Gate(_argument(g[0]), GateTest(g[1]), tuple(g[2]), g[3], g[4]) for g in value)


def _default(value: list[Any]) -> DefaultModel:
    return DefaultModel(value[0], value[1] and _argument(value[1]), value[2], value[3])


_READ: dict[str, Callable[[Any], Any]] = {
    "source": ModelSource,
    "component": Component,
    "model": _arguments,
    "further": _arguments,
    "revision": _arguments,
    "trust": _arguments,
    "gates": _gates,
    "any_gates": _gates,
    "default": _default,
}
