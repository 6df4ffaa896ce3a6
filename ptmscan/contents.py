"""The files of one scan, each read once as far as memory allows, and decoded on demand."""

from __future__ import annotations

from collections.abc import Callable

from ptmscan.discovery import FileTree
from ptmscan.errors import UnreadableFileError
from ptmscan.records import Diagnostic, DiagnosticCode
from ptmscan.source import Source, read_source

KEPT_BYTES = 64 * 1024 * 1024
MAX_TEXT_BYTES = 1_000_000
KEPT_TEXT = 16_000_000


class Contents:
    """Reads the files of a tree; one that cannot be read gives the diagnostic that says why, each time."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._raw: dict[str, bytes] = {}
        self._kept = 0
        self._failed: dict[str, Diagnostic] = {}
        self._seen: set[str] = set()

    def files_read(self, is_counted: Callable[[str], bool]) -> int:
        """How many different files, of those that are counted, were read without a problem."""
        return sum(map(is_counted, self._seen))

    def read(self, path: str) -> bytes | Diagnostic:
        """The bytes of a file."""
        raw = self._raw.get(path)
        if raw is not None:
            return raw
        if path in self._failed:
            return self._failed[path]
        try:
            raw = self._tree.read(path)
        except UnreadableFileError as error:
            return self._fail(error)
        self._seen.add(path)
        if self._kept + len(raw) <= KEPT_BYTES:
            self._raw[path] = raw
            self._kept += len(raw)
        return raw

    def source(self, path: str) -> Source | Diagnostic:
        """The decoded source of a file."""
        raw = self.read(path)
        if isinstance(raw, Diagnostic):
            return raw
        try:
            return read_source(path, raw)
        except UnreadableFileError as error:
            return self._fail(error)

    def _fail(self, error: UnreadableFileError) -> Diagnostic:
        found = Diagnostic(error.path, None, DiagnosticCode(error.code), error.message)
        self._failed[error.path] = found
        self._seen.discard(error.path)
        return found


class TextFiles:
    """The files of a tree that are no Python, as text: configuration and launch scripts, up to a size."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._texts: dict[str, str] = {}
        self._kept = 0
        self._sizes: dict[str, int] = {}

    def paths(self) -> tuple[str, ...]:
        """Every file, by path."""
        return tuple(self._listed())

    def read_text(self, path: str) -> str | None:
        """The text of a file of at most 1 MB; None when there is none of that path, or it is too large, or no text."""
        if path in self._texts:
            return self._texts[path]
        text = self._read(path)
        if text is not None and self._kept + len(text) <= KEPT_TEXT:
            self._kept += len(text)
            self._texts[path] = text
        return text

    def _listed(self) -> dict[str, int]:
        if not self._sizes:
            self._sizes = {entry.path: entry.size for entry in self._tree.entries()}
        return self._sizes

    def _read(self, path: str) -> str | None:
        if not self._tree.is_file(path) or self._listed().get(path, 0) > MAX_TEXT_BYTES:
            return None
        try:
            raw = self._tree.read(path)
        except UnreadableFileError:
            return None
        if len(raw) > MAX_TEXT_BYTES or b"\0" in raw:
            return None
        return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
