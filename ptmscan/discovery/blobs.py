"""Reads git objects through one ``git cat-file --batch`` that lives as long as its reader."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
import weakref
from typing import TYPE_CHECKING

from ptmscan.discovery.git import TIMEOUT, GitError, environment
from ptmscan.errors import UnreadableFileError
from ptmscan.records import DiagnosticCode

if TYPE_CHECKING:
    from ptmscan.discovery.git import GitFolder

MISSING = "the clone lacks the file's content (a partial clone); it is not fetched"
_CHUNK_BYTES = 1 << 20
_MAX_HEADER_BYTES = 200


class BlobReader:
    """Blobs by their object id. The process is started on first demand, per process of ours, and again when it died."""

    def __init__(self, folder: GitFolder) -> None:
        self._folder = folder
        self._process: _CatFile | None = None

    def read(self, object_id: str, path: str) -> bytes:
        """The content of a blob; `path` is for the error.

        Raises:
            UnreadableFileError: the object is missing, damaged or no blob, or git took too long.
        """
        try:
            return self._running().read(object_id, path)
        except (GitError, OSError) as error:
            self.close()
            raise UnreadableFileError(path, DiagnosticCode.MISSING_OBJECT, f"git cannot read it: {error}") from error

    def close(self) -> None:
        """End the process; it is started again on the next read."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def __getstate__(self) -> GitFolder:
        return self._folder

    def __setstate__(self, folder: GitFolder) -> None:
        self._folder, self._process = folder, None

    def _running(self) -> _CatFile:
        # A pipe that two processes read from would give each of them parts of the other's files.
        if self._process is None or self._process.owner != os.getpid():
            self._process = _CatFile(self._folder)
        return self._process


class _CatFile:
    """A running ``git cat-file --batch``: an object id in, ``ID TYPE SIZE``, the content and a newline out."""

    def __init__(self, folder: GitFolder) -> None:
        self.owner = os.getpid()
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            folder.command("cat-file", "--batch"),
            cwd=folder.top or folder.git_dir,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: PT018, S101 - pipes, see above
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._pending = b""
        self._poll = select.poll() if hasattr(select, "poll") else None  # Windows: a pipe cannot be waited for
        if self._poll is not None:
            self._poll.register(self._stdout, select.POLLIN)
        self.close = weakref.finalize(self, _end, self._process, self.owner)

    def read(self, object_id: str, path: str) -> bytes:
        """The content of a blob."""
        deadline = time.monotonic() + TIMEOUT
        os.write(self._stdin, object_id.encode("ascii") + b"\n")
        header = self._header(deadline).split()
        if len(header) != 3 or header[1] != b"blob":
            raise UnreadableFileError(path, DiagnosticCode.MISSING_OBJECT, _why_no_blob(header))
        return self._exactly(int(header[2]) + 1, deadline)[:-1]

    def _header(self, deadline: float) -> bytes:
        while b"\n" not in self._pending:
            if len(self._pending) > _MAX_HEADER_BYTES:
                raise GitError("it answered something unexpected")
            self._pending += self._some(deadline)
        header, _, self._pending = self._pending.partition(b"\n")
        return header

    def _exactly(self, size: int, deadline: float) -> bytes:
        chunks = [self._pending]
        total = len(self._pending)
        while total < size:
            chunks.append(self._some(deadline))
            total += len(chunks[-1])
        data = b"".join(chunks)
        self._pending = data[size:]
        return data[:size]

    def _some(self, deadline: float) -> bytes:
        """Whatever has been printed, at least one byte."""
        left = max(0.0, deadline - time.monotonic())
        if self._poll is not None and not self._poll.poll(left * 1000):
            raise GitError(f"it took more than {TIMEOUT:g} s")
        chunk = os.read(self._stdout, _CHUNK_BYTES)
        if not chunk:
            raise GitError("it ended, as it does on a damaged object")
        return chunk


def _why_no_blob(header: list[bytes]) -> str:
    if header[-1:] == [b"missing"]:
        return MISSING
    return "the object is not the content of a file"


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """End a process of ours. After a fork the child holds the parent's pipes: it closes its ends and no more."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    if owner == os.getpid():
        process.kill()
        process.wait()
    else:
        process.returncode = 0  # not ours to wait for; without it Popen complains
