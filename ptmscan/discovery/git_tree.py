"""A FileTree over git objects: a commit of a clone, bare or not, without touching its work tree."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ptmscan.discovery.blobs import MISSING, BlobReader
from ptmscan.discovery.git import GitError
from ptmscan.discovery.git_listing import committed_files
from ptmscan.discovery.tree import (
    OUTSIDE,
    ListedTree,
    Listing,
    ListingBuilder,
    folders_of,
    is_contained,
    printable,
    size_limit,
    too_large,
)
from ptmscan.errors import UnreadableFileError, UsageError
from ptmscan.records import DiagnosticCode

if TYPE_CHECKING:
    from ptmscan.discovery.git import GitFolder
    from ptmscan.discovery.git_listing import CommittedFile

MAX_LINK_BYTES = 4096
MAX_LINKS_FOLLOWED = 40  # as Linux does: path_resolution(7)


class GitTree(ListedTree):
    """The files of one commit.

    Args:
        folder: the clone's git directory (see `clones`).
        revision: anything that names a commit: a hash, a branch, ``HEAD~3``.
        below: only this file, or what is below this folder, of the commit (POSIX); empty: all.

    Raises:
        UsageError: the repository holds no such commit, or git cannot be run.
    """

    def __init__(self, folder: GitFolder, revision: str = "HEAD", *, below: str = "") -> None:
        commit = folder.commit_of(revision)
        if commit is None:
            raise UsageError(f"{folder.name}: the repository holds no commit {revision!r}")
        self.commit = commit
        self._git = folder
        self._below = below
        self._blobs = BlobReader(folder)
        self._objects: dict[str, tuple[str, int]] = {}

    @cached_property
    def repository(self) -> str:
        """`owner/name` of the remote, else the folder's name."""
        return self._git.remote_name() or printable(self._git.name)

    def _make_listing(self) -> Listing:
        listing = ListingBuilder()
        links: dict[str, str] = {}
        for file in self._committed():
            if file.size is None:
                if self._selects(file.path):
                    listing.python_problem(file.path, DiagnosticCode.MISSING_OBJECT, MISSING)
            elif file.is_link:
                links[file.path] = self._link_text(file.path, file.object_id, file.size)
            else:
                self._objects[file.path] = (file.object_id, file.size)
        for path, (object_id, size) in self._objects.items():
            if self._is_wanted(path, listing):
                listing.add(path, path, size, object_id)
        folders = folders_of(self._objects)
        for path in sorted(links):
            target = _follow(path, links)
            if target not in folders and self._is_wanted(path, listing):
                self._add_link(listing, path, target)
        return listing.build()

    def _committed(self) -> list[CommittedFile]:
        try:
            return committed_files(self._git, self.commit)
        except GitError as error:
            raise UsageError(f"{self._git.name}: {error}") from error

    def _selects(self, path: str) -> bool:
        return not self._below or path == self._below or path.startswith(f"{self._below}/")

    def _is_wanted(self, path: str, listing: ListingBuilder) -> bool:
        if self._selects(path) and not is_contained(path):
            listing.python_problem(path, DiagnosticCode.OUTSIDE_TREE, "its path leads out of the repository")
            return False
        return self._selects(path)

    def _add_link(self, listing: ListingBuilder, path: str, target: str | None) -> None:
        if target is None:
            listing.python_problem(path, DiagnosticCode.OUTSIDE_TREE, OUTSIDE)
        elif target in self._objects:
            object_id, size = self._objects[target]
            listing.add_link(path, target, size, object_id)
        else:
            listing.python_problem(path, DiagnosticCode.UNREADABLE, "a link that leads to no file of the commit")

    def _link_text(self, path: str, object_id: str, size: int) -> str:
        """Where a link says it leads; empty, which leads to no file, if it cannot be read."""
        if size > MAX_LINK_BYTES:
            return ""
        try:
            return self._blobs.read(object_id, path).decode("utf-8", "surrogateescape")
        except UnreadableFileError:
            return ""

    def _load(self, path: str, location: str) -> bytes:
        object_id, size = self._objects[location]
        if size > size_limit(path):
            raise too_large(path, size)
        return self._blobs.read(object_id, path)


def _follow(path: str, links: dict[str, str]) -> str | None:
    """The path that a link leads to, through further links; None if that is outside. A circle leads to a link."""
    done: list[str] = []
    pending = path.split("/")[::-1]
    followed = 0
    while pending:
        part = pending.pop()
        here = "/".join([*done, part])
        if part == "..":
            if not done:
                return None
            done.pop()
        elif part in {"", "."}:
            continue
        elif here in links and followed < MAX_LINKS_FOLLOWED:
            followed += 1
            if links[here].startswith("/"):
                return None
            pending.extend(links[here].split("/")[::-1])
        else:
            done.append(part)
    return "/".join(done)
