"""The working parser: tree-sitter, however broken the source is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax.splicing import header_place, splice, with_headers
from ptmscan.syntax.treesitter_expressions import lower, lower_index
from ptmscan.syntax.treesitter_nodes import named
from ptmscan.syntax.treesitter_sites import SiteFinder
from ptmscan.syntax.treesitter_statements import StatementLowering
from ptmscan.syntax.treesitter_trees import parse_text
from ptmscan.syntax.treesitter_units import ParsedUnit, parse_unit
from ptmscan.syntax.words import Words

if TYPE_CHECKING:
    from tree_sitter import Node

    from ptmscan.source import Source

MAX_SPLICED = 500
_BARE_TUPLES = frozenset(("match_statement", "except_clause"))


def parse(source: Source) -> TreeSitterModule:
    """Parse every unit of a source by itself. Never raises for the source's sake; see `problem` and `error_lines`."""
    units = tuple([parse_unit(source.data, unit.start, unit.end) for unit in source.units])
    return TreeSitterModule(source.data, units)


def _expression_alone(data: bytes, span: n.Span) -> n.Expr | None:
    """The expression of a span of a source that parses without any repair, from its own text alone.

    None where it cannot be read by itself: a tuple without brackets, a slice, the first byte of the file.
    """
    start, end = span
    if start == 0:
        return None
    # In brackets, it may go over several lines as it may where it stands.
    tree = parse_text(b"(%s)" % data[start:end], start - 1)
    if tree is None or tree.root_node.has_error:
        return None
    node = tree.root_node.named_descendant_for_byte_range(start, end)
    if node is None or node.byte_range != span:
        return None
    found = lower(data, node)
    return found if found.span == span and not isinstance(found, n.Starred) else None


def _excerpt(data: bytes, spans: Iterable[n.Span]) -> TreeSitterModule:
    """Statements that stand in no other, as if they were all of the source."""
    return TreeSitterModule(data, tuple([parse_unit(data, start, end) for start, end in spans]))


class TreeSitterModule:
    """A parsed source; see `ptmscan.syntax.nodes.ParsedModule`. Holds native trees: not picklable, keep few."""

    def __init__(self, data: bytes, units: tuple[ParsedUnit, ...]) -> None:
        self._data = data
        self._units = units
        self._too_deep = False
        self._expressions: dict[n.Span, n.Expr] = {}
        self._sites: dict[n.Span, Node] = {}

    @cached_property
    def statements(self) -> tuple[n.Stmt, ...]:
        """The module's statements in source order, cells joined."""
        lowering = StatementLowering(self._data)
        found = tuple(chain.from_iterable([self._unit_statements(unit, lowering) for unit in self._units]))
        self._too_deep = self._too_deep or lowering.too_deep
        return found

    def _unit_statements(self, unit: ParsedUnit, lowering: StatementLowering) -> tuple[n.Stmt, ...]:
        if unit.main is None:
            return ()
        body = lowering.block(unit.main.tree.root_node)
        if unit.headers:
            body = with_headers(body, self._headers(unit, lowering))
        for statement in self._spliced(unit, lowering)[:MAX_SPLICED]:
            body = splice(body, statement, lowering.column)
        return body

    def _headers(self, unit: ParsedUnit, lowering: StatementLowering) -> dict[int, n.Stmt]:
        statements = [s for part in unit.headers for s in lowering.block(part.tree.root_node)]
        return {header_place(s): s for s in statements}

    def _spliced(self, unit: ParsedUnit, lowering: StatementLowering) -> list[n.Stmt]:
        """The statements of what was blanked; the place of a block whose colon was added holds only its lines."""
        found: list[n.Stmt] = []
        for part in unit.regions:
            if part.added.endswith(b"pass"):
                found.append(n.Other(part.span, "error"))
            else:
                found += lowering.block(part.tree.root_node)
        return found

    @cached_property
    def error_lines(self) -> tuple[int, ...]:
        """1-based lines of the joined text that could not be parsed or were blanked by repair."""
        broken = [span for unit in self._units for span in unit.broken()]
        if not broken:
            return ()
        starts = [0, *(match.end() for match in re.finditer(rb"\n", self._data))]
        lines: set[int] = set()
        for start, end in broken:
            lines.update(range(bisect_right(starts, start), bisect_left(starts, max(end, start + 1)) + 1))
        return tuple(sorted(lines))

    def detached(self) -> Callable[[n.Span], n.Expr | None] | None:
        """Reads expressions from the text alone; None where a part of it is repaired, or read in another way."""
        if not all(unit.verbatim for unit in self._units):
            return None
        return partial(_expression_alone, self._data)

    def excerpts(self) -> Callable[[Iterable[n.Span]], TreeSitterModule] | None:
        """Parses statements of the module from the text alone; None where a part of it is repaired."""
        return partial(_excerpt, self._data) if all(unit.verbatim for unit in self._units) else None

    @property
    def problem(self) -> str | None:
        """`timeout` or `too-deep` when a part is missing in the statements or in what was found so far."""
        if any(unit.main is None for unit in self._units):
            return "timeout"
        _ = self.statements
        return "too-deep" if self._too_deep else None

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
        place = bisect_right(self._units, span[0], key=lambda unit: unit.span[0]) - 1
        for part in self._units[place].parts() if place >= 0 else ():
            start, end = part.reach
            if start <= span[0] and span[1] <= end:
                return part.tree.root_node.named_descendant_for_byte_range(*span)
        return None

    def calls(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of the calls whose callee ends in an identifier that `names` fully matches, in source order."""
        hits = self._words.hits(names)
        return self._search(lambda finder, span: finder.calls(_between(hits, span)))

    def references(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of names and attributes that are read, not called, and end in a matching identifier."""
        hits = self._words.hits(names)
        return self._search(lambda finder, span: finder.references(_between(hits, span)))

    def walrus(self) -> tuple[n.Span, ...]:
        """Spans of all `name := value` expressions, in source order."""
        return self._search(lambda finder, span: finder.walrus(span)) if b":=" in self._data else ()

    @cached_property
    def _words(self) -> Words:
        return Words(self._data)

    def _search(self, find: Callable[[SiteFinder, n.Span], Iterable[tuple[n.Span, Node]]]) -> tuple[n.Span, ...]:
        """The spans of what is found; the nodes are kept, since whoever asks for calls will ask for each of them."""
        found: dict[n.Span, Node] = {}
        for part in (part for unit in self._units for part in unit.parts()):
            finder = SiteFinder(part.tree, self._data)
            found.update(find(finder, part.span))
            self._too_deep = self._too_deep or finder.too_deep
        self._sites |= found
        return tuple(sorted(found))


def _between(hits: list[n.Span], span: n.Span) -> list[n.Span]:
    return hits[bisect_left(hits, (span[0], 0)) : bisect_left(hits, (span[1], 0))]
