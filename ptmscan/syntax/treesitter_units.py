"""One unit of a source (a file, a notebook cell) as native trees: of the repaired text, and of what was blanked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.syntax.conflicts import Side, resolve
from ptmscan.syntax.damage import error_nodes, error_rows
from ptmscan.syntax.joined_statements import kept_apart
from ptmscan.syntax.outline import Outline
from ptmscan.syntax.recovery import Repaired, repair
from ptmscan.syntax.treesitter_trees import parse_text

if TYPE_CHECKING:
    from tree_sitter import Tree

    from ptmscan.syntax.nodes import Span

MAX_REPAIRED = 4_000_000
MAX_BACKQUOTES = 10_000
_BLOCK_OPENER = re.compile(
    rb"\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally)(?![\w\x80-\xff])"
)
# Backquotes stand in docstrings everywhere; only where one of these is in the file, too, is it worth to look.
_PYTHON_2 = (
    *(
        b'print "',
        b"print '",
        b"print `",
        b"print >>",
        b"print %",
        b"xrange(",
        b"unicode(",
        b"raw_input(",
        b"basestring",
    ),
    *(b"<>", b".iteritems(", b".has_key(", b"`,", b"=`", b"= `", b"(`"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A tree over the bytes [start, end) of the source, and what was added behind them to close what was open."""

    span: Span
    tree: Tree
    added: bytes = b""

    @property
    def reach(self) -> Span:
        """The bytes that a node of the tree may cover."""
        return self.span[0], self.span[1] + len(self.added)


@dataclass(frozen=True, slots=True)
class ParsedUnit:
    """What became of a unit. `main` is None without time; `regions` were blanked in it, `headers` shortened.

    Not `verbatim`: the main tree is of a text that was changed, if only in its backquotes.
    """

    span: Span
    main: Part | None
    regions: tuple[Part, ...] = ()
    headers: tuple[Part, ...] = ()
    touched: tuple[Span, ...] = ()
    verbatim: bool = False

    def parts(self) -> tuple[Part, ...]:
        """All trees, those of small parts first."""
        return (*self.regions, *self.headers, *(() if self.main is None else (self.main,)))

    def broken(self) -> tuple[Span, ...]:
        """Everything that could not be read as it stands."""
        if self.main is None:
            return (self.span,)
        root = self.main.tree.root_node
        left = tuple([node.byte_range for node in error_nodes(root)]) if root.has_error else ()
        return (*self.touched, *left)


def parse_unit(data: bytes, start: int, end: int) -> ParsedUnit:
    """Parse data[start:end]; only what does not parse is repaired, so that well-formed text pays nothing for it."""
    span = (start, end)
    text = data[start:end]
    tree = parse_text(text, start)
    if tree is None:
        return ParsedUnit(span, None)
    changed = kept_apart(text, tree, start)
    if b"`" in changed and any(word in changed for word in _PYTHON_2):
        changed = _without_backquotes(changed, tree, start)
    verbatim = changed == text
    if not verbatim:
        text, tree = changed, parse_text(changed, start) or tree
    if not tree.root_node.has_error:
        return ParsedUnit(span, Part(span, tree), verbatim=verbatim)
    return _recovered(text, tree, start)


def _without_backquotes(text: bytes, tree: Tree, base: int) -> bytes:
    """Brackets in place of Python 2's backquotes, which the grammar reads as strings: calls inside are calls."""
    result = bytearray(text)
    place = text.find(b"`")
    for _ in range(MAX_BACKQUOTES):
        if place < 0:
            break
        node = tree.root_node.descendant_for_byte_range(base + place, base + place + 1)
        if node is not None and node.type in ("string_start", "string_end") and node.end_byte == base + place + 1:
            result[place] = ord("[" if node.type == "string_start" else "]")
        place = text.find(b"`", place + 1)
    return bytes(result)


def _recovered(text: bytes, tree: Tree, base: int) -> ParsedUnit:
    """The unit after conflict markers were resolved and, if that is not enough, repairs were made."""
    dropped: tuple[Span, ...] = ()
    resolved = _resolved(text, base)
    if resolved is not None:
        tree, text, dropped = resolved
    span = (base, base + len(text))
    if not tree.root_node.has_error or len(text) > MAX_REPAIRED:
        return ParsedUnit(span, Part(span, tree), touched=dropped)
    repaired = repair(text)
    main = parse_text(repaired.text, base)
    if main is None:
        return ParsedUnit(span, Part(span, tree), touched=dropped)
    touched = (*dropped, *[(base + start, base + end) for start, end in repaired.touched])
    regions, headers = _apart(text, repaired, base)
    return ParsedUnit(span, Part(span, main), regions, headers, touched)


def _resolved(text: bytes, base: int) -> tuple[Tree, bytes, tuple[Span, ...]] | None:
    """The text with that side of its conflicts which parses better, the first if both do."""
    best: tuple[Tree, bytes, tuple[Span, ...]] | None = None
    least: float | None = None
    for side in Side:
        resolved = resolve(text, side)
        tree = parse_text(resolved.text, base) if resolved is not None else None
        if resolved is not None and tree is not None:
            rows = error_rows(tree.root_node)
            if least is None or rows < least:
                dropped = tuple([(base + start, base + end) for start, end in resolved.dropped])
                best, least = (tree, resolved.text, dropped), rows
    return best


def _apart(text: bytes, repaired: Repaired, base: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    regions = [_part(text, span, base) for span in repaired.regions]
    headers = [_part(text, span, base) for span in repaired.headers]
    return tuple([p for p in regions if p is not None]), tuple([p for p in headers if p is not None])


def _part(text: bytes, span: Span, base: int) -> Part | None:
    """Blanked lines by themselves, with what they leave open closed, if there is room for it before the text's end."""
    start, end = span
    outline = Outline(text[start:end])
    piece = outline.text[: outline.code_end()]
    end = start + len(piece)
    added = _closing(outline, piece)
    if end + len(added) > len(text):
        added = b""
    tree = parse_text(piece + added, base + start) if piece else None
    return None if tree is None else Part((base + start, base + end), tree, added)


def _closing(outline: Outline, piece: bytes) -> bytes:
    if not outline.strings_end:
        return b""
    closing = outline.open_brackets()
    if outline.count == 1 and _BLOCK_OPENER.match(piece) and not piece.endswith(b":"):
        closing += b": pass"
    return closing
