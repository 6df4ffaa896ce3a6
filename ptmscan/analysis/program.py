"""The repository as the evaluator sees it: modules loaded on demand, each with its index and its expressions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from ptmscan.analysis.index import MODULE_SCOPE, ModuleIndex, Scope
from ptmscan.analysis.indexing import build_index
from ptmscan.analysis.modules import Modules
from ptmscan.source import Source
from ptmscan.syntax.nodes import ClassDef, Expr, FunctionDef, ParsedModule, Span, Stmt
from ptmscan.syntax.words import few_words, occurrences

# Native trees take about 18 times their source.
TREE_BYTES_KEPT = 4_000_000
# More of a module than this share is parsed as a whole, and kept.
MAX_EXCERPT = 0.7


class Module:
    """One loaded module. Its native tree may be dropped; expressions are then parsed by themselves, or it is again."""

    def __init__(
        self,
        program: Program,
        source: Source,
        index: ModuleIndex,
        detached: Callable[[Span], Expr | None] | None = None,
        excerpts: Callable[[Iterable[Span]], ParsedModule] | None = None,
    ) -> None:
        self.program, self.source, self.index = program, source, index
        self.path = source.path
        self._detached, self._excerpts = detached, excerpts
        self._expressions: dict[Span, Expr] = {}

    @property
    def name(self) -> str:
        """The module's dotted name below its import root."""
        return self.program.modules.name(self.path)

    def expression(self, span: Span) -> Expr:
        """The expression of a span that the index holds."""
        expr = self._expressions.get(span)
        if expr is None and self._detached is not None and not self.program.is_kept(self.path):
            expr = self._detached(span)
        if expr is None:
            expr = self.program.parsed(self.path).expression(span)
        self._expressions[span] = expr
        return expr

    def parsed_around(self, names: re.Pattern[bytes]) -> ParsedModule:
        """The parsed form of at least the statements of the module that mention one of the names, which are few."""
        words = few_words(names)
        if self.program.is_kept(self.path) or self._excerpts is None or words is None:
            return self.program.parsed(self.path)
        data, body = self.source.data, self.index.scopes[MODULE_SCOPE].body
        places = [start for word in words for start, _ in occurrences(data, word)]
        spans = sorted(frozenset(span for place in places if (span := _readable_around(body, place)) is not None))
        if sum(end - start for start, end in spans) > len(data) * MAX_EXCERPT:
            return self.program.parsed(self.path)
        return self._excerpts(spans)

    def calls(self, names: re.Pattern[bytes]) -> tuple[Span, ...]:
        """The calls whose callee ends in a name; see `ParsedModule.calls`."""
        return self.parsed_around(names).calls(names)

    def references(self, names: re.Pattern[bytes]) -> tuple[Span, ...]:
        """Where names are read and not called; see `ParsedModule.references`."""
        return self.parsed_around(names).references(names)

    def scope(self, scope: int) -> Scope:
        """A scope of the module."""
        return self.index.scopes[scope]

    def text(self, span: Span) -> str:
        """The source text of a span."""
        return self.source.text(span)


def _readable_around(body: tuple[Stmt, ...], place: int) -> Span | None:
    """The smallest statement around a place that can be read by itself: of a module, or of a class in it.

    The first line of a decorated method would stand less deep than the second.
    """
    number = bisect_right(body, place, key=lambda s: s.span[0]) - 1
    if number < 0:
        return None
    statement = body[number]
    if not isinstance(statement, ClassDef) or not statement.body:
        return statement.span
    inner = statement.body[max(0, bisect_right(statement.body, place, key=lambda s: s.span[0]) - 1)]
    is_decorated = isinstance(inner, (FunctionDef, ClassDef)) and inner.decorators
    return statement.span if place < inner.span[0] or is_decorated else inner.span


class Texts(Protocol):
    """The files of the repository that are no Python, as text: configuration files and launch scripts."""

    def paths(self) -> tuple[str, ...]:
        """Every file of the repository, by path."""

    def read_text(self, path: str) -> str | None:
        """The text of a file of the repository; None when there is none, or it is too large, or no text."""


class Identifiers(Protocol):
    """Where the repository's files mention names, without reading them as Python."""

    def find(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each identifier the files that contain it."""

    def subclassed_in(self, name: str) -> tuple[str, ...]:
        """The files with a class statement that names this class (or an alias of it) as a base."""

    def stored_in(self, name: str) -> tuple[str, ...]:
        """The files that may store an attribute of that name on anything but `self` and `cls`."""

    def star_imported_in(self, name: str) -> tuple[str, ...]:
        """The files that import by a star from a module whose name ends in this part, or from a package itself."""


class NoTexts:
    """A repository of Python modules only."""

    def paths(self) -> tuple[str, ...]:
        """No files."""
        return ()

    def read_text(self, path: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """No text."""
        return None


class Program:
    """Loads modules of one repository through two functions, so that it knows neither files nor parsers.

    `read` gives the Source of a path or None if it cannot be read (it reports that itself); `parse` parses a Source.
    """

    def __init__(
        self,
        modules: Modules,
        read: Callable[[str], Source | None],
        parse: Callable[[Source], ParsedModule],
        identifiers: Identifiers,
        texts: Texts | None = None,
    ) -> None:
        self.modules, self._read, self._parse, self._identifiers = modules, read, parse, identifiers
        self.texts: Texts = texts or NoTexts()
        self._loaded: dict[str, Module | None] = {}
        self._trees: OrderedDict[str, ParsedModule] = OrderedDict()
        self._tree_bytes = 0
        self.parses = 0
        self._mentions: dict[str, tuple[str, ...]] = {}

    def module(self, path: str) -> Module | None:
        """The module of a file; None when the file cannot be read or is not a file (a namespace folder)."""
        if path not in self._loaded:
            source = self._read(path) if path in self.modules.files else None
            self._loaded[path] = None if source is None else self._load(source)
        return self._loaded[path]

    def get(self, path: str) -> Module:
        """The module of a file that was loaded before."""
        module = self.module(path)
        if module is None:
            raise KeyError(path)
        return module

    def parsed(self, path: str) -> ParsedModule:
        """The parsed form of a loaded module, parsed again if it was dropped."""
        tree = self._trees.get(path)
        if tree is None:
            tree = self._keep(path, self.get(path).source)
        else:
            self._trees.move_to_end(path)
        return tree

    def is_kept(self, path: str) -> bool:
        """Whether a module's parsed form is there."""
        return path in self._trees

    def loaded(self) -> tuple[Module, ...]:
        """The modules loaded so far, by path."""
        return tuple(m for _, m in sorted(self._loaded.items()) if m is not None)

    def mentions(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each identifier the files that contain it, sorted; one pass over the files for all new names."""
        wanted = sorted({name for name in names if name not in self._mentions and re.fullmatch(r"\w+", name)})
        if wanted:
            self._mentions |= dict.fromkeys(wanted, ()) | self._identifiers.find(wanted)
        return {name: self._mentions.get(name, ()) for name in names}

    def subclassed_in(self, name: str) -> tuple[str, ...]:
        """The files in which a class statement names a class of that name as a base."""
        return self._identifiers.subclassed_in(name)

    def star_importers(self, path: str) -> tuple[str, ...]:
        """The files that may import all names of a module, which they then need not mention."""
        parts = path.rpartition(".")[0].removesuffix("/__init__").rsplit("/", 1)
        return self._identifiers.star_imported_in(parts[-1])

    def stored_in(self, name: str) -> tuple[str, ...]:
        """The files that may store an attribute of that name on anything but `self` and `cls`."""
        return self._identifiers.stored_in(name)

    def _load(self, source: Source) -> Module:
        tree = self._keep(source.path, source)
        module = Module(self, source, build_index(source.path, tree), tree.detached(), tree.excerpts())
        for scope in module.index.scopes:
            if isinstance(scope.node, ClassDef):
                # Bases are asked for again and again, long after the tree is gone.
                for argument in scope.node.arguments:
                    module.expression(argument.value)
        return module

    def _keep(self, path: str, source: Source) -> ParsedModule:
        """Parse a source and keep its tree as long as there is room."""
        self.parses += 1
        tree = self._trees[path] = self._parse(source)
        self._tree_bytes += len(source.data)
        while self._tree_bytes > TREE_BYTES_KEPT and len(self._trees) > 1:
            dropped, _ = self._trees.popitem(last=False)
            self._tree_bytes -= len(self.get(dropped).source.data) if dropped in self._loaded else 0
        return tree
