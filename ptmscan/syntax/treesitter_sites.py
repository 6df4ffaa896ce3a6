"""Call sites, references and walrus expressions: found from the bytes of a name, told apart by the tree around it.

One cursor per search moves from hit to hit, so that deep nesting costs its depth once and not once for every hit.
TreeCursor.copy() is not used: with tree-sitter 0.26.1 it frees the tree once too often and crashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING

from ptmscan.syntax.treesitter_nodes import named

if TYPE_CHECKING:
    from tree_sitter import Node, Tree, TreeCursor

    from ptmscan.syntax.nodes import Span

_STAR = ord("*")
# What may stand between a callee and its call; the grammar may read `[*f()]` as `(*f)()`.
_AROUND_CALLEE = frozenset(("parenthesized_expression", "list_splat"))
# What may stand between a target and its statement.
_THROUGH = frozenset(
    (
        *_AROUND_CALLEE,
        "as_pattern",
        "type",
        "tuple",
        "list",
        "expression_list",
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
    )
)
_STORES = frozenset(("assignment", "augmented_assignment", "for_statement", "for_in_clause", "type_alias_statement"))
_NO_EXPRESSIONS = frozenset(
    (
        "dotted_name",
        "aliased_import",
        "parameters",
        "lambda_parameters",
        "typed_parameter",
        "dictionary_splat_pattern",
        "as_pattern_target",
        "case_pattern",
        "global_statement",
        "nonlocal_statement",
        "delete_statement",
        "splat_pattern",
        "keyword_pattern",
        "type_parameter",
    )
)
_NAME_FIELDS = frozenset(
    (
        "default_parameter",
        "typed_default_parameter",
        "keyword_argument",
        "function_definition",
        "class_definition",
        "named_expression",
    )
)
# Python itself reads no deeper than 200 brackets, each of which is two or three levels here.
MAX_TREE_DEPTH = 1000
_MANY = 16
_MAX_KNOWN = 500_000
_WALRUS = re.compile(rb":=")
_WORD = re.compile(rb"[\w\x80-\xff]+")  # Bytes above ASCII belong to words.
_IS_WORD = {bytes((b,)): _WORD.fullmatch(bytes((b,))) is not None for b in range(256)}
_WORDS_ONLY = bytes([byte[0] if is_word else 0x20 for byte, is_word in _IS_WORD.items()])


class _Role(Enum):
    CALLEE = auto()
    READ = auto()
    BOUND = auto()


class Words:
    """Where each identifier-like word of a source stands, comments and strings included."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._words = frozenset(data.translate(_WORDS_ONLY).split())

    def hits(self, names: re.Pattern[bytes]) -> list[Span]:
        """The spans of the words that `names` fully matches, in order.

        A search for a pattern of thousands of names would take longer than parsing; the words of a file are few.
        """
        known = _known_matches(names)
        if len(known) > _MAX_KNOWN:
            known.clear()
        for word in self._words.difference(known):
            known[word] = names.fullmatch(word) is not None
        return sorted(self._places(frozenset([word for word in self._words if known[word]])))

    def _places(self, words: frozenset[bytes]) -> Iterator[Span]:
        if len(words) > _MANY:  # One pass over everything instead of one for each word.
            return (hit.span() for hit in _WORD.finditer(self._data) if hit[0] in words)
        return (span for word in words for span in self._occurrences(word))

    def _occurrences(self, word: bytes) -> Iterator[Span]:
        data, width = self._data, len(word)
        start = data.find(word)
        while start >= 0:
            end = start + width
            if not _IS_WORD[data[start - 1 : start] or b" "] and not _IS_WORD[data[end : end + 1] or b" "]:
                yield start, end
            start = data.find(word, end)


@lru_cache(maxsize=32)
def _known_matches(_names: re.Pattern[bytes]) -> dict[bytes, bool]:
    """What is known of each word: the same few thousand occur in every file."""
    return {}


class SiteFinder:
    """Finds what stands at given places of one tree; `too_deep` tells afterwards whether something was left out."""

    def __init__(self, tree: Tree, data: bytes) -> None:
        self._tree, self._data = tree, data
        self.too_deep = False

    def calls(self, hits: Iterable[Span]) -> Iterator[tuple[Span, Node]]:
        """The calls whose callee ends in an identifier at one of the places, which ascend."""
        cursor = self._tree.walk()
        for hit in hits:
            if _to_leaf(cursor, hit, "identifier") and _role(cursor) is _Role.CALLEE:
                yield from self._found(cursor, cursor.node)

    def references(self, hits: Iterable[Span]) -> Iterator[tuple[Span, Node]]:
        """The names and attributes that end in an identifier at one of the places and are read, but not called."""
        cursor = self._tree.walk()
        for hit in hits:
            if not _to_leaf(cursor, hit, "identifier"):
                continue
            if cursor.field_name == "attribute":
                cursor.goto_parent()
            node = cursor.node
            if _role(cursor) is _Role.READ:
                yield from self._found(cursor, node)

    def walrus(self, unit: Span) -> Iterator[tuple[Span, Node]]:
        """All `name := value`."""
        cursor = self._tree.walk()
        for hit in _WALRUS.finditer(self._data, *unit):
            if _to_leaf(cursor, hit.span(), ":=") and cursor.goto_parent():
                node = cursor.node
                if node is None or node.type != "named_expression":
                    continue
                if cursor.field_name != "expression":  # `f"{x:=10}"` is a specifier, which the grammar overlooks.
                    yield from self._found(cursor, node)

    def _found(self, cursor: TreeCursor, node: Node | None) -> Iterator[tuple[Span, Node]]:
        if cursor.depth > MAX_TREE_DEPTH:
            self.too_deep = True
        elif node is not None:
            yield _expression_span(node, self._data), node


def _to_leaf(cursor: TreeCursor, span: Span, kind: str) -> bool:
    """Move on to the node of that kind which covers exactly the span; False, somewhere near, if there is none.

    Never back to a parent for the next child: in error regions nodes are wide, and this would cost their width squared.
    """
    start, end = span
    node = cursor.node
    while node is not None and node.end_byte <= start:
        if not cursor.goto_next_sibling() and not cursor.goto_parent():
            return False
        node = cursor.node
    while cursor.goto_first_child_for_byte(start) is not None:
        pass
    node = cursor.node
    while node is not None and node.start_byte == start and node.end_byte == end:
        if node.type == kind:
            return True
        if not cursor.goto_parent():  # `print` as a name is an identifier with a token inside.
            return False
        node = cursor.node
    return False


def _role(cursor: TreeCursor) -> _Role:
    """What the name at the cursor is to the code around it. The cursor ends at the node that decided: the call."""
    if cursor.field_name == "attribute":
        cursor.goto_parent()
    may_be_callee = True
    while True:
        field = cursor.field_name
        node = cursor.node if cursor.goto_parent() else None
        if node is None:
            return _Role.READ
        kind = node.type
        if field == "function" and kind == "call" and may_be_callee:
            return _Role.CALLEE
        binds = (field == "name" and kind in _NAME_FIELDS) or (field == "left" and kind in _STORES)
        if binds or kind in _NO_EXPRESSIONS:
            return _Role.BOUND
        if kind not in _THROUGH or (kind == "type" and cursor.field_name != "left"):
            return _Role.READ
        may_be_callee = may_be_callee and kind in _AROUND_CALLEE


def _expression_span(node: Node, data: bytes) -> Span:
    """The node's span; the grammar reads `[*a.b()]` as `(*a).b()`, and the star is no part of the call."""
    start, end = node.byte_range
    while data[start] == _STAR:
        children = named(node)
        if not children:
            break
        node = children[0]
        start = node.start_byte
    return start, end
