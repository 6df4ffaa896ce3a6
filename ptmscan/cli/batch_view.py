"""What people see of a batch: a live view on a terminal, a line now and then elsewhere, and the report of `status`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ptmscan.batch.jobs import FAILURES, Job, Report, Status
from ptmscan.cli.streams import say
from ptmscan.report.printable import printable
from ptmscan.report.words import count

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from ptmscan.batch.merging import Standing
    from ptmscan.batch.sums import Row

# Seconds between two lines where there is no terminal.
LINE_SECONDS = 30.0
_SHOWN = 5
_FAILURES_TOLD = 20


class Watcher:
    """Counts, and tells in lines. The live view is another way to tell."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._scans_begun = self._begun
        self._told = self._begun
        self.listed = self.waiting = self.scanned = self.bytes = 0
        self.statuses: dict[Status, int] = {}
        self.running: dict[str, float] = {}
        self.slowest: list[Report] = []
        self.failures: list[Report] = []

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._begun

    @property
    def rate(self) -> float:
        """Repositories a second."""
        return self.scanned / max(1e-3, time.monotonic() - self._scans_begun)

    @property
    def failed(self) -> int:
        """Scans without a result."""
        return sum(number for status, number in self.statuses.items() if status in FAILURES)

    @property
    def left(self) -> float | None:
        """Seconds until the end, as far as anybody can tell: the largest repositories come first."""
        return (self.waiting - self.scanned) / self.rate if self.scanned else None

    def listing(self, number: int) -> None:
        """Count what is being listed."""
        self.listed = number

    def started(self, listed: int, waiting: int) -> None:
        """Say what there is to do."""
        self.listed, self.waiting, self._scans_begun = listed, waiting, time.monotonic()
        self._tell_start()

    def began(self, job: Job) -> None:
        """Remember what runs."""
        self.running[job.path] = time.monotonic()

    def finished(self, report: Report) -> None:
        """Count a scan, and tell of it where it failed."""
        self.running.pop(report.path, None)
        self.scanned += 1
        self.bytes += report.size
        self.statuses[report.status] = self.statuses.get(report.status, 0) + 1
        self.slowest = sorted([*self.slowest, report], key=lambda each: -each.seconds)[:_SHOWN]
        if report.status in FAILURES:
            self.failures = [*self.failures, report][-_SHOWN:]
            self._tell_failure(report)
        self._tell()

    def progress(self) -> str:
        """Done, rate and time left, in a line."""
        left = "" if self.left is None else f", about {_duration(self.left)} left"
        speed = self.bytes / 1e6 / max(1e-3, time.monotonic() - self._scans_begun)
        done = f"{self.scanned} of {self.waiting} scanned, {self.failed} failed"
        return f"{done}; {self.rate:.1f} a second, {speed:.1f} MB/s{left}"

    def close(self) -> None:
        """Nothing is shown any more."""

    def _tell_start(self) -> None:
        say(f"{count(self.listed, 'repository', 'repositories')}, {self.waiting} of them to be scanned")

    def _tell(self) -> None:
        if time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            say(self.progress())

    def _tell_failure(self, report: Report) -> None:
        if self.failed <= _FAILURES_TOLD:
            say(f"{report.path}: {report.status}: {report.reason}")
        if self.failed == _FAILURES_TOLD:
            say("further ones are in `ptmscan batch status`")


class LiveWatcher(Watcher):
    """The same on a terminal: a view that is drawn anew several times a second, and leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        self._live: Live = Live(console=console, transient=True, refresh_per_second=4, get_renderable=self._view)
        self._live.start()

    def close(self) -> None:
        """Take the view off the terminal."""
        self._live.stop()

    def _tell_start(self) -> None:
        """The view tells."""

    def _tell(self) -> None:
        """The view tells."""

    def _tell_failure(self, report: Report) -> None:
        """The view tells."""

    def _view(self) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        if not self.waiting:
            return Group(Text(f"listing repositories: {self.listed}"))
        rows = Table.grid(padding=(0, 2))
        now = time.monotonic()
        # Another thread draws: what it looks at must not change under its hands.
        running = dict(self.running)
        for path, since in sorted(running.items(), key=lambda row: row[1])[:_SHOWN]:
            rows.add_row("running", f"{now - since:.0f} s", _text(path))
        for slow in tuple(self.slowest):
            rows.add_row("slowest", f"{slow.seconds:.1f} s", _text(slow.path))
        for report in tuple(self.failures):
            rows.add_row("failed", report.status, _text(f"{report.path}: {report.reason}"))
        bar = Table.grid()  # by itself, the bar would not end its line
        bar.add_row(ProgressBar(total=self.waiting, completed=self.scanned, width=60))
        return Group(bar, Text(self.progress()), rows)


def _text(text: str) -> Text:
    from rich.text import Text

    return Text(printable(text), no_wrap=True, overflow="ellipsis")


@contextmanager
def watching() -> Iterator[Watcher]:
    """A watcher for what standard error is."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    watcher = LiveWatcher() if is_terminal else Watcher()
    try:
        yield watcher
    finally:
        watcher.close()


# --- status -----------------------------------------------------------------------------------------------------------


def write_standing(found: Standing, stream: TextIO) -> None:
    """Write how far a batch is."""
    totals = found.totals
    rows = [("done", totals.done), *((str(status), number) for status, number in sorted(totals.statuses.items()))]
    rows += [("waiting", totals.waiting), ("calls", totals.usages)]
    if found.parts:
        rows.append(("parts", found.parts))
    for name, number in rows:
        indent = "  " if name in set(Status) else ""
        stream.write(f"{indent + name:<14}{number:>12,}\n")
    stream.write(f"{'sources':<14}{totals.bytes / 1e6:>12,.1f} MB\n{'processor':<14}{totals.cpu:>12,.1f} s\n")
    if totals.waiting and found.rate:
        stream.write(
            f"{'rate':<14}{found.rate:>12,.1f} a second, about {_duration(totals.waiting / found.rate)} left\n"
        )
    if found.missing:
        stream.write(f"\nparts that were never begun: {', '.join(found.missing)}\n")
    _write_rows("slowest", found.slowest, stream)
    _write_rows("without a result", found.failures, stream)


def _write_rows(title: str, rows: tuple[Row, ...], stream: TextIO) -> None:
    if not rows:
        return
    stream.write(f"\n{title}:\n")
    for row in rows:
        reason = "" if row.reason is None else f" ({printable(row.reason)})"
        peak = f"{row.peak >> 20:,} MiB"
        stream.write(f"  {row.seconds:>8.1f} s  {peak:>10}  {row.status:<10}  {printable(row.path)}{reason}\n")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
