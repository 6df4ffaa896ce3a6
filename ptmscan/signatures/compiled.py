"""The compiled form of a catalogue: JSON keyed by a hash of everything it was made from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ptmscan.records import Component
from ptmscan.signatures import tables
from ptmscan.signatures.model import ArgumentSpec, DefaultModel, Gate, GateTest, ModelSource, Signature

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 2


def content_hash(*texts: bytes) -> str:
    """The hash of signature files, name tables and this format: 16 hexadecimal digits."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for text in (*texts, *(path.read_bytes() for path in sorted(tables.FOLDER.glob("*.tsv")))):
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()[:16]


def dump(key: str, signatures: Iterable[Signature]) -> str:
    """The signatures as JSON text; equal sets of captured names are stored once."""
    sets: dict[frozenset[str], int] = {}
    rows = [_row(signature, sets) for signature in signatures]
    content = {"key": key, "sets": [sorted(names) for names in sets], "signatures": rows}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def load(text: str, key: str) -> tuple[Signature, ...] | None:
    """The signatures of a compiled catalogue; None when it was made from something else than `key` says."""
    content: Any = json.loads(text)
    if not isinstance(content, dict) or content.get("key") != key:
        return None
    sets = [frozenset(names) for names in content["sets"]]
    return tuple(_signature(row, sets) for row in content["signatures"])


def _row(s: Signature, sets: dict[frozenset[str], int]) -> list[object]:
    names = None if s.names is None else sets.setdefault(s.names, len(sets))
    default = None if s.default is None else [s.default.name, s.default.by and _argument(s.default.by), s.default.table]
    head = [s.id, s.library, s.pattern, names, s.source, [_argument(a) for a in s.model], s.name_rule, s.component]
    gates = [[_gate(gate) for gate in gates] for gates in (s.gates, s.any_gates)]
    tail: list[object] = [s.revision, s.trust, s.parameters, s.hub, s.versions, s.distributions]
    tail.append([_argument(a) for a in s.further])
    return [*head, s.component_by_class, *gates, default, *tail]


def _argument(a: ArgumentSpec) -> list[object]:
    return [a.position, a.keywords, a.keys]


def _gate(g: Gate) -> list[object]:
    return [_argument(g.argument), g.test, g.values, g.default, g.table]


def _signature(row: list[Any], sets: list[frozenset[str]]) -> Signature:
    id_, library, pattern, names, source, model, rule, component, by_class, gates, any_gates, default, *tail = row
    revision, trust, parameters, hub, versions, distributions, further = tail
    return Signature(
        id=id_,
        library=library,
        pattern=pattern,
        names=None if names is None else sets[names],
        source=ModelSource(source),
        model=tuple(_to_argument(a) for a in model),
        name_rule=rule,
        component=Component(component),
        component_by_class=tuple((suffix, Component(c)) for suffix, c in by_class),
        gates=tuple(_to_gate(g) for g in gates),
        any_gates=tuple(_to_gate(g) for g in any_gates),
        default=default and DefaultModel(default[0], default[1] and _to_argument(default[1]), default[2]),
        revision=tuple(revision),
        trust=tuple(trust),
        parameters=tuple(parameters),
        hub=hub,
        versions=versions,
        further=tuple(_to_argument(a) for a in further),
        distributions=tuple(distributions),
    )


def _to_argument(a: list[Any]) -> ArgumentSpec:
    return ArgumentSpec(a[0], tuple(a[1]), tuple(a[2]))


def _to_gate(g: list[Any]) -> Gate:
    return Gate(_to_argument(g[0]), GateTest(g[1]), tuple(g[2]), g[3], g[4])
