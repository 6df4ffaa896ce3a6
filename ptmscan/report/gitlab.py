"""GitLab's code quality report: an array of issues with unique fingerprints.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ptmscan.policy.model import Severity
from ptmscan.report.json_text import compact, write_array
from ptmscan.report.remarks import Remark, remarks

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Json, ScanResult
    from ptmscan.report.remarks import AnyFinding

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
    """Write the findings, or a note on each usage, as issues."""
    write_array(map(compact, _issues(remarks(result, findings))), stream)
    stream.write("\n")


def _issues(found: Iterable[Remark]) -> Iterator[Json]:
    seen: dict[tuple[str, str, str], int] = {}
    for remark in found:
        key = (remark.rule.id, remark.path, remark.identity)
        seen[key] = seen.get(key, -1) + 1
        lines: Json = {"begin": 1}
        if remark.region is not None:
            lines = {"begin": remark.region.line, "end": remark.region.end_line}
        yield {
            "description": remark.message,
            "check_name": remark.rule.id,
            "fingerprint": _digest(*key, str(seen[key])),
            "severity": _SEVERITIES[remark.severity],
            "location": {"path": remark.path, "lines": lines},
        }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
