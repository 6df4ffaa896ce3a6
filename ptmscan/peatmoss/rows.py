"""Usage records as rows of our side table, in text and numbers that both engines can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ptmscan.errors import RecordFileError
from ptmscan.record_json import json_value, to_json
from ptmscan.records import Diagnostic, ModelReference, ScanHeader, UsageRecord

Row = dict[str, Any]

_MAX_INTEGER = 2**31 - 1
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_SAME_NAMES = (
    *("path", "cell", "line", "end_line", "end_column", "scope", "source_line", "line_hash", "signature", "library"),
    *("callee", "resolved_to", "component", "pretrained", "trust_remote_code", "exhaustive", "open_reason", "outcome"),
    *("reason", "confirmed_by", "confidence", "fingerprint", "file_line"),
)
_NO_MODEL: Row = dict.fromkeys(
    ("model_name", "identifier", "hub", "revision", "model_outcome", "origin", "via", "evidence", "known")
)


def usage_rows(usage: UsageRecord) -> Iterator[tuple[ModelReference | None, Row]]:
    """A row for each model of a call, or one without; `run_id` and what the database knows is not in them.

    Raises:
        RecordFileError: a number that is no 32-bit integer.
    """
    row = {name: storable(getattr(usage, name)) for name in _SAME_NAMES}
    row["column_number"] = storable(usage.column)
    row["arguments"] = as_json(json_value(usage.arguments))
    row["release_list"] = None if usage.release is None else as_json(usage.release)
    if not usage.models:
        yield None, {**row, **_NO_MODEL, "model_number": 0}
    for number, model in enumerate(usage.models):
        yield model, {**row, **_model_row(model), "model_number": number}


def _model_row(model: ModelReference) -> Row:
    return {
        "model_name": storable(model.name),
        "identifier": storable(model.id),
        "hub": storable(model.hub),
        "revision": storable(model.revision),
        "model_outcome": str(model.outcome),
        "origin": str(model.origin),
        "via": str(model.via),
        "evidence": as_json(model.evidence),
        "known": model.known,
    }


def run_row(header: ScanHeader, digest: str) -> Row:
    """The row of a scan, without its id and what the database knows.

    Raises:
        RecordFileError: a number that is no 32-bit integer.
    """
    names = ("repository", "tool", "tool_version", "signatures_version", "schema_version", "files", "files_read")
    row = {name: storable(getattr(header, name)) for name in (*names, "usages", "diagnostics", "suspects")}
    return {**row, "commit_id": storable(header.commit), "digest": digest}


def diagnostic_list(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics of a scan as JSON."""
    return as_json(list(diagnostics))


def storable(value: Any) -> Any:
    """A value that both engines can hold: NUL and lone surrogates of text become visible escapes.

    Raises:
        RecordFileError: a number that is no 32-bit integer.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub(_visible, str(value))
    if isinstance(value, int) and not -_MAX_INTEGER <= value <= _MAX_INTEGER:
        raise RecordFileError(f"{value} is no number that a database takes")
    return value


def as_json(value: object) -> str:
    """JSON text; every character of the value is in it, if need be as an escape."""
    return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", to_json(value))


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
