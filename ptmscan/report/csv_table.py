"""CSV for spreadsheets: one row for each call and model; a call without a known model has one row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.record_json import json_value
from ptmscan.report.printable import printable

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Evidence, Json, ModelReference, ScanResult, UsageRecord

# A cell that begins with one of these is a formula to a spreadsheet (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

# What a cell of a spreadsheet holds
# (https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3).
MAX_CELL = 32_767

_USAGE = (
    *("repository", "commit", "path", "cell", "line", "column", "end_line", "end_column", "scope"),
    *("library", "signature", "callee", "resolved_to", "component", "pretrained", "trust_remote_code"),
)
_MODEL = ("name", "id", "hub", "revision", "outcome", "origin", "via", "evidence")
_VERDICT = ("exhaustive", "open_reason", "outcome", "reason", "confirmed_by", "confidence", "fingerprint", "arguments")
COLUMNS = (*_USAGE, *(f"model_{name}" for name in _MODEL), *_VERDICT)


def render(result: ScanResult, stream: TextIO) -> None:
    """Write a header row and the rows of all usages."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for usage in result.usages:
        writer.writerows(_rows(usage))


def _rows(usage: UsageRecord) -> Iterator[list[str]]:
    before = [_cell(getattr(usage, name)) for name in _USAGE]
    after = [_cell(getattr(usage, name)) for name in _VERDICT]
    for model in usage.models or (None,):
        yield [*before, *_model_cells(model), *after]


def _model_cells(model: ModelReference | None) -> list[str]:
    if model is None:
        return [""] * len(_MODEL)
    return [*(_cell(getattr(model, name)) for name in _MODEL[:-1]), _cell(_chain(model.evidence))]


def _chain(steps: tuple[Evidence, ...]) -> str:
    return " > ".join(
        f"{step.path}:{'' if step.cell is None else f'{step.cell}:'}{step.line} {step.step}" for step in steps
    )


def _cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return cell_text(value)
        case int() | float():
            return str(value)
        case _:
            return _cut(printable(json.dumps(json_value(value), ensure_ascii=False)))


def cell_text(text: str) -> str:
    """Scanned text as a cell: printable, no formula, of the length that a spreadsheet takes."""
    text = printable(text)
    return _cut("'" + text if text.lstrip().startswith(_FORMULA) else text)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
