"""A FileTree over a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.discovery.tree import FileEntry, ListedTree, Listing, size_limit, too_large

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryTree(ListedTree):
    """Files that exist in memory only, for tests and editors: ``MemoryTree({"a.py": b"…"})``."""

    def __init__(
        self, files: Mapping[str, bytes] | Mapping[str, str], *, repository: str = "memory", commit: str | None = None
    ) -> None:
        self._files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.repository = repository
        self.commit = commit

    def _make_listing(self) -> Listing:
        entries = tuple(FileEntry(path, len(data)) for path, data in sorted(self._files.items()))
        return Listing(entries, {path: path for path in self._files}, ())

    def _load(self, path: str, location: str) -> bytes:
        data = self._files[location]
        if len(data) > size_limit(path):
            raise too_large(path, len(data))
        return data
