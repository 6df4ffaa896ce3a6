"""libCST as a parser: the second opinion, and the only one under `--parser libcst`.

It reads what Python 3 reads and loses a whole unit for one bad line. Units that could break it are not given to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from libcst.metadata.span_provider import CodeSpan

from ptmscan.syntax import nodes as n
from ptmscan.syntax.libcst_expressions import Positions, bare_generator, lower, span_of
from ptmscan.syntax.libcst_sites import last_name, reads
from ptmscan.syntax.libcst_statements import lower_body
from ptmscan.syntax.nesting import MAX_DEPTH, levels

if TYPE_CHECKING:
    from ptmscan.source import Source

NodeT = TypeVar("NodeT", bound=cst.CSTNode)
MAX_UNIT_BYTES = 2_000_000  # Its trees cost some hundred times their source, and its positions seconds a megabyte.


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed text with the position of each node, in bytes from `offset` on."""

    module: cst.Module
    spans: Mapping[cst.CSTNode, CodeSpan]
    offset: int

    def at(self, node: cst.CSTNode) -> n.Span:
        """The syntactic span of a node; of what has none, (0, 0)."""
        span = self.spans.get(node)
        return (0, 0) if span is None else (self.offset + span.start, self.offset + span.start + span.length)


class RejectedError(Exception):
    """libCST does not read the text. `line` is 1-based and may be the first where it does not say more."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


def parse_tree(text: str, offset: int = 0) -> Tree:
    """Parse a whole module with positions. The text must be shallow (`ptmscan.syntax.nesting`).

    Raises:
        RejectedError: libCST does not read it, or would not write it back as it was, so that positions were wrong.
    """
    module = guarded(cst.parse_module, text)
    if module.code != text:
        raise RejectedError(1)
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    return Tree(module, wrapper.resolve(ByteSpanPositionProvider), offset)


def lower_text(text: str) -> n.Expr:
    """Parse and lower one expression without positions: every span is (0, 0). The text must be shallow.

    Raises:
        RejectedError: libCST does not read it.
    """
    return lower(guarded(cst.parse_expression, text), _nowhere)


def _nowhere(_node: cst.CSTNode) -> n.Span:
    return (0, 0)


def call_at(text: str, offset: int, span: n.Span) -> n.Call | None:
    """The call that ends where `span` ends, in a text that stands at `offset`; no two calls end at the same place.

    Raises:
        RejectedError: libCST does not read the text.
    """
    tree = parse_tree(text, offset)
    for node in tree.spans:
        if isinstance(node, cst.Call) and tree.at(node)[1] == span[1]:
            found = lower(node, tree.at)
            return found if isinstance(found, n.Call) else None
    return None


def guarded(parse: Callable[[str], NodeT], text: str) -> NodeT:
    """Call a parser of libCST with its ways to fail turned into one.

    Raises:
        RejectedError: for anything but success.
    """
    try:
        return parse(text)
    except cst.ParserSyntaxError as error:
        raise RejectedError(max(1, error.raw_line)) from None
    except RecursionError:
        raise
    except Exception:  # Not only CSTValidationError: https://github.com/Instagram/LibCST/issues/1061 is a TypeError.
        raise RejectedError(1) from None


def parse(source: Source) -> LibcstModule:
    """Parse every unit of a source by itself. Never raises for the source's sake; see `problem` and `error_lines`."""
    trees: list[tuple[Tree, tuple[n.Stmt, ...]]] = []
    error_lines: list[int] = []
    problem = None
    for unit in source.units:
        data = source.data[unit.start : unit.end]
        first_line = source.data.count(b"\n", 0, unit.start)
        text = data.decode("utf-8", "replace")
        if len(data) > MAX_UNIT_BYTES:
            problem = "too-large"
        elif levels(text) > MAX_DEPTH:
            problem = "too-deep"
        else:
            try:
                tree = parse_tree(text, unit.start)
                trees.append((tree, lower_body(tree.module.body, tree.at)))
                continue
            except RejectedError as error:
                first_line += error.line - 1
            except RecursionError:  # Statements and expressions nest together; libCST writes code by recursion, too.
                problem = "too-deep"
        error_lines.append(first_line + 1)
    return LibcstModule(tuple(trees), tuple(error_lines), problem)


class LibcstModule:
    """A parsed source; see `ptmscan.syntax.nodes.ParsedModule`."""

    def __init__(
        self, trees: tuple[tuple[Tree, tuple[n.Stmt, ...]], ...], error_lines: tuple[int, ...], problem: str | None
    ) -> None:
        self._trees = tuple([tree for tree, _ in trees])
        self.statements = tuple([statement for _, body in trees for statement in body])
        self.error_lines = error_lines
        self.problem = problem

    @cached_property
    def _expressions(self) -> dict[n.Span, tuple[cst.BaseExpression, Positions]]:
        return {
            span_of(node, tree.at): (node, tree.at)
            for tree in self._trees
            for node in tree.spans
            if isinstance(node, cst.BaseExpression)
        }

    def excerpts(self) -> None:
        """Not to be had: no part of a source is read by itself."""

    def detached(self) -> None:
        """Expressions are read from the trees only."""

    def expression(self, span: n.Span) -> n.Expr:
        """Lower the expression that covers exactly `span`."""
        found = self._expressions.get(span)
        if found is not None:
            return lower(*found)
        bare = self._bare_generators.get(span)
        return bare if bare is not None else n.Unsupported(span, "error")

    @cached_property
    def _bare_generators(self) -> dict[n.Span, n.Expr]:
        """`f(x for x in y)`: the generator's span has the parentheses of the call, which no node of libCST has."""
        calls = [
            lower(node, tree.at)
            for tree in self._trees
            for node in tree.spans
            if isinstance(node, cst.Call) and bare_generator(node) is not None
        ]
        return {call.args[0].span: call.args[0].value for call in calls if isinstance(call, n.Call)}

    def calls(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of the calls whose callee ends in an identifier that `names` fully matches, in source order."""
        return _named(self._calls, names)

    def references(self, names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
        """Spans of names and attributes that are read, not called, and end in a matching identifier."""
        return _named(self._reads, names)

    def walrus(self) -> tuple[n.Span, ...]:
        """Spans of all `name := value` expressions, in source order."""
        found = [tree.at(node) for tree in self._trees for node in tree.spans if isinstance(node, cst.NamedExpr)]
        return tuple(sorted(found))

    @cached_property
    def _calls(self) -> dict[bytes, list[n.Span]]:
        calls = [(t, node) for t in self._trees for node in t.spans if isinstance(node, cst.Call)]
        return _by_name((last_name(node.func), tree.at(node)) for tree, node in calls)

    @cached_property
    def _reads(self) -> dict[bytes, list[n.Span]]:
        return _by_name((last_name(node), tree.at(node)) for tree in self._trees for node in reads(tree.spans))


def _by_name(sites: Iterable[tuple[str | None, n.Span]]) -> dict[bytes, list[n.Span]]:
    found: dict[bytes, list[n.Span]] = {}
    for name, span in sites:
        if name is not None:
            found.setdefault(name.encode(), []).append(span)
    return found


def _named(sites: dict[bytes, list[n.Span]], names: re.Pattern[bytes]) -> tuple[n.Span, ...]:
    return tuple(sorted([span for name, spans in sites.items() if names.fullmatch(name) for span in spans]))
