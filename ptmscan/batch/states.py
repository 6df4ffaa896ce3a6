"""What tells that a repository has changed since it was scanned, and how much work it is, without reading files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ptmscan.batch.folder_states import folder_state
from ptmscan.batch.jobs import Selection
from ptmscan.discovery.clones import bare_git_folder, git_folder_of
from ptmscan.discovery.git import FULL_HASH, GitError, GitFolder
from ptmscan.discovery.heads import head_commit, index_size, packed_size

# A tracked file takes about so much of git's index, and so much of a pack: the former is the unit of weights.
_INDEX_BYTES, _PACK_BYTES = 100, 4_000


@dataclass(frozen=True, slots=True)
class Look:
    """A repository as it is now. `state` is None where nothing tells of its next change; `weight` grows with work."""

    state: str | None
    weight: int


def look(folder: Path, selection: Selection) -> Look:
    """Look at a repository: of a clone the commit, of another folder the sizes and times of all files."""
    try:
        clone = clone_at(folder)
    except GitError as error:
        return Look(f"{selection}: {error}", 0)
    except OSError as error:
        return Look(f"{selection}: {error.strerror}", 0)
    if clone is not None:
        return Look(f"{selection}: {_state(clone, selection)}", _weight(clone))
    if not folder.is_dir():
        return Look(f"{selection}: not there", 0)
    state, entries = folder_state(os.path.realpath(folder))
    return Look(None if state is None else f"{selection}: {state}", entries * _INDEX_BYTES)


def clone_at(folder: Path) -> GitFolder | None:
    """The clone, bare or not, whose top a folder is; None where it is a folder without git.

    Raises:
        GitError: its git directory is broken, or another's.
        OSError: it cannot be looked into.
    """
    top = Path(os.path.realpath(folder))
    if os.path.lexists(top / ".git"):
        return git_folder_of(top)
    return bare_git_folder(top)


def _state(clone: GitFolder, selection: Selection) -> str:
    if selection.commit is not None:
        # A full hash always means the same commit; a branch does not.
        is_fixed = FULL_HASH.fullmatch(selection.commit)
        return selection.commit if is_fixed else str(clone.commit_of(selection.commit))
    head = head_commit(clone) or "no commit"
    # While a clone is being made its HEAD is there before the files are.
    return head if selection.before or clone.top is None else f"{head} with {index_size(clone)}"


def _weight(clone: GitFolder) -> int:
    return index_size(clone) or packed_size(clone) * _INDEX_BYTES // _PACK_BYTES
