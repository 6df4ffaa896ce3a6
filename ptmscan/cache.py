"""Results that were worked out before: a folder of entries, each found by a digest of all that it depends on.

Entries are files of their own, written in one step, so that any number of processes can share a folder. An entry that
is damaged counts as absent and is written anew. Deleting the folder, or any part of it, is always safe.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

MAX_BYTES = 1_000_000_000
# Of the limit: so much is left when it was reached and the entries that were not used for longest are removed.
KEPT_SHARE = 0.8
# A folder is measured once in so many entries written to it.
WRITES_PER_CHECK = 64

_DIGEST_BYTES = 32
# https://bford.info/cachedir/: backup programs leave such folders out.
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by ptmscan; may be deleted at any time.\n"


def digest(parts: Iterable[str | bytes]) -> str:
    """The key of an entry that depends on some texts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(b"%d:" % len(raw) + raw)
    return whole.hexdigest()


class Cache:
    """Bytes by key in a folder.

    Args:
        folder: made when the first entry is written.
        max_bytes: what the entries may take together; the least recently used ones go first.
        prunes: whether writing looks after that; of many short-lived processes, one had better call `prune` at the end.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES, *, prunes: bool = True) -> None:
        self.folder = folder
        self.problem: str | None = None
        self._max_bytes = max_bytes
        self._prunes = prunes
        self._writes = 0

    def get(self, kind: str, key: str) -> bytes | None:
        """The content of an entry; None when there is none, or it is damaged."""
        path = self._path(kind, key)
        try:
            raw = path.read_bytes()
            content = _unpacked(raw)
            if content is not None:
                os.utime(path)
        except OSError:
            return None
        return content

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Write an entry. That it cannot be written is no error: `problem` says why."""
        path = self._path(kind, key)
        try:
            self._make(path.parent)
            import tempfile  # a start that finds what it asks for has no need of it

            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_packed(content))
                os.replace(temporary, path)  # noqa: PTH105 - beside its handle
            except BaseException:
                os.unlink(temporary)  # noqa: PTH108
                raise
            self._writes += 1
            if self._prunes and self._writes % WRITES_PER_CHECK == 1:
                self.prune()
        except OSError as error:
            self.problem = f"{self.folder}: {error.strerror or error}; nothing is kept for the next time"

    def prune(self) -> None:
        """Remove the entries that were not used for longest when all together take more than they may."""
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        if total <= self._max_bytes:
            return
        for _, size, path in entries:
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size
            if total <= self._max_bytes * KEPT_SHARE:
                return

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """Time of last use in nanoseconds, size in bytes, and place of each entry; other processes may remove some."""
        for path in self.folder.glob("*/??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                yield status.st_mtime_ns, status.st_size, path

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / key[2:]

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            tag = self.folder / "CACHEDIR.TAG"
            if not tag.exists():
                tag.write_text(_TAG, encoding="ascii")


def _packed(content: bytes) -> bytes:
    packed = zlib.compress(content, 1)
    return hashlib.sha256(packed).digest() + packed


def _unpacked(raw: bytes) -> bytes | None:
    checksum, packed = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if hashlib.sha256(packed).digest() != checksum:
        return None
    return zlib.decompress(packed)
