"""The process of one repository: its limits, its scan, its report in a file that only the server and it can reach."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from ptmscan.batch.jobs import Report, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from ptmscan.batch.jobs import Conditions, Job

# The server ends a child whose time is up. Where the server is gone, the child's own clock does, a little later.
GRACE = 5.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


def run_child(job: Job, conditions: Conditions, scan: Callable[[Job], Report], target: int) -> NoReturn:
    """Scan and write the report to the descriptor `target`; never returns. To be called right after a fork.

    A child that is ended from outside leaves no report, or a part of one: how it ended tells why.
    """
    code = 70  # EX_SOFTWARE of sysexits(3): no report
    try:
        os.setpgid(0, 0)
        end_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, conditions.seconds + GRACE)
        limit_memory(conditions.memory)
        _write(target, _scanned(job, scan).packed())
        code = 0
    finally:
        os._exit(code)


def end_with_parent() -> None:
    """Have the system end this process when its parent ends; on Linux, elsewhere its own clock has to do."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library that is linked in, without the function
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_memory(size: int) -> None:
    """Limit this process's address space to so many bytes, and leave no core dump."""
    for kind, value in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # a lower limit is in force already
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _scanned(job: Job, scan: Callable[[Job], Report]) -> Report:
    try:
        return scan(job)
    except MemoryError:
        pass  # outside of the handler, what the traceback holds can be freed
    except Exception as error:  # a mistake of ours costs one repository
        return Report(job.path, Status.FAILED, f"{type(error).__name__}: {error} ({_place(error)})")
    return Report(job.path, Status.MEMORY, "more memory than it may have")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else sys.platform  # noqa: PTH119


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
