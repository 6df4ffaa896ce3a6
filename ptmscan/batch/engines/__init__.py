"""What runs the scans of a batch: processes of this machine, or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ptmscan.batch.jobs import Job, Report

Began = Callable[[Job], None]


class Engine(Protocol):
    """Runs jobs in child processes, somewhere."""

    def run(self, jobs: Iterator[Job], began: Began) -> Iterator[Report]:
        """The reports of all jobs, in the order in which they end. `began` is called with each that was handed out.

        No more jobs are taken than are soon to run. A job gives one report, whatever happens to its process.

        Raises:
            EngineError: nothing can be run (any more).
        """

    def close(self) -> None:
        """End what is still running, within a second or two."""
