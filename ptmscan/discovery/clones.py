"""Finds the git directory that a folder belongs to, and trusts one outside the folder only if it points back.

A scanned folder may hold a ``.git`` that leads to any repository of this machine: a file (``gitdir: …``), a link, or a
``commondir`` file inside. Followed blindly, another repository's names and contents would be reported as this one's.
"""

from __future__ import annotations

import os
from pathlib import Path

from ptmscan.discovery.contained import reason
from ptmscan.discovery.git import GitError, GitFolder

# A path and its prefix; git's own files of this kind hold one line.
_MAX_POINTER_BYTES = 8192


def enclosing_top(folder: Path) -> Path | None:
    """The nearest folder, from `folder` (absolute) upwards, that holds a ``.git``."""
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None


def git_folder_of(top: Path) -> GitFolder:
    """The git directory of the work tree `top` (absolute, resolved).

    Raises:
        GitError: its ``.git`` is none, or is that of another folder.
    """
    try:
        return _git_folder_of(top)
    except OSError as error:
        raise GitError(f"its .git cannot be read: {reason(error)}") from error


def _git_folder_of(top: Path) -> GitFolder:
    dot_git = top / ".git"
    git_dir = _resolved(_pointer(dot_git, "gitdir:", top) if dot_git.is_file() else dot_git)
    if not is_git_dir(git_dir):
        raise GitError("its .git is not a git directory")
    folder = GitFolder(git_dir, top)
    if _is_linked_work_tree(git_dir, dot_git):
        return folder
    _require_own_objects(git_dir)
    if git_dir != dot_git and not _is_submodule(folder):
        raise GitError("its .git leads to a git directory that does not lead back")
    return folder


def bare_git_folder(folder: Path) -> GitFolder | None:
    """`folder` (absolute, resolved) itself as a git directory, if it is one.

    Raises:
        GitError: it takes its objects from another repository.
    """
    if not is_git_dir(folder):
        return None
    _require_own_objects(folder)
    return GitFolder(folder, None)


def is_git_dir(folder: Path) -> bool:
    """Whether a folder has what git asks of a git directory (gitrepository-layout(5)); a linked one has a commondir."""
    has_objects = (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return (folder / "HEAD").is_file() and (has_objects or (folder / "commondir").is_file())


def _require_own_objects(git_dir: Path) -> None:
    links = any((git_dir / name).is_symlink() for name in ("objects", "refs", "packed-refs"))
    if links or (git_dir / "commondir").exists():
        raise GitError("its git directory takes refs or objects from another repository")


def _is_linked_work_tree(git_dir: Path, dot_git: Path) -> bool:
    """`git worktree add` makes COMMON/worktrees/NAME, with the way back in its file ``gitdir`` (git-worktree(1))."""
    back, common = git_dir / "gitdir", git_dir / "commondir"
    if not (back.is_file() and common.is_file() and git_dir.parent.name == "worktrees"):
        return False
    leads_back = _pointer(back, "", git_dir).absolute() == dot_git
    return leads_back and _resolved(_pointer(common, "", git_dir)) == git_dir.parent.parent


def _is_submodule(folder: GitFolder) -> bool:
    """`git submodule` sets core.worktree, relative to the git directory (gitsubmodules(7))."""
    try:
        value = folder.run("config", "--no-includes", "--get", "core.worktree").decode("utf-8", "surrogateescape")
    except GitError:
        return False
    return _resolved(folder.git_dir / value.rstrip("\n")) == folder.top


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises on a circle of links


def _pointer(file: Path, prefix: str, base: Path) -> Path:
    """The path that a file of one line holds.

    Raises:
        GitError: it holds something else.
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        line = stream.read(_MAX_POINTER_BYTES).decode("utf-8", "surrogateescape").rstrip("\r\n")
    if not line.startswith(prefix) or "\n" in line or "\0" in line:
        raise GitError("its .git is not a git directory")
    return base / line.removeprefix(prefix).strip()
