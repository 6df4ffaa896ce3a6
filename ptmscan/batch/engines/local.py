"""Child processes of this machine, forked from one server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ptmscan.batch.client import ServerDiedError, ServerProcess
from ptmscan.batch.engines import Began
from ptmscan.batch.jobs import Conditions, Job, Report, Status

# A job that was running when the server died is done again, by another server; so many times.
MAX_ATTEMPTS = 3


class LocalEngine:
    """Runs so many jobs at a time. The server is started with the first job, and anew if it dies."""

    def __init__(self, conditions: Conditions, jobs: int) -> None:
        self._conditions, self._jobs = conditions, jobs
        self._server: ServerProcess | None = None

    def run(self, jobs: Iterator[Job], began: Began) -> Iterator[Report]:
        """The reports of all jobs, in the order in which they end.

        Raises:
            EngineError: no server can be started.
        """
        running: dict[str, Job] = {}
        attempts: dict[str, int] = {}
        again: list[Job] = []
        while True:
            try:
                # One of those that were running ended the server: alone, it cannot take others with it again.
                is_suspect = again or any(path in attempts for path in running)
                for job in self._next(again, jobs, (1 if is_suspect else self._jobs) - len(running)):
                    running[job.path] = job
                    began(job)
                    self._started().send(job)
                if not running:
                    return
                report = self._started().receive()
            except ServerDiedError:
                self.close()
                yield from self._lost(running, attempts, again)
                continue
            running.pop(report.path, None)
            attempts.pop(report.path, None)
            yield report

    @staticmethod
    def _next(again: list[Job], jobs: Iterator[Job], free: int) -> Iterator[Job]:
        if again and free > 0:
            yield again.pop()
        elif free > 0:
            yield from islice(jobs, free)

    @staticmethod
    def _lost(running: dict[str, Job], attempts: dict[str, int], again: list[Job]) -> Iterator[Report]:
        """Plan what was running once more; the reports of what was lost too often."""
        for path, job in running.items():
            attempts[path] = attempts.get(path, 0) + 1
            if attempts[path] < MAX_ATTEMPTS:
                again.append(job)
            else:
                yield Report(path, Status.CRASHED, f"the server of its process died {MAX_ATTEMPTS} times with it")
        running.clear()

    def _started(self) -> ServerProcess:
        if self._server is None:
            self._server = ServerProcess(self._conditions)
        return self._server

    def close(self) -> None:
        """End the server and its children."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
