"""CONTRACT STUB: helper 'source' replaces the bodies (may become a package ptmscan/discovery/), names and meanings stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ptmscan.records import Diagnostic


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a tree: POSIX path relative to the tree's root, size in bytes."""

    path: str
    size: int


class FileTree(Protocol):
    """The only door to a repository's files, path-contained: nothing outside the tree can be read through it."""

    @property
    def repository(self) -> str:
        """`owner/name` of the remote, else the folder's name."""

    @property
    def commit(self) -> str | None:
        """The full hash of the commit that is checked out or read; None outside git."""

    def entries(self) -> tuple[FileEntry, ...]:
        """Every file (tracked files in a clone, else a gitignore-aware walk), sorted by path."""

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What `entries` had to leave out and why (unreadable folder, link out of the tree, special file)."""

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableFileError: not there, outside the tree, not a regular file, over the size limit, no permission.
        """

    def is_file(self, path: str) -> bool:
        """Whether the tree holds a file of that path."""

    def is_dir(self, path: str) -> bool:
        """Whether the tree holds a file below that path."""


class MemoryTree:
    """A FileTree over a dictionary, for tests and editors: MemoryTree({"a.py": b"…"})."""

    def __init__(self, files: dict[str, bytes] | dict[str, str], *, repository: str = "memory", commit: str | None = None) -> None:
        self._files = {p: c.encode() if isinstance(c, str) else c for p, c in files.items()}
        self.repository = repository
        self.commit = commit

    def entries(self) -> tuple[FileEntry, ...]:
        return tuple(FileEntry(p, len(c)) for p, c in sorted(self._files.items()))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return ()

    def read(self, path: str) -> bytes:
        return self._files[path]

    def is_file(self, path: str) -> bool:
        return path in self._files

    def is_dir(self, path: str) -> bool:
        return any(p.startswith(path.rstrip("/") + "/") for p in self._files)


def select_python(entries: Iterable[FileEntry]) -> tuple[FileEntry, ...]:
    """The entries that hold Python: .py, .pyw, .ipynb."""
    return tuple(e for e in entries if e.path.endswith((".py", ".pyw", ".ipynb")))
