"""Sums over a manifest, and the rows that people ask for."""

from __future__ import annotations

from dataclasses import dataclass

from ptmscan.batch.jobs import FAILURES, Status
from ptmscan.batch.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one repository, for people."""

    path: str
    status: Status
    reason: str | None
    seconds: float
    peak: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all repositories that were scanned; `waiting` are those that were not yet."""

    statuses: dict[Status, int]
    waiting: int
    usages: int
    bytes: int
    cpu: float

    @property
    def done(self) -> int:
        """Repositories with a row that says what became of them."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Repositories without a result."""
        return sum(number for status, number in self.statuses.items() if status in FAILURES)


def totals_of(manifest: Manifest) -> Totals:
    """Sums over everything."""
    rows = manifest.ask(
        "SELECT status, count(*), coalesce(sum(usages), 0), coalesce(sum(bytes), 0), coalesce(sum(cpu_seconds), 0) "
        "FROM repository GROUP BY status"
    )
    done = [row for row in rows if row[0] is not None]
    return Totals(
        {Status(row[0]): row[1] for row in done},
        sum(row[1] for row in rows if row[0] is None),
        *(sum(row[column] for row in done) for column in (2, 3, 4)),
    )


def added(totals: list[Totals]) -> Totals:
    """The sums over several manifests."""
    statuses: dict[Status, int] = {}
    for each in totals:
        for status, number in each.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    return Totals(
        statuses,
        sum(each.waiting for each in totals),
        sum(each.usages for each in totals),
        sum(each.bytes for each in totals),
        sum(each.cpu for each in totals),
    )


def finished_since(manifest: Manifest, moment: float) -> int:
    """How many repositories were finished since a time (seconds of the epoch)."""
    return int(manifest.ask("SELECT count(*) FROM repository WHERE finished_at >= ?", (moment,))[0][0])


def slowest(manifest: Manifest, number: int) -> list[Row]:
    """The repositories that took longest."""
    return _rows(manifest, "ORDER BY seconds DESC, path LIMIT ?", (number,))


def failures(manifest: Manifest, number: int) -> list[Row]:
    """Repositories without a result, by status and path."""
    marks = ", ".join("?" * len(FAILURES))
    return _rows(manifest, f"AND status IN ({marks}) ORDER BY status, path LIMIT ?", (*sorted(FAILURES), number))


def same_names(manifest: Manifest) -> int:
    """How many names of repositories belong to several results."""
    named = "SELECT 1 FROM repository JOIN result USING (path) GROUP BY repository HAVING count(*) > 1"
    return int(manifest.ask(f"SELECT count(*) FROM ({named})")[0][0])  # noqa: S608 - a constant


def _rows(manifest: Manifest, rest: str, values: tuple[object, ...]) -> list[Row]:
    columns = "path, status, reason, seconds, peak_bytes"
    found = manifest.ask(f"SELECT {columns} FROM repository WHERE status IS NOT NULL {rest}", values)  # noqa: S608
    return [Row(path, Status(status), *others) for path, status, *others in found]
