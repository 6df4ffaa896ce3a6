"""The server that children are forked from: it has the analysis imported, one thread, and does nothing else.

It is started as a program, ``python -m ptmscan.batch.server DESCRIPTOR``, and speaks over a connection: first come the
conditions, then jobs, each as one message; an answer is a packed report. When the connection closes it ends its
children and itself, so that nothing outlives the process that asked, however that ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from ptmscan.batch.child import run_child
from ptmscan.batch.jobs import Conditions, Job, Report, Status
from ptmscan.cache import Cache
from ptmscan.discovery import MemoryTree
from ptmscan.kept_results import program_version
from ptmscan.scan import scan_tree
from ptmscan.signatures.catalogue import Catalogue, load_catalogue

Scan = Callable[[Job, Catalogue, Cache | None], Report]

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2)
# A file that makes a scan import, compile and look up what every scan of a load does.
_WARM_UP = {"warm.py": b"from transformers import AutoModel\nAutoModel.from_pretrained('org/name')\n"}
_CHECK_SECONDS = 0.5


@dataclass(slots=True)
class _Child:
    """A running child: its job, since when it runs, and the unnamed file that it writes its report to."""

    job: Job
    started: float
    report: IO[bytes]
    timed_out: bool = False


class Server:
    """Forks a child for each job and reports how it ended."""

    def __init__(self, connection: Connection, conditions: Conditions) -> None:
        self._connection, self._conditions = connection, conditions
        self._catalogue = load_catalogue(tuple(map(Path, conditions.signatures)))
        self._store = None if conditions.cache is None else Cache(Path(conditions.cache), prunes=False)
        module, _, name = conditions.scan.partition(":")
        self._scan: Scan = getattr(importlib.import_module(module), name)
        self._children: dict[int, _Child] = {}
        scan_tree(MemoryTree(_WARM_UP), catalogue=self._catalogue)
        program_version()
        # Collected objects would be written to, and the children's pages with them no longer be shared.
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Take jobs until the connection closes."""
        connection, (woken, waker) = self._connection.fileno(), os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker)
        self._connection.send_bytes(b"ready")
        try:
            while True:
                ready, _, _ = select.select([connection, woken], [], [], self._wait())
                if woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(woken, 4096)
                if connection in ready:
                    self._start(Job.from_json(self._connection.recv_bytes()))
                self._end_late()
                self._reap()
        except (EOFError, OSError):
            pass  # whoever asked is gone
        finally:
            self.end_children()

    def end_children(self) -> None:
        """End all children at once, and what they started."""
        for pid in self._children:
            _kill(pid)

    def _start(self, job: Job) -> None:
        report = tempfile.TemporaryFile()  # has no name, so that nothing is left of it  # noqa: SIM115
        started = time.monotonic()
        try:
            pid = os.fork()
        except OSError as error:
            report.close()
            self._answer(Report(job.path, Status.FAILED, f"no process could be started: {error.strerror}"))
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            os.close(self._connection.fileno())
            run_child(job, self._conditions, self._scan_one, report.fileno())
        with contextlib.suppress(OSError):  # the child does the same, and either may be first
            os.setpgid(pid, pid)
        self._children[pid] = _Child(job, started, report)

    def _scan_one(self, job: Job) -> Report:
        return self._scan(job, self._catalogue, self._store)

    def _wait(self) -> float | None:
        """Seconds until the next child's time is up."""
        running = [child.started for child in self._children.values() if not child.timed_out]
        if not running:
            return _CHECK_SECONDS if self._children else None
        return max(0.0, min(running) + self._conditions.seconds - time.monotonic())

    def _end_late(self) -> None:
        for pid, child in self._children.items():
            if not child.timed_out and time.monotonic() - child.started >= self._conditions.seconds:
                child.timed_out = True
                _kill(pid)

    def _reap(self) -> None:
        for pid in tuple(self._children):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done == 0:
                continue
            child = self._children.pop(pid)
            _kill_group(pid)  # what it started and left behind
            report = self._report(child, os.waitstatus_to_exitcode(status), usage.ru_maxrss * _MAXRSS_UNIT)
            seconds = round(time.monotonic() - child.started, 3)
            self._answer(replace(report, seconds=seconds, cpu=round(usage.ru_utime + usage.ru_stime, 3)))

    def _report(self, child: _Child, code: int, peak: int) -> Report:
        """How a child ended, by its exit code (negative: the signal), and its own report if it is whole."""
        with child.report as file:
            file.seek(0)
            raw = file.read()
        path = child.job.path
        if child.timed_out:
            return Report(path, Status.TIMEOUT, f"not done after {self._conditions.seconds:g} s", peak=peak)
        if code == 0:
            with contextlib.suppress(ValueError, TypeError):
                return replace(Report.unpacked(raw), path=path, peak=peak)
        return replace(_ended(path, code, peak, self._conditions.memory), peak=peak)

    def _answer(self, report: Report) -> None:
        self._connection.send_bytes(report.packed())


def _ended(path: str, code: int, peak: int, limit: int) -> Report:
    """What became of a child that left no report."""
    if code == -signal.SIGKILL:
        return Report(path, Status.MEMORY, "killed from outside, as the system does when memory is short")
    if code < 0:
        # Native code that is refused memory often ends the process.
        near = f", with {peak >> 20:,} MiB of {limit >> 20:,} in use"
        return Report(path, Status.CRASHED, f"ended by {signal.Signals(-code).name}{near}")
    return Report(path, Status.CRASHED, f"ended with exit code {code} and no report")


def _kill(pid: int) -> None:
    _kill_group(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Serve over the descriptor that the command line names."""
    # Whoever started the server decides when it ends; a Ctrl-C at the terminal is for that process.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    with contextlib.suppress(EOFError, ConnectionError):  # whoever asked is gone
        Server(connection, Conditions.from_json(connection.recv_bytes())).serve()


if __name__ == "__main__":
    main()
