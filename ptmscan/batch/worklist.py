"""Which repositories a batch is about: the clones below a folder, or those that a list names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ptmscan.discovery.clones import is_git_dir
from ptmscan.discovery.tree import printable
from ptmscan.errors import UsageError

# Folders between the given one and a clone: none, owner/, host/owner/.
MAX_LEVELS = 2
_MAX_LINE = 8192


@dataclass(frozen=True, slots=True)
class Listed:
    """One repository. `path` names it, from the top of the batch; `name` is what its folders say it is called."""

    path: str
    folder: Path
    name: str
    commit: str | None = None

    def is_in_shard(self, number: int, of: int) -> bool:
        """Whether it belongs to a shard. That is told by its path alone: other repositories come and go."""
        digest = hashlib.sha256(self.path.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % of == number


def repositories(source: Path, output: Path) -> Iterator[Listed]:
    """The repositories of a folder of clones, by path, or of a list file, in its order; never the output's folder.

    Below a folder these are clones with a work tree, bare clones, and folders without git, side by side or in folders
    for their owners. A folder that holds nothing but folders, a clone among them, is one of the latter. A line of a
    list is a path from the list's folder, and, after tabs, a commit and a name, both optional; # begins a comment.

    Raises:
        UsageError: nothing is there, the folder is a clone itself, or a line of the list is wrong.
    """
    if source.is_dir():
        if _is_repository(source):
            raise UsageError(f"{source}: is a repository itself, and a batch takes a folder of them; see ptmscan scan")
        output = Path(os.path.realpath(output))
        return (found for found in _below(source, "", MAX_LEVELS) if Path(os.path.realpath(found.folder)) != output)
    if not source.is_file():
        raise UsageError(f"{source}: there is no such folder, and no list of repositories")
    return _of_list(source)


def _below(folder: Path, prefix: str, levels: int) -> Iterator[Listed]:
    try:
        children = sorted(child.name for child in os.scandir(folder) if _is_folder(child))
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error
    for name in children:
        child, path = folder / name, f"{prefix}{name}"
        if name.startswith("."):
            continue
        if levels and not _is_repository(child) and _holds_clones(child, levels - 1):
            yield from _below(child, f"{path}/", levels - 1)
        else:
            yield Listed(path, child, _name(path))


def _holds_clones(folder: Path, levels: int) -> bool:
    """Whether a folder is there to hold clones: no files of its own, and a clone in it or in a folder of that kind."""
    try:
        with os.scandir(folder) as found:
            children = [child for child in found if not child.name.startswith(".")]
        if not all(map(_is_folder, children)):
            return False
    except OSError:
        return False
    folders = [folder / child.name for child in children]
    return any(map(_is_repository, folders)) or (
        levels > 0 and any(_holds_clones(each, levels - 1) for each in folders)
    )


def _is_folder(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir()
    except OSError:  # a link in a circle
        return False


def _is_repository(folder: Path) -> bool:
    try:
        return os.path.lexists(folder / ".git") or is_git_dir(folder)
    except OSError:
        return False


def _name(path: str) -> str:
    """`owner/name` of nested folders, else the folder's name."""
    return printable("/".join(path.split("/")[-2:])).removesuffix(".git")


def _of_list(file: Path) -> Iterator[Listed]:
    seen: set[str] = set()
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            for number, line in enumerate(lines, 1):
                found = _of_line(file, number, line)
                if found is not None and found.path not in seen:
                    seen.add(found.path)
                    yield found
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _of_line(file: Path, number: int, line: str) -> Listed | None:
    if not line.strip() or line.startswith("#"):
        return None
    path, *rest = (part.strip() for part in line.rstrip("\n").split("\t"))
    commit, name = (*(part or None for part in rest), None, None)[:2]
    if not path or len(rest) > 2 or len(line) > _MAX_LINE or "\0" in line:
        raise UsageError(f"{file}:{number}: a line is a path, and after tabs a commit and a name")
    folder = file.absolute().parent / path
    return Listed(path.rstrip("/"), folder, name or printable(folder.name).removesuffix(".git"), commit)
