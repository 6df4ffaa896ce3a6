"""A FileTree over files on disk: the tracked files of a clone, or a folder."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ptmscan.discovery.contained import ContainedFolder
from ptmscan.discovery.file_lister import FileLister
from ptmscan.discovery.tree import ListedTree, Listing, ListingBuilder, printable
from ptmscan.discovery.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ptmscan.discovery.git import GitFolder
    from ptmscan.records import DiagnosticCode


class WorkTree(ListedTree):
    """Files on disk.

    Args:
        root: absolute and resolved; paths of entries start here.
        below: only this folder below `root` is walked.
        names: the files to list, as paths from `root`; None: walk.
        clone: the git directory that names the repository and the commit.
        notes: what was already found to be wrong, as (path, code, message).
    """

    def __init__(
        self,
        root: Path,
        *,
        below: str = "",
        names: Sequence[str] | None = None,
        clone: GitFolder | None = None,
        notes: Sequence[tuple[str, DiagnosticCode, str]] = (),
    ) -> None:
        self._folder = ContainedFolder(root)
        self._below = below
        self._names = names
        self._clone = clone
        self._notes = tuple(notes)

    @cached_property
    def repository(self) -> str:
        """`owner/name` of the remote, else the folder's name."""
        remote = self._clone.remote_name() if self._clone else None
        return remote or printable(self._folder.root.name) or "/"

    @cached_property
    def commit(self) -> str | None:
        """The full hash of the commit that is checked out; None outside git."""
        return self._clone.head() if self._clone else None

    def _make_listing(self) -> Listing:
        listing = ListingBuilder()
        for path, code, message in self._notes:
            listing.problem(path, code, message)
        lister = FileLister(self._folder, listing)
        if self._names is None:
            walk(lister, self._below)
        else:
            lister.add_named(self._names)
        lister.follow_links()
        return listing.build()

    def _load(self, path: str, location: str) -> bytes:
        return self._folder.read(location, path)
