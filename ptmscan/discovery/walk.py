"""Lists a folder that is no clone: all below it but what .gitignore files exclude and what tools put there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.discovery.contained import reason
from ptmscan.discovery.ignore import IgnoreFile, read_ignore_file
from ptmscan.records import DiagnosticCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.discovery.file_lister import FileLister

# Folders of what tools made or installed, not of the repository's own code. The folder given as PATH is always walked.
SKIPPED_FOLDERS = frozenset(
    {
        ".hg", ".svn", "__pycache__", ".eggs", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache",
        ".ruff_cache", ".tox", "node_modules", "site-packages",
    }
)  # fmt: skip
# A virtual environment has this file whatever its name is (PEP 405).
VIRTUAL_ENVIRONMENT_MARK = "pyvenv.cfg"


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be walked, with the ignore files that apply to it, the innermost first."""

    path: str
    ignore_files: tuple[IgnoreFile, ...]

    def child(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """The innermost file with an opinion decides (gitignore(5))."""
        for ignore_file in self.ignore_files:
            decision = ignore_file.decide(path, is_folder=is_folder)
            if decision is not None:
                return decision
        return False


def walk(lister: FileLister, below: str = "") -> None:
    """Hand every file below the folder `below` (POSIX, from the lister's folder; empty: all) to the lister."""
    pending = [_start(lister, below)]
    while pending:
        folder = pending.pop()
        pending.extend(_walk_folder(lister, folder))


def _start(lister: FileLister, below: str) -> _Folder:
    """`below` with the ignore files of the folders above it, up to the lister's folder."""
    folder = _Folder("", ())
    for name in below.split("/") if below else ():
        folder = _Folder(folder.child(name), _with_own(lister, folder))
    return folder


def _with_own(lister: FileLister, folder: _Folder) -> tuple[IgnoreFile, ...]:
    own = read_ignore_file(lister, folder.child(".gitignore"))
    return (own, *folder.ignore_files) if own else folder.ignore_files


def _walk_folder(lister: FileLister, folder: _Folder) -> Iterator[_Folder]:
    """Hand over the files of one folder; the folders in it that are to be walked."""
    try:
        with os.scandir(lister.folder.absolute(folder.path)) as found:
            children = sorted(found, key=lambda child: child.name)
    except OSError as error:
        lister.listing.problem(folder.path or ".", DiagnosticCode.UNREADABLE, f"the folder: {reason(error)}")
        return
    names = {child.name for child in children}
    if VIRTUAL_ENVIRONMENT_MARK in names and folder.path:
        return
    inside = _Folder(folder.path, _with_own(lister, folder) if ".gitignore" in names else folder.ignore_files)
    for child in children:
        path = folder.child(child.name)
        status = _status(lister, path, child)
        if status is None:
            continue
        is_folder = stat.S_ISDIR(status.st_mode)
        # A .git may be a folder, a file or a link.
        is_of_tool = child.name == ".git" or (is_folder and child.name in SKIPPED_FOLDERS)
        if is_of_tool or inside.ignores(path, is_folder=is_folder):
            continue
        if is_folder:
            yield _Folder(path, inside.ignore_files)
        else:
            lister.add(path, status)


def _status(lister: FileLister, path: str, child: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return child.stat(follow_symlinks=False)
    except OSError as error:
        lister.listing.python_problem(path, DiagnosticCode.UNREADABLE, reason(error))
        return None
