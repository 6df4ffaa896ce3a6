"""Child processes of this machine, forked from one server."""

from __future__ import annotations

from collections.abc import Iterator

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
        work = _Work(jobs)
        while True:
            report: Report | None = None
            lost: tuple[Report, ...] = ()
            try:
                self._fill(work, began)
                if not work.running:
                    return
                report = self._started().receive()
                work.done(report.path)
                # Before whoever asked takes time for the report: no core is to wait for that.
                self._fill(work, began)
            except ServerDiedError:
                self.close()
                lost = work.lost()
            if report is not None:
                yield report
            yield from lost

    def _fill(self, work: _Work, began: Began) -> None:
        """Hand out as many jobs as there is room for."""
        for job in work.next(self._jobs):
            began(job)
            self._started().send(job)

    def _started(self) -> ServerProcess:
        if self._server is None:
            self._server = ServerProcess(self._conditions)
        return self._server

    def close(self) -> None:
        """End the server and its children."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()


class _Work:
    """The jobs that are running, those that come, and those that were running when a server died."""

    def __init__(self, jobs: Iterator[Job]) -> None:
        self.running: dict[str, Job] = {}
        self._jobs = jobs
        self._attempts: dict[str, int] = {}
        self._again: list[Job] = []

    def next(self, room: int) -> Iterator[Job]:
        """The jobs to hand out now, where so many may run at a time; they count as running."""
        # One of those that were running ended the server: alone, it cannot take others with it again.
        if self._again or any(path in self._attempts for path in self.running):
            room = 1
        while len(self.running) < room:
            job = self._again.pop() if self._again else next(self._jobs, None)
            if job is None:
                return
            self.running[job.path] = job
            yield job

    def done(self, path: str) -> None:
        """A job came to an end."""
        self.running.pop(path, None)
        self._attempts.pop(path, None)

    def lost(self) -> tuple[Report, ...]:
        """Plan what was running once more; the reports of what was lost too often."""
        given_up = []
        for path, job in self.running.items():
            self._attempts[path] = self._attempts.get(path, 0) + 1
            if self._attempts[path] < MAX_ATTEMPTS:
                self._again.append(job)
            else:
                message = f"the server of its process died {MAX_ATTEMPTS} times with it"
                given_up.append(Report(path, Status.CRASHED, message))
        self.running.clear()
        return tuple(given_up)
