"""What is wrong with a piece of a file, as a number that a repair can bring down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.syntax.treesitter_climber import Climber, move_on

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from ptmscan.syntax.nodes import Span

MAX_ERRORS = 200
MAX_INNER = 4
_DEFINITIONS = frozenset(("function_definition", "class_definition"))
# A lost scope is worse than lost lines; a line in a string that should be code is as good as lost, if it is one.
_LOST_SCOPE, _MISSING, _STRING_LINE = 5.0, 0.5, 0.9
_WHOLE = ("_statement", "_definition")


@dataclass(frozen=True, slots=True)
class Expected:
    """The place of a definition's keyword, and that of the definition which indentation says is around it."""

    keyword: Span
    parent: int | None


@dataclass(frozen=True, slots=True)
class Damage:
    """The error regions, in bytes of the piece, the errors inside them, and what all that is wrong costs, in lines."""

    errors: tuple[Span, ...]
    inner: tuple[Span, ...]
    cost: float


def assess(tree: Tree, expected: Sequence[Expected], *, lost_lines: float, string_lines: int) -> Damage:
    """Weigh errors, definitions that are not where they should be, lines blanked and lines in strings."""
    errors = error_nodes(tree.root_node)
    rows = sum([_rows(node) for node in errors])
    cost = rows + _LOST_SCOPE * _misplaced(tree, expected) + lost_lines + _STRING_LINE * string_lines
    return Damage(tuple([node.byte_range for node in errors]), tuple(_innermost(errors)), cost)


def _rows(node: Node) -> float:
    """The lines of an error without those of the statements that are whole inside it."""
    if node.is_missing:
        return _MISSING
    whole = [c for c in node.children if c.type.endswith(_WHOLE) and not c.has_error]
    return max(1, _height(node) - sum([_height(c) for c in whole]))


def _height(node: Node) -> int:
    return int(node.end_point[0] - node.start_point[0] + 1)


def error_rows(root: Node) -> float:
    """How many lines of a tree are lost to errors, or so."""
    return sum([_rows(node) for node in error_nodes(root)])


def error_nodes(root: Node) -> list[Node]:
    """The outermost error nodes in source order; what error recovery invented counts, too."""
    found: list[Node] = []
    waiting = [root]
    while waiting and len(found) < MAX_ERRORS:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            waiting += reversed(node.children)
    return found


def _innermost(errors: Sequence[Node]) -> list[Span]:
    """The first errors without others inside them: they are nearer to what is wrong.

    A node that has an error, but no child that has or is one, misses a line's or a block's end.
    """
    found: list[Node] = []
    waiting = list(reversed(errors))
    visited = 0
    while waiting and len(found) < MAX_INNER and visited < MAX_ERRORS:
        node = waiting.pop()
        visited += 1
        inside = [c for c in node.children if c.has_error or c.is_missing]
        if inside:
            waiting += reversed(inside)
        else:
            found.append(node)
    return [node.byte_range for node in sorted(found, key=_height)]


def _misplaced(tree: Tree, expected: Sequence[Expected]) -> int:
    """How many definitions are none in the tree, or in another one than their indentation says."""
    cursor, climber = tree.walk(), Climber(tree.walk())
    count = 0
    for header in expected:
        move_on(cursor, header.keyword[0])
        climber.reset(cursor)
        is_definition = climber.node.byte_range == header.keyword and climber.up() and climber.node.type in _DEFINITIONS
        if not is_definition or climber.enclosing(_DEFINITIONS, "def", "class") != header.parent:
            count += 1
    return count
