"""Workers of dask.distributed: each runs a server of its own, so that a scan may crash there as it may here.

https://distributed.dask.org/en/stable/resilience.html: a task whose worker dies is run elsewhere; the scheduler's state
is lost with the scheduler. The manifest is on this side, so that the next run knows what was done.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.batch.client import EngineError, ServerDiedError, ServerProcess
from ptmscan.batch.engines import Began
from ptmscan.batch.jobs import Conditions, Job, Report, Status
from ptmscan.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.deploy import Cluster

# Jobs that are handed out for each thread of the workers: one runs, the others wait beside it.
AHEAD = 4
MIN_WINDOW = 16
# A job whose worker or server dies is run again so many times.
RETRIES = 2
_CONNECT_SECONDS = 30
_POLL_SECONDS = 0.5
_CLOSE_SECONDS = 1
_GONE = "the scheduler is gone; what was done is kept, and the same command goes on from there"

_servers = threading.local()


class DaskEngine:
    """Runs jobs on the workers of a scheduler.

    Args:
        conditions: what holds for all scans.
        where: the address of a scheduler, the file that it wrote, or a cluster, which is closed with the engine.

    Raises:
        UsageError: distributed is not installed.
        EngineError: no scheduler answers.
    """

    def __init__(self, conditions: Conditions, where: str | Cluster) -> None:
        require_distributed()
        from distributed import Client

        self._conditions = conditions.to_json()
        # A scheduler knows tasks by their keys, and those of other runs may still be there.
        self._run = os.urandom(8).hex()
        self._cluster = None if isinstance(where, str) else where
        is_file = isinstance(where, str) and Path(where).is_file()
        try:
            self._client: Client = Client(
                **({"scheduler_file": where} if is_file else {"address": where}),
                timeout=_CONNECT_SECONDS,
                set_as_default=False,
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(f"{where}: no scheduler answers there: {error}") from error

    def run(self, jobs: Iterator[Job], began: Began) -> Iterator[Report]:
        """The reports of all jobs, in the order in which they end.

        Raises:
            EngineError: the scheduler is gone.
        """
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        handed_out: dict[str, tuple[Future, Job]] = {}
        while True:
            for job in islice(jobs, max(0, self._window() - len(handed_out))):
                future = self._submit(job)
                handed_out[future.key] = future, job
                future.add_done_callback(ended.put)
                began(job)
            if not handed_out:
                return
            try:
                future = ended.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                self._check()
                continue
            if future.status == "lost":
                # The worker that held the report died; the scheduler has the job done again.
                self._check()
                future.add_done_callback(ended.put)
            elif future.key in handed_out:
                _, job = handed_out.pop(future.key)
                yield self._report(future, job)

    def _window(self) -> int:
        info = self._client.scheduler_info(n_workers=-1)
        threads: int = sum(worker["nthreads"] for worker in info["workers"].values())
        return max(MIN_WINDOW, AHEAD * threads)

    def _submit(self, job: Job) -> Future:
        return self._client.submit(
            scan_on_worker,
            job.to_json(),
            self._conditions,
            pure=False,
            retries=RETRIES,
            key=f"ptmscan-{self._run}-{job.path}",
        )

    def _check(self) -> None:
        if self._client.status != "running":
            raise EngineError(_GONE)

    def _report(self, future: Future, job: Job) -> Report:
        from distributed import KilledWorker

        try:
            return Report.unpacked(future.result(timeout=_CONNECT_SECONDS))
        except CancelledError as error:
            # Nobody cancels jobs: the connection was lost, before the result was asked for or meanwhile.
            raise EngineError(_GONE) from error
        except KilledWorker as error:
            return Report(job.path, Status.CRASHED, f"its workers died: {error}")
        except (EngineError, ServerDiedError, ValueError) as error:
            return Report(job.path, Status.FAILED, f"on a worker: {error}")
        except (OSError, TimeoutError) as error:
            self._check()
            return Report(job.path, Status.FAILED, f"its worker did not answer: {error}")

    def close(self) -> None:
        """Let go of all jobs, and of the cluster if there is one."""
        with contextlib.suppress(Exception):  # whatever state the connection is in
            self._client.close(timeout=_CLOSE_SECONDS)
        if self._cluster is not None:
            with contextlib.suppress(Exception):
                self._cluster.close(timeout=_CLOSE_SECONDS)


def scan_on_worker(job: str, conditions: str) -> bytes:
    """On a worker: the packed report of a job, by the server of this thread, which is started with its first job."""
    known: dict[str, ServerProcess] = _servers.__dict__.setdefault("known", {})
    if conditions not in known:
        known[conditions] = ServerProcess(Conditions.from_json(conditions))
    server = known[conditions]
    try:
        server.send(Job.from_json(job))
        return server.receive().packed()
    except ServerDiedError:
        del known[conditions]
        server.close()
        raise


def require_distributed() -> None:
    """Say how to get dask.distributed where it is missing.

    Raises:
        UsageError: it is.
    """
    if find_spec("distributed") is None:
        raise UsageError("--engine dask needs dask.distributed: pip install 'ptmscan[dask]'")
