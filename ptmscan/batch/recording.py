"""A tree that remembers what was read through it, so that another tree can be asked for the same."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from ptmscan.errors import UnreadableFileError

if TYPE_CHECKING:
    from ptmscan.discovery import FileEntry, FileTree
    from ptmscan.records import Diagnostic


class RecordingTree:
    """A FileTree that remembers all that it was asked for but its listing.

    `reads` holds the SHA-256 of every file that was read, or why it could not be; `asked` what exists.

    Args:
        tree: where the files come from.
        repository: the name that it gets; None: the tree's own.
    """

    def __init__(self, tree: FileTree, repository: str | None = None) -> None:
        self._tree = tree
        self.repository = repository or tree.repository
        self.commit = tree.commit
        self.reads: dict[str, str] = {}
        self.asked: dict[str, bool] = {}

    def entries(self) -> tuple[FileEntry, ...]:
        """Every file of the tree."""
        return self._tree.entries()

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the tree had to leave out."""
        return self._tree.diagnostics()

    def state(self) -> str | None:
        """The tree's own."""
        return self._tree.state()

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableFileError: as the tree does.
        """
        try:
            data = self._tree.read(path)
        except UnreadableFileError as error:
            self.reads[path] = f"{error.code}: {error.message}"
            raise
        self.reads[path] = content_digest(data)
        return data

    def is_file(self, path: str) -> bool:
        """Whether the tree holds a file of that path."""
        found = self.asked[f"file {path}"] = self._tree.is_file(path)
        return found

    def is_dir(self, path: str) -> bool:
        """Whether the tree holds a file below that path."""
        found = self.asked[f"folder {path}"] = self._tree.is_dir(path)
        return found


def answers_alike(tree: RecordingTree, reads: dict[str, str], asked: dict[str, bool]) -> bool:
    """Whether a tree gives the answers that another one remembers."""
    for question, answer in asked.items():
        kind, _, path = question.partition(" ")
        if (tree.is_file(path) if kind == "file" else tree.is_dir(path)) != answer:
            return False
    return all(_reads_as(tree, path, digest) for path, digest in reads.items())


def _reads_as(tree: RecordingTree, path: str, digest: str) -> bool:
    with contextlib.suppress(UnreadableFileError):  # remembered as well
        tree.read(path)
    return tree.reads[path] == digest


def content_digest(data: bytes) -> str:
    """What stands for the content of a file."""
    return hashlib.sha256(data).hexdigest()
