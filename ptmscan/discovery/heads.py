"""Which commit a clone is at, read from its files: to start git for tens of thousands of clones takes minutes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.discovery.git import FULL_HASH
from ptmscan.discovery.tree import is_contained

if TYPE_CHECKING:
    from pathlib import Path

    from ptmscan.discovery.git import GitFolder

# A line of HEAD or of a ref. Packed refs may be many.
_MAX_REF_BYTES, _MAX_PACKED_BYTES = 4096, 50_000_000


def head_commit(clone: GitFolder) -> str | None:
    """The commit that is checked out, as `GitFolder.head` gives it, without a process in the usual layouts.

    None before the first commit. gitrepository-layout(5) tells of HEAD, refs, packed-refs and commondir.
    """
    text = _line(clone.git_dir / "HEAD")
    if text is None:
        return clone.head()
    if FULL_HASH.fullmatch(text):
        return text
    name = text.removeprefix("ref:").strip()
    if not name.startswith("refs/") or name == "refs/heads/.invalid" or not is_contained(name):
        return clone.head()  # reftables, and what is no layout that we know
    return _loose(clone, name) or _packed(clone, name) or clone.head()


def index_size(clone: GitFolder) -> int:
    """The bytes of the index, which grow with the number of tracked files; 0 where there is none."""
    try:
        return (clone.git_dir / "index").stat().st_size
    except OSError:
        return 0


def packed_size(clone: GitFolder) -> int:
    """The bytes of all packs of a clone."""
    try:
        return sum(pack.stat().st_size for pack in (clone.git_dir / "objects" / "pack").glob("*.pack"))
    except OSError:
        return 0


def _common(clone: GitFolder) -> Path:
    """Where refs are kept: of a linked work tree, the git directory of the clone that it belongs to."""
    is_linked = (clone.git_dir / "commondir").is_file() and clone.git_dir.parent.name == "worktrees"
    return clone.git_dir.parent.parent if is_linked else clone.git_dir


def _loose(clone: GitFolder, name: str) -> str | None:
    text = _line(_common(clone) / name)
    return text if text is not None and FULL_HASH.fullmatch(text) else None


def _packed(clone: GitFolder, name: str) -> str | None:
    try:
        with (_common(clone) / "packed-refs").open("rb") as stream:
            raw = stream.read(_MAX_PACKED_BYTES)
    except OSError:
        return None
    found = re.search(
        rb"^([0-9a-f]{40,64}) " + re.escape(name.encode("utf-8", "surrogateescape")) + rb"$", raw, re.MULTILINE
    )
    return found[1].decode() if found else None


def _line(file: Path) -> str | None:
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            return stream.read(_MAX_REF_BYTES).decode("utf-8", "surrogateescape").rstrip("\r\n")
    except OSError:
        return None
