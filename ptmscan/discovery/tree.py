"""What a FileTree is, and what all of them share: the listing of a tree and the rules for paths and sizes."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from ptmscan.errors import UnreadableFileError
from ptmscan.records import Diagnostic, DiagnosticCode

if TYPE_CHECKING:
    from collections.abc import Iterable

PYTHON_SUFFIXES = (".py", ".pyw", ".ipynb")

MAX_FILE_BYTES = 16_000_000
# A notebook's size is its outputs (images, tables); what matters is the limit on the source that is taken out of it.
MAX_NOTEBOOK_BYTES = 100_000_000

OUTSIDE = "a link that leads out of the repository; not followed"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a tree: POSIX path relative to the tree's root, size in bytes.

    The path can always be printed and encoded: bytes of a file's name that are not UTF-8 are written ``\\xff``.
    """

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
        """Every file (tracked files in a clone, else a gitignore-aware walk), each once, sorted by path."""

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What `entries` had to leave out and why (unreadable folder, link out of the tree, special file)."""

    def state(self) -> str | None:
        """A digest of all that can be read through the tree, found without reading it; None if that cannot be told.

        Two trees of equal state hold the same files with the same contents.
        """

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableFileError: not in the tree, not a regular file (any more), over the size limit, no permission.
        """

    def is_file(self, path: str) -> bool:
        """Whether the tree holds a file of that path."""

    def is_dir(self, path: str) -> bool:
        """Whether the tree holds a file below that path."""


def is_python(path: str) -> bool:
    """Whether a file of that name holds Python: .py, .pyw, .ipynb."""
    return path.endswith(PYTHON_SUFFIXES)


def select_python(entries: Iterable[FileEntry]) -> tuple[FileEntry, ...]:
    """The entries that hold Python: .py, .pyw, .ipynb."""
    return tuple(entry for entry in entries if is_python(entry.path))


def size_limit(path: str) -> int:
    """How many bytes of a file of that name are read at most; a larger file is refused whole."""
    return MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES


def too_large(path: str, size: int) -> UnreadableFileError:
    """The error for a file over its limit; sizes in bytes."""
    return UnreadableFileError(path, DiagnosticCode.TOO_LARGE, f"{size:,} bytes; the limit is {size_limit(path):,}")


def is_contained(path: str) -> bool:
    """Whether a relative POSIX path stays below the folder it starts from and out of its ``.git``, by its text alone.

    Git checks no such thing when it lists an index or a tree that someone else made.
    """
    parts = path.split("/")
    return "\0" not in path and not any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts)


def printable(path: str) -> str:
    """A path without the surrogates that stand for bytes outside UTF-8 (PEP 383), which no output could encode."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    return path


def folders_of(paths: Iterable[str]) -> frozenset[str]:
    """Every folder that holds one of the paths, at any depth; the root is not among them."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(folders)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a tree, and where the tree keeps each: a path below its root, or the id of a git object.

    `locations` also holds links to files that are listed under their own name; those are no entries, but can be read.
    """

    entries: tuple[FileEntry, ...]
    locations: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]
    versions: dict[str, str] = field(default_factory=dict)  # by location: what changes when the content does

    def digest(self) -> str | None:
        """A digest of the files, their versions and what was left out; None where a file has no version."""
        if any(location not in self.versions for location in self.locations.values()):
            return None
        rows = [(path, location, self.versions[location]) for path, location in sorted(self.locations.items())]
        told = [(found.path, found.code, found.message) for found in self.diagnostics]
        return hashlib.sha256(repr((rows, told, len(self.entries))).encode()).hexdigest()


class ListingBuilder:
    """Collects a listing: each file once, under a printable path; what was left out, with its reason."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._locations: dict[str, str] = {}
        self._listed: set[str] = set()
        self._versions: dict[str, str] = {}
        self._diagnostics: list[Diagnostic] = []

    def add(self, raw_path: str, location: str, size: int, version: str | None = None) -> None:
        """Take a file into the listing, if it is not in it already; `version` changes when its content does."""
        if version is not None:
            self._versions[location] = version
        if location not in self._listed and self._locate(raw_path, location):
            self._listed.add(location)
            self._sizes[printable(raw_path)] = size

    def add_link(self, raw_path: str, location: str, size: int, version: str | None = None) -> None:
        """Make a file readable under another path; list it only if it is not listed yet (so links come last)."""
        if location in self._listed:
            self._locate(raw_path, location)
        else:
            self.add(raw_path, location, size, version)

    def problem(self, raw_path: str, code: DiagnosticCode, message: str) -> None:
        """Say why something is not in the listing."""
        self._diagnostics.append(Diagnostic(printable(raw_path), None, code, message))

    def python_problem(self, raw_path: str, code: DiagnosticCode, message: str) -> None:
        """Say why a file is not in the listing, if it would have been read for its Python."""
        if is_python(raw_path):
            self.problem(raw_path, code, message)

    def build(self) -> Listing:
        """The listing, sorted by path."""
        entries = tuple(FileEntry(path, size) for path, size in sorted(self._sizes.items()))
        diagnostics = sorted(set(self._diagnostics), key=lambda found: (found.path, found.code, found.message))
        return Listing(entries, self._locations, tuple(diagnostics), self._versions)

    def _locate(self, raw_path: str, location: str) -> bool:
        path = printable(raw_path)
        if path in self._locations:
            message = "its name cannot be told from another file's once its bytes outside UTF-8 are escaped"
            self.python_problem(raw_path, DiagnosticCode.UNREADABLE, message)
            return False
        self._locations[path] = location
        return True


class ListedTree(ABC):
    """A FileTree over a listing that is made on first demand. Only what is listed can be read."""

    @abstractmethod
    def _make_listing(self) -> Listing:
        """List the files."""

    @abstractmethod
    def _load(self, path: str, location: str) -> bytes:
        """The bytes at a location of the listing; `path` is for the size limit and the error."""

    @cached_property
    def _listing(self) -> Listing:
        return self._make_listing()

    @cached_property
    def _folders(self) -> frozenset[str]:
        return folders_of(self._listing.locations)

    def entries(self) -> tuple[FileEntry, ...]:
        """Every file, each once, sorted by path."""
        return self._listing.entries

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What `entries` had to leave out and why."""
        return self._listing.diagnostics

    def state(self) -> str | None:
        """A digest of all that can be read through the tree, found without reading it; None if that cannot be told."""
        return self._listing.digest()

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableFileError: not in the tree, not a regular file (any more), over the size limit, no permission.
        """
        location = self._listing.locations.get(path)
        if location is None:
            raise UnreadableFileError(path, DiagnosticCode.UNREADABLE, "no such file in the tree")
        return self._load(path, location)

    def is_file(self, path: str) -> bool:
        """Whether the tree holds a file of that path."""
        return path in self._listing.locations

    def is_dir(self, path: str) -> bool:
        """Whether the tree holds a file below that path; the root is ``.`` or empty."""
        folder = path.rstrip("/")
        return folder in self._folders or (folder in {"", "."} and bool(self._listing.locations))
