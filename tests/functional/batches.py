"""What tests of batches share: a watch, and the records that a batch wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ptmscan.batch.jobs import Job, Report


class Quiet:
    """Shows nothing, and remembers what was scanned."""

    def __init__(self) -> None:
        self.reports: list[Report] = []

    def listing(self, number: int) -> None: ...
    def started(self, listed: int, waiting: int) -> None: ...
    def began(self, job: Job) -> None: ...

    def finished(self, report: Report) -> None:
        self.reports.append(report)


def written(out: Path) -> bytes:
    """The records of a batch as they stand in its files."""
    return b"".join(file.read_bytes() for file in sorted(out.glob("records/*")))
