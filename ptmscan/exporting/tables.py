"""The tables of an export: their columns, and the rows that one scan gives.

The names are those of the records (docs/records.md). Whatever has no fixed shape, arguments and releases, is JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from ptmscan.record_json import to_json
from ptmscan.records import Diagnostic, Evidence, ModelReference, ScanHeader, ScanResult, UsageRecord

Row: TypeAlias = dict[str, object]


class Kind(Enum):
    """What a column holds."""

    TEXT = auto()
    INTEGER = auto()
    REAL = auto()
    BOOLEAN = auto()
    JSON = auto()  # text


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `optional`: it may be null."""

    name: str
    kind: Kind
    optional: bool = False


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from ``name:KIND``, with ``?`` behind the name of those that may be null; TEXT unless said."""
    found = []
    for word in text.split():
        name, _, kind = word.partition(":")
        found.append(Column(name.rstrip("?"), Kind[kind or "TEXT"], name.endswith("?")))
    return tuple(found)


SCANS = _columns(
    "repository commit? tool tool_version signatures_version schema_version:INTEGER files:INTEGER files_read:INTEGER "
    "usages:INTEGER diagnostics:INTEGER suspects?:INTEGER"
)
USAGES = _columns(
    "repository commit? path cell?:INTEGER line:INTEGER column:INTEGER end_line:INTEGER end_column:INTEGER scope "
    "source_line line_hash signature library callee resolved_to component pretrained?:BOOLEAN arguments:JSON "
    "trust_remote_code?:BOOLEAN exhaustive:BOOLEAN open_reason? outcome reason? confirmed_by confidence:REAL "
    "fingerprint release?:JSON file_line?:INTEGER"
)
MODELS = _columns("name id? hub? revision? outcome origin via known?:BOOLEAN")
EVIDENCE = _columns("path line:INTEGER step text cell?:INTEGER file_line?:INTEGER")
DIAGNOSTICS = _columns("path line?:INTEGER code message cell?:INTEGER")
_REPOSITORY = _columns("repository")
_USAGE_KEY = _columns("usage:INTEGER")
_MODEL_KEY = _columns("usage:INTEGER model:INTEGER")
_STEP_KEY = _columns("usage:INTEGER model:INTEGER number:INTEGER")

# Where rows cannot hold rows: a usage has a number, its models count from 0, the steps of their evidence, too.
FLAT: dict[str, tuple[Column, ...]] = {
    "scans": SCANS,
    "usages": _USAGE_KEY + USAGES,
    "models": _MODEL_KEY + MODELS,
    "evidence": _STEP_KEY + EVIDENCE,
    "diagnostics": _REPOSITORY + DIAGNOSTICS,
}


def scan_row(header: ScanHeader) -> Row:
    """The row of a scan."""
    return _row(SCANS, header)


def diagnostic_rows(scan: ScanResult) -> Iterator[Row]:
    """The rows of the problems of a scan."""
    for item in scan.diagnostics:
        yield {"repository": scan.header.repository, **_row(DIAGNOSTICS, item)}


def nested_usage(usage: UsageRecord) -> Row:
    """The row of a usage, with rows of its models, with rows of their evidence."""
    models = [
        {**_row(MODELS, model), "evidence": [_row(EVIDENCE, step) for step in model.evidence]} for model in usage.models
    ]
    return {**_row(USAGES, usage), "models": models}


def flat_rows(scan: ScanResult, first: int) -> Iterator[tuple[str, Row]]:
    """All rows of a scan, each with its table. `first` is the number of its first usage."""
    yield "scans", scan_row(scan.header)
    for number, usage in enumerate(scan.usages, first):
        yield "usages", {"usage": number, **_row(USAGES, usage)}
        yield from _model_rows(number, usage.models)
    for row in diagnostic_rows(scan):
        yield "diagnostics", row


def _model_rows(usage: int, models: Iterable[ModelReference]) -> Iterator[tuple[str, Row]]:
    for place, model in enumerate(models):
        yield "models", {"usage": usage, "model": place, **_row(MODELS, model)}
        for number, step in enumerate(model.evidence):
            yield "evidence", {"usage": usage, "model": place, "number": number, **_row(EVIDENCE, step)}


def _row(columns: tuple[Column, ...], item: ScanHeader | UsageRecord | ModelReference | Evidence | Diagnostic) -> Row:
    return {column.name: _value(getattr(item, column.name), column.kind) for column in columns}


def _value(value: object, kind: Kind) -> object:
    if value is None:
        return None
    if kind is Kind.JSON:
        return to_json(value)
    return str(value) if kind is Kind.TEXT else value  # enumerations are texts of a class of their own
