"""Sorts the things found in a folder into files to list, links to follow, and what cannot be read."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from ptmscan.discovery.contained import kind, reason
from ptmscan.discovery.tree import OUTSIDE, is_contained
from ptmscan.records import DiagnosticCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ptmscan.discovery.contained import ContainedFolder
    from ptmscan.discovery.tree import ListingBuilder


# Beyond the resolution of any file system's times that is still in use (FAT: two seconds).
_RACY_NS = 2_000_000_000
_GONE = "tracked by git, but not in the work tree (deleted, or a sparse checkout)"


class FileLister:
    """Fills a listing with the files of a folder. Links wait until `follow_links`: what they lead to may be listed."""

    def __init__(self, folder: ContainedFolder, listing: ListingBuilder) -> None:
        self.folder = folder
        self.listing = listing
        self._links: list[str] = []
        self._started = time.time_ns()

    def add_named(self, paths: Iterable[str]) -> None:
        """Take the files of those paths below the folder, as git or a person named them."""
        for path in paths:
            if not is_contained(path):
                self.listing.python_problem(path, DiagnosticCode.OUTSIDE_TREE, "its path leads out of the repository")
            elif self.folder.is_real(path.rpartition("/")[0]):
                self._add_unseen(path)
            else:
                self._links.append(path)

    def add(self, path: str, status: os.stat_result) -> None:
        """Take what was found under a path whose folders are no links; `status` is its own, not its target's."""
        if stat.S_ISREG(status.st_mode):
            self.listing.add(path, path, status.st_size, self._version(status))
        elif stat.S_ISLNK(status.st_mode):
            self._links.append(path)
        else:
            message = f"{kind(status.st_mode)}; not opened"
            self.listing.python_problem(path, DiagnosticCode.NOT_REGULAR, message)

    def follow_links(self) -> None:
        """List what the links lead to where it is a file of the tree that is not listed under its own name."""
        for path in sorted(self._links):
            target = self._target(path)
            if target is not None:
                self._add_target(path, target)

    def _add_unseen(self, path: str) -> None:
        try:
            status = os.lstat(self.folder.absolute(path))
        except (FileNotFoundError, NotADirectoryError):
            self.listing.python_problem(path, DiagnosticCode.UNREADABLE, _GONE)
        except OSError as error:
            self.listing.python_problem(path, DiagnosticCode.UNREADABLE, reason(error))
        else:
            self.add(path, status)

    def _version(self, status: os.stat_result) -> str | None:
        """What changes when a file's content does; None for one so new that the next change may have the same times.

        As git's index does: https://git-scm.com/docs/racy-git
        """
        if max(status.st_mtime_ns, status.st_ctime_ns) > self._started - _RACY_NS:
            return None
        times = f"{status.st_mtime_ns}:{status.st_ctime_ns}"
        return f"{status.st_size}:{times}:{status.st_dev}:{status.st_ino}:{status.st_mode}:{status.st_uid}"

    def _target(self, path: str) -> str | None:
        try:
            target = self.folder.resolve(path)
        except OSError as error:
            is_link = os.path.islink(self.folder.absolute(path))  # noqa: PTH114 - Path.is_symlink may raise
            message = f"a link that leads to no file: {reason(error)}" if is_link else _GONE
            self.listing.python_problem(path, DiagnosticCode.UNREADABLE, message)
            return None
        if target is None:
            # A folder may hold any number of modules: its loss is told whatever its name is.
            is_folder = os.path.isdir(self.folder.absolute(path))  # noqa: PTH112 - Path.is_dir may raise
            tell = self.listing.problem if is_folder else self.listing.python_problem
            tell(path, DiagnosticCode.OUTSIDE_TREE, OUTSIDE)
        return target

    def _add_target(self, path: str, target: str) -> None:
        try:
            status = os.lstat(self.folder.absolute(target))
        except OSError as error:
            self.listing.python_problem(path, DiagnosticCode.UNREADABLE, reason(error))
            return
        if stat.S_ISREG(status.st_mode):
            self.listing.add_link(path, target, status.st_size, self._version(status))
        elif not stat.S_ISDIR(status.st_mode):
            message = f"a link to {kind(status.st_mode)}; not opened"
            self.listing.python_problem(path, DiagnosticCode.NOT_REGULAR, message)
