"""The only door to a repository's files: `open_tree` and `open_around` give a FileTree of disk, git or memory."""

from __future__ import annotations

from ptmscan.discovery.git_tree import GitTree
from ptmscan.discovery.memory_tree import MemoryTree
from ptmscan.discovery.opening import open_around, open_tree
from ptmscan.discovery.tree import (
    MAX_FILE_BYTES,
    MAX_NOTEBOOK_BYTES,
    PYTHON_SUFFIXES,
    FileEntry,
    FileTree,
    is_python,
    select_python,
)
from ptmscan.discovery.work_tree import WorkTree

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_NOTEBOOK_BYTES",
    "PYTHON_SUFFIXES",
    "FileEntry",
    "FileTree",
    "GitTree",
    "MemoryTree",
    "WorkTree",
    "is_python",
    "open_around",
    "open_tree",
    "select_python",
]
