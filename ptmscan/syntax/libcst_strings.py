"""String literals of libCST nodes: adjacent literals, f-strings. Python's own `ast.literal_eval` decodes the tokens.

The tree-sitter side decodes with `ptmscan.syntax.literals`; two decoders, so that each checks the other.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from typing import TypeAlias

import libcst as cst

from ptmscan.syntax import nodes as n

Positions: TypeAlias = Callable[[cst.CSTNode], n.Span]
Lower: TypeAlias = Callable[[cst.CSTNode, Positions], n.Expr]
Contents: TypeAlias = Sequence[cst.BaseFormattedStringContent]

_BARE_QUOTE = re.compile(r"\\.|[\"']", re.DOTALL)
_NO_MODULE = cst.Module([])


def lower_string(node: cst.BaseString, at: Positions, lower: Lower) -> n.Expr:
    """One literal of a string node and its neighbours; `lower` lowers an expression inside braces."""
    pieces = _pieces(node)
    if not all(isinstance(p, cst.SimpleString | cst.FormattedString) for p in pieces):
        return n.Unsupported(at(node), "template-string")
    try:
        return _join(node, pieces, at, lower)
    except (ValueError, SyntaxError):  # A broken escape, or a character that bytes cannot hold.
        return n.Unsupported(at(node), "string")


def _pieces(node: cst.BaseString) -> list[cst.BaseString]:
    found: list[cst.BaseString] = []
    while isinstance(node, cst.ConcatenatedString):
        found.append(node.left)
        node = node.right
    return [*found, node]


def _join(node: cst.BaseString, pieces: list[cst.BaseString], at: Positions, lower: Lower) -> n.Expr:
    values = [_decode(p.value) for p in pieces if isinstance(p, cst.SimpleString)]
    if len(values) < len(pieces):
        return n.FString(at(node), tuple(_all_parts(pieces, at, lower)))
    if len(values) == 1:
        return n.Constant(at(node), values[0])
    if isinstance(values[0], bytes):
        return n.Constant(at(node), b"".join([v for v in values if isinstance(v, bytes)]))
    return n.Constant(at(node), "".join([v for v in values if isinstance(v, str)]))


def _all_parts(pieces: list[cst.BaseString], at: Positions, lower: Lower) -> list[n.Expr]:
    parts: list[n.Expr] = []
    for piece in pieces:
        if isinstance(piece, cst.SimpleString):
            start, end = at(piece)
            quotes = len(piece.quote)
            span = (start + len(piece.prefix) + quotes, end - quotes)
            _add_text(parts, span, str(_decode(piece.value)))
        elif isinstance(piece, cst.FormattedString):
            _add_parts(parts, piece.parts, piece, at, lower)
    return parts


def _add_parts(
    parts: list[n.Expr], contents: Contents, string: cst.FormattedString, at: Positions, lower: Lower
) -> None:
    for content in contents:
        if isinstance(content, cst.FormattedStringText):
            _add_text(parts, at(content), _decode_middle(content.value, string))
        elif isinstance(content, cst.FormattedStringExpression):
            _add_interpolation(parts, content, string, at, lower)


def _add_interpolation(
    parts: list[n.Expr], node: cst.FormattedStringExpression, string: cst.FormattedString, at: Positions, lower: Lower
) -> None:
    conversion, spec = node.conversion, None
    start, end = at(node)
    if node.equal is not None:
        text = _code_of(
            node.whitespace_before_expression, node.expression, node.equal, node.whitespace_after_expression
        )
        _add_text(parts, (start + 1, start + 1 + len(text.encode())), text)
        if conversion is None and node.format_spec is None:
            conversion = "r"
    if node.format_spec is not None:
        spec_parts: list[n.Expr] = []
        _add_parts(spec_parts, node.format_spec, string, at, lower)
        spec = n.FString((spec_parts[0].span[0], end - 1) if spec_parts else (end - 1, end - 1), tuple(spec_parts))
    parts.append(n.Interpolation((start, end), lower(node.expression, at), conversion, spec))


def _code_of(*nodes: cst.CSTNode) -> str:
    return "".join([_NO_MODULE.code_for_node(node) for node in nodes])


def _add_text(parts: list[n.Expr], span: n.Span, text: str) -> None:
    last = parts[-1] if parts else None
    if isinstance(last, n.Constant) and isinstance(last.value, str):
        parts[-1] = n.Constant((last.span[0], span[1]), last.value + text)
    elif text:
        parts.append(n.Constant(span, text))


def _decode_middle(text: str, string: cst.FormattedString) -> str:
    """The text between two interpolations, where doubled braces stand for one."""
    text = text.replace("{{", "{").replace("}}", "}")
    if "r" in string.prefix or "\\" not in text:
        return text
    text = _BARE_QUOTE.sub(_escaped, text)
    slashes = len(text) - len(text.rstrip("\\"))
    text += "\\" * (slashes % 2)  # The lone backslash of `\{x}` stands for itself.
    return str(_decode(f"{string.quote}{text}{string.quote}"))


def _escaped(match: re.Match[str]) -> str:
    return match[0] if match[0][0] == "\\" else "\\" + match[0]


def _decode(token: str) -> str | bytes:
    """The value of a string token without placeholders.

    Raises:
        ValueError, SyntaxError: a broken escape, a NUL, or a character that bytes cannot hold.
    """
    if "\\" not in token and token[0] in "\"'":
        return token[3:-3] if token[:3] in ('"""', "'''") else token[1:-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Unknown escapes such as `\d` are fine, if deprecated.
        value = ast.literal_eval(token)
    if not isinstance(value, str | bytes):
        raise ValueError(token)
    return value
