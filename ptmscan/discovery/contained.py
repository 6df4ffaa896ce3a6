"""Reads files below one folder and nowhere else, and nothing but regular files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ptmscan.discovery.tree import is_contained, size_limit, too_large
from ptmscan.errors import UnreadableFileError
from ptmscan.records import DiagnosticCode

_CHUNK_BYTES = 1 << 20
# Without O_NONBLOCK opening a FIFO waits for its writer; without O_NOFOLLOW a link in the last place is followed.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class ContainedFolder:
    """A folder whose files can be read by their path relative to it, when no part of the path is a link.

    Folders are looked at once: a tree that is being changed by someone else while it is read is not defended against.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real = {"": True}

    def absolute(self, path: str) -> str:
        """The path of the file system for a path below the folder."""
        return f"{self.root}/{path}" if path else str(self.root)

    def is_real(self, folder: str) -> bool:
        """Whether a folder below the root is a folder and reached without a link."""
        unknown = []
        while folder not in self._real:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        real = self._real[folder]
        for deeper in reversed(unknown):
            real = self._real[deeper] = real and self._is_folder(deeper)
        return real

    def read(self, path: str, shown: str) -> bytes:
        """The bytes of a file; `shown` is its path in errors and for the size limit.

        Raises:
            UnreadableFileError: a link, not regular, too large, not there, no permission.
        """
        if not self.is_real(path.rpartition("/")[0]):
            raise UnreadableFileError(shown, DiagnosticCode.OUTSIDE_TREE, "a folder on its path is a link")
        try:
            descriptor = os.open(self.absolute(path), _FLAGS)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise UnreadableFileError(shown, DiagnosticCode.NOT_REGULAR, "a link; not followed") from error
            raise UnreadableFileError(shown, DiagnosticCode.UNREADABLE, reason(error)) from error
        try:
            return _read_regular(descriptor, shown)
        except OSError as error:
            raise UnreadableFileError(shown, DiagnosticCode.UNREADABLE, reason(error)) from error
        finally:
            os.close(descriptor)

    def resolve(self, path: str) -> str | None:
        """Where a link below the folder leads, relative to it; None if that is outside, or among git's own files.

        Raises:
            OSError: it leads nowhere or in a circle.
        """
        target = Path(os.path.realpath(self.absolute(path), strict=True))
        if not target.is_relative_to(self.root):
            return None
        relative = target.relative_to(self.root).as_posix()
        return relative if relative == "." or is_contained(relative) else None

    def _is_folder(self, folder: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(self.absolute(folder)).st_mode)
        except (OSError, ValueError):
            return False


def reason(error: OSError) -> str:
    """Why the system refused, in its own words but without the absolute path."""
    return (error.strerror or type(error).__name__).lower()


def kind(mode: int) -> str:
    """What a special file is, by its mode."""
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    if stat.S_ISSOCK(mode):
        return "a socket"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device"
    return "a folder" if stat.S_ISDIR(mode) else "not a regular file"


def _read_regular(descriptor: int, shown: str) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError(shown, DiagnosticCode.NOT_REGULAR, f"{kind(status.st_mode)}; not opened")
    if status.st_size > size_limit(shown):
        raise too_large(shown, status.st_size)
    chunks = []
    total = 0
    while True:
        asked = max(status.st_size + 1 - total, _CHUNK_BYTES if total else 1)
        chunk = os.read(descriptor, asked)
        chunks.append(chunk)
        total += len(chunk)
        if total > size_limit(shown):
            raise too_large(shown, total)
        # The size is where to begin, not relied on: a file may grow, and some file systems report 0.
        if len(chunk) < asked:
            return b"".join(chunks)
