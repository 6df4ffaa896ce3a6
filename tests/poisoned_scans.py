"""Stands in for the scan function of a batch: a file POISON in a repository tells how its process is to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.batch.scanning import scan_clone

if TYPE_CHECKING:
    from ptmscan.batch.jobs import Job, Report
    from ptmscan.cache import Cache
    from ptmscan.signatures.catalogue import Catalogue

MARK = "POISON"
SLEEP_SECONDS = 0.2


def scan(job: Job, catalogue: Catalogue, store: Cache | None) -> Report:
    """As `scan_clone`, where there is no poison."""
    mark = Path(job.folder) / MARK
    match mark.read_text().strip() if os.path.isfile(mark) else "":  # noqa: PTH113 - Path.is_file may raise
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "hang":
            time.sleep(600)
        case "spawn":
            # Something that the scan started and that would outlive it.
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (mark.parent / "PID").write_text(str(child.pid))
            time.sleep(600)
        case "sleep":
            # Takes time and no processor.
            time.sleep(SLEEP_SECONDS)
        case "memory":
            _ = [bytes(50_000_000) for _ in range(10_000)]
        case "error":
            raise ValueError("a mistake of ours")
        case "server":
            (mark.parent / "PID").write_text(str(os.getpid()))
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(600)
        case "worker":
            # Of dask: once, by way of the server, whose parent it is.
            mark.unlink()
            os.kill(int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGKILL)
            time.sleep(600)
    return scan_clone(job, catalogue, store)
