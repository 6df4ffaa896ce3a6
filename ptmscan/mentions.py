"""Which files hold an identifier, and which subclass a class: one pass over the repository each, on first demand.

A search per name would be quadratic: every function with parameters and every attribute may be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ptmscan.prefilter import plain, words_of

# Expressions that begin with a letter or a dot are searched for by it; what looks behind is tried at every byte.
_BASES = re.compile(rb"class[ \t]+\w+[ \t]*\(([^)]{1,2000})\)")
_AS = re.compile(rb"[ \t]as[ \t]+(\w+)")
_STAR = re.compile(rb"from[ \t]+([\w.]+)[ \t]+import[ \t]*\(?[ \t]*\*")
_MAX_NAME = 120
_WORD = re.compile(rb"\w+")
# Stores to attributes of anything but `self` and `cls`, also as one of several targets; and those whose name is a text.
_STORED = re.compile(rb"\.[ \t]*(\w+)[ \t]*(?:[-+*/|&]?=(?!=)|(?=,[^=\n()]*=(?!=)))")
_OWN = re.compile(rb"\b(?:self|cls)\Z")
_SET = re.compile(rb"\bsetattr[ \t]*\([^,\n]*,\s*[\"'](\w+)[\"']")
_SET_ANY = re.compile(
    rb"\bsetattr[ \t]*\((?!self\b|cls\b)[^,\n]*,\s*(?![\"'\s])|(?<!\bself)\.__dict__|\bvars[ \t]*\((?!self\b)\w"
)


class Mentions:
    """The files of a repository by identifier. `read` gives the bytes of a file, None if it cannot be read."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self._paths, self._read = tuple(paths), read
        self._words: dict[bytes, list[str]] | None = None
        self._subclassed: dict[bytes, list[str]] | None = None
        self._aliases: dict[bytes, set[bytes]] = {}
        self._starred: dict[bytes, list[str]] | None = None
        self._stored: dict[bytes, list[str]] | None = None
        self._stored_in: dict[str, tuple[str, ...]] = {}

    def find(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each name the files that mention it, in the order of the paths."""
        if self._words is None:
            self._words = self._index()
        return {name: tuple(self._words.get(name.encode(), ())) for name in names}

    def subclassed_in(self, name: str) -> tuple[str, ...]:
        """The files with a class statement that names a class, or an alias it is imported under, as a base."""
        if self._subclassed is None:
            self._subclassed = self._bases()
        wanted = {name.encode(), *self._aliases.get(name.encode(), ())}
        return tuple(sorted({path for word in wanted for path in self._subclassed.get(word, ())}))

    def star_imported_in(self, name: str) -> tuple[str, ...]:
        """The files that import by a star from a module whose name ends in this part, or from a package itself."""
        if self._starred is None:
            self._starred = self._stars()
        found = {*self._starred.get(name.encode(), ()), *self._starred.get(b"", ())}
        return tuple(sorted(found))

    def _stars(self) -> dict[bytes, list[str]]:
        """The files by the last part of what they import by a star: nothing for `from . import *`."""
        found: dict[bytes, list[str]] = {}
        for path in self._paths:
            raw = self._read(path)
            for source in set(_STAR.findall(raw)) if raw is not None and b"*" in raw else ():
                found.setdefault(source.rpartition(b".")[2], []).append(path)
        return found

    def _index(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for path in self._paths:
            raw = self._read(path)
            for word in set(words_of(plain(raw))) if raw is not None else ():
                if word in found:
                    found[word].append(path)
                else:
                    found[word] = [path]
        return found

    def _bases(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for path in self._paths:
            raw = self._read(path)
            if raw is None or b"class" not in raw:
                continue
            for word in {word for header in _BASES.findall(raw) for word in _WORD.findall(header)}:
                found.setdefault(word, []).append(path)
            for name, alias in _aliases(raw):
                self._aliases.setdefault(name, set()).add(alias)
        return found

    def stored_in(self, name: str) -> tuple[str, ...]:
        """The files that may store an attribute of that name on anything but `self` and `cls`."""
        if self._stored is None:
            self._stored = self._stores()
        if name not in self._stored_in:
            found = {*self._stored.get(name.encode(), ()), *self._stored.get(b"", ())}
            self._stored_in[name] = tuple(sorted(found))
        return self._stored_in[name]

    def _stores(self) -> dict[bytes, list[str]]:
        """The files by the attribute that they store; under no name those whose attribute is known at run time only."""
        found: dict[bytes, list[str]] = {}
        for path in self._paths:
            raw = self._read(path)
            if raw is None:
                continue
            text = raw if raw.isascii() else plain(raw)
            names = {
                hit[1] for hit in _STORED.finditer(text) if not _OWN.search(text[max(0, hit.start() - 5) : hit.start()])
            }
            if b"setattr" in text or b"__dict__" in text or b"vars" in text:
                names |= {*_SET.findall(text), *([b""] if _SET_ANY.search(text) else [])}
            for name in names:
                found.setdefault(name, []).append(path)
        return found


def _aliases(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of `name as alias`."""
    for hit in _AS.finditer(text):
        words = _WORD.findall(text, max(0, hit.start() - _MAX_NAME), hit.start())
        if words:
            yield words[-1], hit[1]
