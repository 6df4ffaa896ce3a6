"""From the paths of a command line to one FileTree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.discovery import FileEntry, FileTree, open_around, open_tree
from ptmscan.errors import UnreadableFileError, UsageError
from ptmscan.records import Diagnostic, DiagnosticCode

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Opened:
    """A repository, and the paths in it to be scanned, each a file or a folder; none: all of it."""

    tree: FileTree
    below: tuple[str, ...] = ()


def open_paths(paths: Sequence[Path], exclude: Sequence[str] = ()) -> Opened:
    """The repository around the paths, which must lie in one, without what a gitignore-style pattern excludes.

    Raises:
        UsageError: a path does not exist, paths of several repositories, a pattern that is none.
    """
    found = [open_around(path) for path in paths]
    trees = [tree for tree, _ in found]
    below = () if any(not inside for _, inside in found) else tuple(inside for _, inside in found)
    if len(trees) == 1 and not exclude:
        return Opened(trees[0], below)
    if len({(tree.repository, tree.commit) for tree in trees}) > 1 or (len(trees) > 1 and trees[0].commit is None):
        raise UsageError("several paths must lie in one git clone; scan one repository at a time")
    return Opened(SelectedTree(trees, _compile(exclude), tuple(exclude)), below)


def open_commit(top: Path, revision: str, exclude: Sequence[str] = ()) -> FileTree:
    """The files of one commit of the clone at `top`, read from git's objects, without what is excluded.

    Raises:
        UsageError: no clone, no such commit, a pattern that is none.
    """
    tree = open_tree(top, revision)
    return SelectedTree([tree], _compile(exclude), tuple(exclude)) if exclude else tree


def _compile(patterns: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except GitIgnorePatternError as error:
        raise UsageError(f"exclude: {error}") from error


class SelectedTree:
    """The files of several trees of one repository, without the excluded ones; those are not read at all."""

    def __init__(self, trees: Sequence[FileTree], excluded: GitIgnoreSpec, patterns: tuple[str, ...] = ()) -> None:
        self._trees = trees
        self._excluded = excluded
        self._patterns = patterns
        self.repository = trees[0].repository
        self.commit = trees[0].commit

    @cached_property
    def _owners(self) -> dict[str, tuple[FileEntry, FileTree]]:
        found = {entry.path: (entry, tree) for tree in self._trees for entry in tree.entries()}
        return {path: found[path] for path in sorted(found) if not self._excluded.match_file(path)}

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(str(folder) for path in self._owners for folder in Path(path).parents)

    def entries(self) -> tuple[FileEntry, ...]:
        """Every selected file, sorted by path."""
        return tuple(entry for entry, _ in self._owners.values())

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the trees had to leave out, but for what is excluded."""
        found = dict.fromkeys(problem for tree in self._trees for problem in tree.diagnostics())
        return tuple(problem for problem in found if not self._excluded.match_file(problem.path))

    def state(self) -> str | None:
        """A digest of the trees and of what is excluded; None if that of a tree cannot be told."""
        states = [tree.state() for tree in self._trees]
        return None if None in states else repr((states, self._patterns))

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableFileError: not selected, or as the tree says that holds it.
        """
        if path not in self._owners:
            raise UnreadableFileError(path, DiagnosticCode.UNREADABLE, "not among the selected files")
        return self._owners[path][1].read(path)

    def is_file(self, path: str) -> bool:
        """Whether the selection holds a file of that path."""
        return path in self._owners

    def is_dir(self, path: str) -> bool:
        """Whether the selection holds a file below that path."""
        return (path.rstrip("/") or ".") in self._folders
