"""The working parser: tree-sitter, however broken the source is."""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from tree_sitter import Parser, Point, Range

from ptmscan.syntax import nodes as n
from ptmscan.syntax.treesitter_expressions import lower, lower_index
from ptmscan.syntax.treesitter_grammar import LANGUAGE
from ptmscan.syntax.treesitter_nodes import named
from ptmscan.syntax.treesitter_sites import SiteFinder
from ptmscan.syntax.treesitter_statements import StatementLowering
from ptmscan.syntax.words import Words

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from ptmscan.source import Source

SECONDS = 10.0
_BARE_TUPLES = frozenset(("match_statement", "except_clause"))
_CHUNK = 1 << 16


def parse(source: Source) -> TreeSitterModule:
    """Parse every unit of a source by itself. Never raises for the source's sake; see `problem` and `error_lines`."""
    trees: list[tuple[n.Span, Tree]] = []
    problem = None
    for unit in source.units:
        tree = _parse_unit(source.data, unit.start, unit.end)
        if tree is None:
            problem = "timeout"
        else:
            trees.append(((unit.start, unit.end), tree))
    return TreeSitterModule(source.data, tuple(trees), problem)


def _parse_unit(data: bytes, start: int, end: int) -> Tree | None:
    """The tree of data[start:end] with offsets of the whole; None when it takes too long."""
    parser = Parser(LANGUAGE, included_ranges=[Range(Point(0, 0), Point(0, 0), start, end)])
    deadline = time.monotonic() + SECONDS

    def read(offset: int, _point: Point) -> bytes:
        return data[offset : min(offset + _CHUNK, end)] if time.monotonic() < deadline else b""

    def stop(_offset: int, _has_error: bool) -> bool:
        return time.monotonic() >= deadline

    try:
        tree = parser.parse(read, progress_callback=stop)
    except ValueError:  # "Parsing failed": stopped
        return None
    return tree if time.monotonic() < deadline else None


class TreeSitterModule:
    """A parsed source; see `ptmscan.syntax.nodes.ParsedModule`. Holds native trees: not picklable, keep few."""

    def __init__(self, data: bytes, trees: tuple[tuple[n.Span, Tree], ...], problem: str | None) -> None:
        self._data = data
        self._trees = trees
        self._problem = problem
        self._expressions: dict[n.Span, n.Expr] = {}
        self._sites: dict[n.Span, Node] = {}

    @cached_property
    def statements(self) -> tuple[n.Stmt, ...]:
        """The module's statements in source order, cells joined."""
        lowering = StatementLowering(self._data)
        found = tuple(chain.from_iterable(lowering.block(tree.root_node) for _, tree in self._trees))
        if lowering.too_deep:
            self._problem = self._problem or "too-deep"
        return found

    @cached_property
    def error_lines(self) -> tuple[int, ...]:
        """1-based lines of the joined text that could not be parsed."""
        return ()

    @property
    def problem(self) -> str | None:
        """`timeout` or `too-deep` when a part is missing; asks for the statements."""
        _ = self.statements
        return self._problem

    def expression(self, span: n.Span) -> n.Expr:
        """Lower the expression that covers exactly `span`."""
        found = self._expressions.get(span)
        if found is None:
            found = self._expressions[span] = self._lower(span)
        return found

    def _lower(self, span: n.Span) -> n.Expr:
        node = self._sites.get(span) or self._node(span)
        if node is None:
            return n.Unsupported(span, "error")
        found = lower(self._data, node) if node.type not in _BARE_TUPLES else self._bare_tuple(node, span)
        if found.span != span and isinstance(found, n.Starred):
            found = found.value
        return found if found.span == span else n.Unsupported(span, "error")

    def _bare_tuple(self, node: Node, span: n.Span) -> n.Expr:
        children = [c for c in named(node) if span[0] <= c.start_byte and c.end_byte <= span[1]]
        return lower_index(self._data, children, *span) if children else n.Unsupported(span, "error")

    def _node(self, span: n.Span) -> Node | None:
        place = bisect_right(self._trees, span[0], key=lambda t: t[0][0]) - 1
        if place < 0 or span[1] > self._trees[place][0][1]:
            return None
        return self._trees[place][1].root_node.named_descendant_for_byte_range(*span)

    def calls(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of the calls whose callee ends in an identifier that `names` fully matches, in source order."""
        hits = self._words.hits(names)
        return self._search(lambda finder, unit: finder.calls(_between(hits, unit)))

    def references(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of names and attributes that are read, not called, and end in a matching identifier."""
        hits = self._words.hits(names)
        return self._search(lambda finder, unit: finder.references(_between(hits, unit)))

    def walrus(self) -> tuple[n.Span, ...]:
        """Spans of all `name := value` expressions, in source order."""
        return self._search(lambda finder, unit: finder.walrus(unit)) if b":=" in self._data else ()

    @cached_property
    def _words(self) -> Words:
        return Words(self._data)

    def _search(self, find: Callable[[SiteFinder, n.Span], Iterable[tuple[n.Span, Node]]]) -> tuple[n.Span, ...]:
        """The spans of what is found; the nodes are kept, since whoever asks for calls will ask for each of them."""
        found: dict[n.Span, Node] = {}
        for unit, tree in self._trees:
            finder = SiteFinder(tree, self._data)
            found.update(find(finder, unit))
            if finder.too_deep:
                self._problem = self._problem or "too-deep"
        self._sites |= found
        return tuple(sorted(found))


def _between(hits: list[n.Span], unit: n.Span) -> list[n.Span]:
    return hits[bisect_left(hits, (unit[0], 0)) : bisect_left(hits, (unit[1], 0))]
