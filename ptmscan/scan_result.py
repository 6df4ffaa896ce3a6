"""A result in its final form: ordered, counted, without secrets, and without the problems of what was not asked for."""

from __future__ import annotations

from collections.abc import Iterable

from ptmscan import __version__
from ptmscan.contents import Contents
from ptmscan.discovery import FileTree
from ptmscan.records import Diagnostic, ScanHeader, ScanResult, Suspect, UsageRecord
from ptmscan.redaction import redact_result
from ptmscan.scan_options import ScanOptions


def final_result(
    tree: FileTree,
    options: ScanOptions,
    contents: Contents,
    *,
    signatures_version: str,
    files: Iterable[str],
    usages: Iterable[UsageRecord],
    problems: Iterable[Diagnostic],
    seconds: float,
    suspects: Iterable[Suspect] | None = None,
) -> ScanResult:
    """The result of a scan. `files`: the Python files of the tree; `suspects`: None where they were not looked for."""
    ordered = sorted(usages, key=lambda u: (u.path, -1 if u.cell is None else u.cell, u.line, u.column, u.signature))
    told = sorted(
        (d for d in problems if options.is_asked_for(d.path)),
        key=lambda d: (d.path, -1 if d.cell is None else d.cell, d.line or 0, d.code, d.message),
    )
    found = None if suspects is None else tuple(suspects)
    header = ScanHeader(
        tool="ptmscan",
        tool_version=__version__,
        signatures_version=signatures_version,
        repository=tree.repository,
        commit=tree.commit,
        files=sum(map(options.is_asked_for, files)),
        files_read=contents.files_read(options.is_asked_for),
        usages=len(ordered),
        diagnostics=len(told),
        suspects=None if found is None else len(found),
    )
    return redact_result(ScanResult(header, tuple(ordered), tuple(told), seconds, found or ()))
