"""Workflow commands that GitHub shows as annotations of a pull request, within its limits.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; the escapes are those of
actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ptmscan.policy.model import Severity
from ptmscan.report.printable import printable
from ptmscan.report.remarks import Remark, remarks

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import ScanResult
    from ptmscan.report.remarks import AnyFinding

# Annotations of one level that GitHub shows of one step; it drops the others without a word.
MAX_ANNOTATIONS = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
    """Write one command a line, errors first; what is beyond the limit of a level is counted in its last one."""
    found = list(remarks(result, findings))
    for severity in _COMMANDS:
        stream.writelines(line + "\n" for line in _level(severity, [r for r in found if r.severity is severity]))


def _level(severity: Severity, found: list[Remark]) -> Iterator[str]:
    shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
    for remark in shown:
        yield _command(severity, remark.message, {"title": _title(remark), **_place(remark)})
    if rest := len(found) - len(shown):
        message = f"and {rest} more of this kind; the job summary and SARIF list all"
        yield _command(severity, message, {"title": "ptmscan"})


def _title(remark: Remark) -> str:
    return f"{remark.rule.id} {remark.rule.name}"


def _place(remark: Remark) -> dict[str, str]:
    """GitHub takes columns only where a remark begins and ends in one line."""
    place, region = {"file": remark.path}, remark.region
    if region is None:
        return place
    place |= {"line": str(region.line), "endLine": str(region.end_line)}
    if region.line == region.end_line and region.column is not None:
        place["col"] = str(region.column)
        if region.end_column is not None:
            place["endColumn"] = str(region.end_column)
    return place


def _command(severity: Severity, message: str, properties: dict[str, str]) -> str:
    listed = ",".join(f"{name}={printable(value).translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[severity]} {listed}::{printable(message).translate(_DATA)}"
