"""Decides what kind of tree a path is."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from ptmscan.discovery.clones import bare_git_folder, enclosing_top, git_folder_of
from ptmscan.discovery.contained import reason
from ptmscan.discovery.git import GitError
from ptmscan.discovery.git_tree import GitTree
from ptmscan.discovery.tree import is_contained
from ptmscan.discovery.work_tree import WorkTree
from ptmscan.errors import UsageError
from ptmscan.records import DiagnosticCode

if TYPE_CHECKING:
    from pathlib import Path

    from ptmscan.discovery.tree import FileTree


def open_tree(path: Path, revision: str | None = None) -> FileTree:
    """The files of a repository, of a folder, or a single file.

    - In a clone: the files that git tracks at or below `path`; their paths start at the top of the work tree.
    - A folder in no clone, or in which the clone around it tracks nothing: a walk that honours .gitignore files.
    - A file: that file alone, tracked or not.
    - With a `revision`, or where `path` is a bare repository (then HEAD): the files of that commit, from git's objects.

    What is wrong with a clone's git directory becomes a diagnostic of the tree, and the folder is walked.

    Raises:
        UsageError: nothing is there, or it is neither file nor folder, or there is no such revision.
    """
    located = _locate(path)
    try:
        bare = bare_git_folder(located)
        if bare is not None:
            return GitTree(bare, revision or "HEAD")
        top = enclosing_top(located)
        if revision is not None:
            return _open_commit(located, top, revision)
    except GitError as error:
        raise UsageError(f"{path}: {error}") from error
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error
    if top is None or not is_contained(_below(located, top) or "top"):
        return _open_plain(located)
    return _open_clone(located, top)


def open_around(path: Path) -> tuple[FileTree, str]:
    """The whole clone around a path, and where the path lies in it: names lead from any file into any other.

    Outside of clones, and for a folder in which the clone tracks nothing, the files at the path alone, and "". A file
    that the clone does not track is added to its files.

    Raises:
        UsageError: as `open_tree`.
    """
    located = _locate(path)
    try:
        top = None if bare_git_folder(located) is not None else enclosing_top(located)
        if top is None or top == located or not is_contained(_below(located, top)):
            return open_tree(path), ""
        clone = git_folder_of(top)
        names = clone.tracked("")
    except (GitError, OSError):
        return open_tree(path), ""
    below = _below(located, top)
    if not located.is_dir():
        return WorkTree(top, names=names if below in names else [*names, below], clone=clone), below
    if any(name.startswith(f"{below}/") for name in names):
        return WorkTree(top, names=names, clone=clone), below
    return _open_plain(located), ""


def _locate(path: Path) -> Path:
    """The absolute path without links; a link to a file stays one, so that a clone cannot point out of itself.

    Raises:
        UsageError: nothing that can be scanned is there.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return path.resolve(strict=True)
        if not stat.S_ISREG(mode):
            raise UsageError(f"{path}: neither a file nor a folder")
        return path.parent.resolve(strict=True) / path.name
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error


def _open_commit(located: Path, top: Path | None, revision: str) -> FileTree:
    if top is None:
        raise GitError(f"not in a git repository, so there is no revision {revision!r}")
    return GitTree(git_folder_of(top), revision, below=_below(located, top))


def _open_plain(located: Path) -> FileTree:
    if located.is_dir():
        return WorkTree(located)
    file = located.resolve(strict=True)
    return WorkTree(file.parent, names=[file.name])


def _open_clone(located: Path, top: Path) -> FileTree:
    below = _below(located, top)
    try:
        clone = git_folder_of(top)
        names = clone.tracked(below) if located.is_dir() else [below]
    except GitError as error:
        note = (".git", DiagnosticCode.UNREADABLE, f"{error}; read as a folder that is no clone")
        return WorkTree(top, below=below, names=None if located.is_dir() else [below], notes=[note])
    return WorkTree(top, names=names, clone=clone) if names else _open_plain(located)


def _below(located: Path, top: Path) -> str:
    """The path from the top of the work tree, empty for the top itself."""
    return "" if located == top else located.relative_to(top).as_posix()
