"""The near end of a server: start it, hand it jobs, take reports. Imports nothing of the analysis."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from multiprocessing.connection import Pipe
from pathlib import Path

import ptmscan
from ptmscan.batch.jobs import Conditions, Job, Report
from ptmscan.errors import PtmscanError, UsageError

_START_SECONDS = 120.0
_END_SECONDS = 0.5


class EngineError(PtmscanError):
    """What runs the scans cannot be started, or is gone. What was done until then is kept."""


class ServerDiedError(Exception):
    """A server ended while it had work."""


class ServerProcess:
    """A server of its own, with its children. Closing it ends them; so does the end of this process, whatever it is.

    Raises:
        EngineError: it does not start.
    """

    def __init__(self, conditions: Conditions) -> None:
        if not hasattr(os, "fork"):
            raise UsageError("a batch needs an operating system that can fork processes")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process lives
        self._connection, theirs = Pipe()
        with theirs:
            # -P: no module is ever found in the working folder, which may be a stranger's.
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", "-m", "ptmscan.batch.server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,
            )
        self._wait_until_ready(conditions)

    def send(self, job: Job) -> None:
        """Have a job done.

        Raises:
            ServerDiedError: the server is gone.
        """
        try:
            self._connection.send_bytes(job.to_json().encode())
        except OSError as error:
            raise ServerDiedError from error

    def receive(self) -> Report:
        """The next report; waits for it.

        Raises:
            ServerDiedError: the server is gone.
        """
        try:
            return Report.unpacked(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise ServerDiedError from error

    def close(self) -> None:
        """End the server and its children."""
        self._connection.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _wait_until_ready(self, conditions: Conditions) -> None:
        try:
            self._connection.send_bytes(conditions.to_json().encode())
            if self._connection.poll(_START_SECONDS) and self._connection.recv_bytes() == b"ready":
                return
            reason = f"it was not ready after {_START_SECONDS:g} s"
        except (EOFError, OSError):
            reason = self._last_words()
        except BaseException:
            self.close()
            raise
        self.close()
        raise EngineError(f"the server of child processes does not start: {reason}")

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}"


def _environment() -> dict[str, str]:
    """The environment of a server: it finds the ptmscan that this process runs, whatever made that importable."""
    paths = [str(Path(ptmscan.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
