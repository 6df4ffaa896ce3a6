"""String literals of tree-sitter nodes: prefixes, adjacent literals, f-strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptmscan.syntax import nodes as n
from ptmscan.syntax.literals import LiteralError, decode_bytes, decode_text

if TYPE_CHECKING:
    from tree_sitter import Node

Lower = Callable[["Node"], n.Expr]


def lower_strings(data: bytes, span: n.Span, strings: list[Node], lower: Lower) -> n.Expr:
    """One literal of adjacent string nodes; `lower` lowers an expression inside braces."""
    prefixes = [_prefix(data, s) for s in strings]
    if any("`" in p for p in prefixes):
        return n.Unsupported(span, "backquotes")
    if any("t" in p for p in prefixes):
        return n.Unsupported(span, "template-string")
    try:
        if any("b" in p for p in prefixes):
            return _bytes(data, span, strings, prefixes)
        parts: list[n.Expr] = []
        for node, prefix in zip(strings, prefixes, strict=True):
            _add_parts(data, node, prefix, parts, lower)
    except LiteralError:
        return n.Unsupported(span, "string")
    except _BrokenStringError:
        return n.Unsupported(span, "error")
    if any("f" in p for p in prefixes):
        return n.FString(span, tuple(parts))
    return n.Constant(span, "".join([p.value for p in parts if isinstance(p, n.Constant) and isinstance(p.value, str)]))


class _BrokenStringError(Exception):
    """Error recovery changed something inside the literal."""


def _prefix(data: bytes, node: Node) -> str:
    """The lower-case prefix; a Python 2 backquote counts as one."""
    start = node.children[0] if node.child_count else node
    text = data[start.start_byte : start.end_byte].decode("ascii", "replace").lower()
    return text if "`" in text else text.rstrip("\"'")


def _bytes(data: bytes, span: n.Span, strings: list[Node], prefixes: list[str]) -> n.Expr:
    if not all("b" in p for p in prefixes):
        raise LiteralError("bytes beside text")
    pieces = []
    for node, prefix in zip(strings, prefixes, strict=True):
        start, end = _content(data, node)
        pieces.append(decode_bytes(data[start:end].decode("utf-8", "replace"), raw="r" in prefix))
    return n.Constant(span, b"".join(pieces))


def _content(data: bytes, node: Node) -> n.Span:
    """What stands between the quotes. The tree's own end token may begin too early, as in `r"\\\\"`."""
    children = node.children
    if len(children) < 2 or children[0].type != "string_start" or children[-1].type != "string_end":
        raise _BrokenStringError
    if node.has_error and any(c.is_error or c.is_missing for c in children):
        raise _BrokenStringError
    start = children[0].end_byte
    quote = data[start - 1 : start]
    width = 3 if data[start - 3 : start] == quote * 3 and start - 3 >= node.start_byte else 1
    return start, node.end_byte - width


def _add_parts(data: bytes, node: Node, prefix: str, parts: list[n.Expr], lower: Lower) -> None:
    start, end = _content(data, node)
    raw = "r" in prefix
    if "f" not in prefix:
        _add_text(parts, (start, end), decode_text(data[start:end].decode("utf-8", "replace"), raw=raw))
        return
    for child in node.children:
        if child.type == "interpolation":
            _add_literal(data, (start, child.start_byte), parts, raw)
            _add_interpolation(data, child, parts, lower, raw)
            start = child.end_byte
    _add_literal(data, (start, end), parts, raw)


def _add_literal(data: bytes, span: n.Span, parts: list[n.Expr], raw: bool) -> None:
    """The text between two interpolations, where doubled braces stand for one."""
    text = decode_text(data[span[0] : span[1]].decode("utf-8", "replace"), raw=raw, braces=True)
    _add_text(parts, span, text)


def _add_text(parts: list[n.Expr], span: n.Span, text: str) -> None:
    last = parts[-1] if parts else None
    if isinstance(last, n.Constant) and isinstance(last.value, str):
        parts[-1] = n.Constant((last.span[0], span[1]), last.value + text)
    elif text:
        parts.append(n.Constant(span, text))


def _add_interpolation(data: bytes, node: Node, parts: list[n.Expr], lower: Lower, raw: bool) -> None:
    expression = node.child_by_field_name("expression")
    conversion = node.child_by_field_name("type_conversion")
    specifier = node.child_by_field_name("format_specifier")
    if expression is None or any(c.is_error or c.is_missing for c in node.children):
        raise _BrokenStringError
    how = data[conversion.start_byte + 1 : conversion.end_byte].decode() if conversion else None
    equals = next((c for c in node.children if c.type == "="), None)
    if equals is not None:
        start, end = node.start_byte + 1, _next_start(node, equals)
        _add_text(parts, (start, end), data[start:end].decode("utf-8", "replace"))
        if how is None and specifier is None:
            how = "r"
    spec = _specifier(data, specifier, lower, raw) if specifier else None
    if expression.type == "named_expression":
        expression, spec = _name_and_specifier(data, node, expression)
    parts.append(n.Interpolation(node.byte_range, lower(expression), how, spec))


def _name_and_specifier(data: bytes, node: Node, walrus: Node) -> tuple[Node, n.Expr]:
    """`{x:=10}` is x with the specifier `=10`; the grammar reads a walrus."""
    name, start, end = walrus.named_children[0], walrus.children[1].start_byte + 1, node.end_byte - 1
    if b"{" in data[start:end]:
        raise _BrokenStringError
    return name, n.FString((start, end), (n.Constant((start, end), data[start:end].decode("utf-8", "replace")),))


def _next_start(node: Node, equals: Node) -> int:
    """Where the text of `{x = }` ends: at the conversion, the specifier or the brace."""
    return min(c.start_byte for c in node.children if c.start_byte > equals.start_byte)


def _specifier(data: bytes, node: Node, lower: Lower, raw: bool) -> n.Expr:
    parts: list[n.Expr] = []
    start, end = node.start_byte + 1, node.end_byte
    for child in node.named_children:
        if child.type == "format_expression":
            _add_literal(data, (start, child.start_byte), parts, raw)
            _add_interpolation(data, child, parts, lower, raw)
            start = child.end_byte
    _add_literal(data, (start, end), parts, raw)
    return n.FString((node.start_byte + 1, end), tuple(parts))
