"""Which files hold an identifier: one pass over the repository for all names it defines, on first demand.

A search per name would be quadratic: every function with parameters may be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ptmscan.prefilter import plain, words_of

_DEFINED = re.compile(rb"\b(?:def|class)[ \t]+(\w+)")
_BASES = re.compile(rb"\bclass[ \t]+\w+[ \t]*\(([^)]{1,2000})\)")
_ALIASES = re.compile(rb"\b(\w+)[ \t]+as[ \t]+(\w+)")
_WORD = re.compile(rb"\w+")


class Mentions:
    """The files of a repository by identifier. `read` gives the bytes of a file, None if it cannot be read."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self._paths, self._read = tuple(paths), read
        self._defined: dict[bytes, list[str]] | None = None
        self._subclassed: dict[bytes, list[str]] | None = None
        self._aliases: dict[bytes, set[bytes]] = {}
        self._ordinary: set[str] = set()

    def find(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each name the files that mention it, in the order of the paths."""
        defined = self._defined
        if defined is None:
            defined = self._defined = self._index()
        wanted = frozenset(names)
        found = {name: tuple(defined[name.encode()]) for name in wanted if name.encode() in defined}
        return found | self._search(wanted - found.keys())

    def _index(self) -> dict[bytes, list[str]]:
        texts = [(path, raw) for path in self._paths if (raw := self._read(path)) is not None]
        index: dict[bytes, list[str]] = {name: [] for _, raw in texts for name in _DEFINED.findall(raw)}
        for path, raw in texts:
            for word in index.keys() & words_of(raw):
                index[word].append(path)
        return index

    def subclassed_in(self, name: str) -> tuple[str, ...]:
        """The files with a class statement that names a class, or an alias it is imported under, as a base."""
        if self._subclassed is None:
            self._subclassed = self._bases()
        wanted = {name.encode(), *self._aliases.get(name.encode(), ())}
        return tuple(sorted({path for word in wanted for path in self._subclassed.get(word, ())}))

    def _bases(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for path in self._paths:
            raw = self._read(path)
            if raw is None or b"class" not in raw:
                continue
            for word in {word for header in _BASES.findall(raw) for word in _WORD.findall(header)}:
                found.setdefault(word, []).append(path)
            for name, alias in _ALIASES.findall(raw):
                self._aliases.setdefault(name, set()).add(alias)
        return found

    def _search(self, names: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """The files of names that nothing defines: aliases, options, environment variables."""
        found: dict[str, list[str]] = {name: [] for name in names}
        tests = [(name, name.encode(), re.compile(rb"(?<!\w)%s(?!\w)" % re.escape(name.encode()))) for name in names]
        for path in self._paths if tests else ():
            raw = self._read(path)
            if raw is None:
                continue
            text = raw if raw.isascii() else self._plain(path, raw)
            for name, word, whole in tests:
                # The plain search is an order of magnitude faster than any expression.
                if word in text and whole.search(text):
                    found[name].append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def _plain(self, path: str, raw: bytes) -> bytes:
        """The bytes with all identifiers in ASCII; almost always the same bytes, which is remembered."""
        if path in self._ordinary:
            return raw
        text = plain(raw)
        if text is raw:
            self._ordinary.add(path)
        return text
