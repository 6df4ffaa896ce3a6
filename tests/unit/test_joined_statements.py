"""Statements that the grammar joins across the end of a line are two statements, as Python's own parser says."""

from __future__ import annotations

import ast
from itertools import product

import pytest

from ptmscan.source import Source, Unit
from ptmscan.syntax.treesitter_trees import parse_text
from ptmscan.syntax.treesitter_units import parse_unit
from ptmscan.syntax.with_treesitter import parse

FIRST = (
    'a = N, ("m", "b")',
    "a = N, f(x)",
    "a = N, [1, 2]",
    'a = N, "s"',
    "a = N, {1: 2}",
    "a += N, (1, 2)",
    "N, (1, 2)",
    "a = b = N, (1, 2)",
    "a = *b, (c)",
    "a, b = N, x[0]",
    "a = f(x)",
)
BETWEEN = ("\n", "  \n", "  # text\n", "# text\n", "#\n", "\n\n# text\n", "\r\n")
SECOND = (
    "[c, d] = e",
    "[c, d]",
    "(c).d = e",
    "(c, d) = e",
    "[c[0], d.e] = f",
    "[c, d] = e = f",
    "(f)(x)",
    "[x for x in y]",
)


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("between", BETWEEN)
def test_two_lines_are_two_statements(first: str, between: str) -> None:
    for second, indented in product(SECOND, (False, True)):
        lines = first + between + second + "\n"
        text = "if x:\n    " + first + between + "    " + second + "\n" if indented else lines
        parsed = ast.parse(text)
        body = parsed.body[0].body if isinstance(parsed.body[0], ast.If) else parsed.body
        data = text.encode()
        statements = parse(Source("x.py", data, (Unit(None, 0, len(data)),))).statements
        found = getattr(statements[0], "body", statements) if indented else statements
        rows = [(data[: s.span[0]].count(b"\n") + 1, data[s.span[0] : s.span[1]].decode()) for s in found]
        assert rows == [(s.lineno, ast.get_source_segment(text, s)) for s in body], text


def test_the_grammar_still_joins_them() -> None:
    """When this fails, the grammar was mended, and the module may go."""
    tree = parse_text(b'a = N, ("m", "b")\n[c, d] = e\n')
    assert tree is not None
    assert tree.root_node.named_child_count == 1


@pytest.mark.parametrize(
    "text",
    [
        "a, b[\n0] = c\n",
        "a, b\\\n[0] = c\n",
        "a, b\\\n  [0] = c\n",
        "x = f(\n(a, b),\n(c))\n",
        "x = [a, (b)\n[0]]\n",
        "(a, (b)\n[0]) = c\n",
    ],
)
def test_what_belongs_together_is_left_alone(text: str) -> None:
    ast.parse(text)
    data = text.encode()
    assert parse_unit(data, 0, len(data)).verbatim


def test_offsets_count_from_the_whole_source() -> None:
    data = b'x = 1\n#%%\na = N, ("m", "b")\n[c, d] = e\n'
    unit = parse_unit(data, 10, len(data))
    assert unit.main is not None
    assert [node.byte_range for node in unit.main.tree.root_node.named_children] == [(10, 27), (28, 38)]
