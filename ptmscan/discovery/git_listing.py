"""Lists what a commit holds, in full clones and in partial ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.discovery.git import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.discovery.git import GitFolder

# The first digits of a mode in a tree object (git-fast-import(1) lists them); 160000 is a submodule, not ours to read.
_FILE = "100"
_LINK = "120"


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """A file or link of a commit; `size` in bytes, None if the clone lacks the content. `path` may hold surrogates."""

    path: str
    object_id: str
    size: int | None
    is_link: bool


def committed_files(folder: GitFolder, commit: str) -> list[CommittedFile]:
    """The files and links of a commit, in git's order; submodules are left out.

    Raises:
        GitError: git cannot list it, for example because folders are missing as well.
    """
    try:
        return [*_files(folder.run("ls-tree", "-r", "-z", "--long", "--full-tree", commit), {})]
    except GitError:
        return _partial(folder, commit)


def _partial(folder: GitFolder, commit: str) -> list[CommittedFile]:
    """In a partial clone git dies of the first missing object that it is asked about, unless told to expect some."""
    printed = folder.run("ls-tree", "-r", "-z", "--full-tree", commit)
    about = folder.run("rev-list", "--objects", "--no-object-names", "--missing=print", "--max-count=1", commit)
    present = b"\n".join(line for line in about.splitlines() if not line.startswith(b"?"))
    checked = folder.run("cat-file", "--batch-check=%(objectname) %(objectsize)", data=present + b"\n")
    sizes = dict(line.split() for line in checked.decode("ascii", "replace").splitlines())
    return [*_files(printed, sizes)]


def _files(printed: bytes, sizes: dict[str, str]) -> Iterator[CommittedFile]:
    """Parse ``MODE TYPE ID[ SIZE]<tab>PATH<nul>``; where the size is not printed it is in `sizes`."""
    for line in printed.decode("utf-8", "surrogateescape").split("\0"):
        about, _, path = line.partition("\t")
        if about.startswith((_FILE, _LINK)):
            _, _, object_id, *size = about.split()
            text = size[0] if size else sizes.get(object_id, "")
            yield CommittedFile(path, object_id, int(text) if text.isdecimal() else None, about.startswith(_LINK))
