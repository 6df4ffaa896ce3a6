"""Findings and dependencies as lines of text, for hooks and terminals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ptmscan.policy.identity import model_label
from ptmscan.policy.model import CommentFinding, Finding
from ptmscan.report.overview import ModelGroup, Pin, overview
from ptmscan.report.printable import printable
from ptmscan.report.words import place

if TYPE_CHECKING:
    from ptmscan.records import ScanResult, UsageRecord

_MAX_TEXT = 300
_MAX_PLACES = 3


def finding_lines(findings: Iterable[Finding | CommentFinding]) -> Iterator[str]:
    """`app.py:3:9: PTM001 message`, in a notebook `path:cell:line`, sorted by place; a line each, safe to print."""
    for _, text in sorted((_sort_key(finding), _finding_line(finding)) for finding in findings):
        yield text


def _sort_key(finding: Finding | CommentFinding) -> tuple[str, int, int, int, str]:
    at = finding.usage if isinstance(finding, Finding) else finding
    return at.path, -1 if at.cell is None else at.cell, at.line, at.column, finding.rule


def _finding_line(finding: Finding | CommentFinding) -> str:
    at = finding.usage if isinstance(finding, Finding) else finding
    where = f"{at.path}:{at.line}:{at.column}" if at.cell is None else f"{at.path}:{at.cell}:{at.line}"
    return f"{printable(where, _MAX_TEXT)}: {finding.rule} {printable(finding.message, _MAX_TEXT)}"


def dependency_lines(result: ScanResult) -> Iterator[str]:
    """The models of a result, one a line, with their pins and places; then what is not known."""
    view = overview(result)
    for group in view.models:
        label = model_label(group.uses[0].model)
        yield f"{printable(label, _MAX_TEXT)}  {_pin(group)}  {_places([use.usage for use in group.uses])}"
    if view.unknown:
        yield f"not known  {_places(view.unknown)}"


def _pin(group: ModelGroup) -> str:
    pin = group.pin
    revisions = ", ".join(printable(revision, _MAX_TEXT) for revision in group.revisions)
    return pin.value if pin is Pin.NONE or not revisions else f"{pin.value} ({revisions})"


def _places(usages: Iterable[UsageRecord]) -> str:
    found = list(dict.fromkeys(printable(place(usage), _MAX_TEXT) for usage in usages))
    more = f" and {len(found) - _MAX_PLACES} more" if len(found) > _MAX_PLACES else ""
    return ", ".join(found[:_MAX_PLACES]) + more
