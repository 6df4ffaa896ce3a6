"""An expression read from its own text is the one that the tree of the whole module gives."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptmscan.source import Source, Unit
from ptmscan.syntax.nodes import Unsupported
from ptmscan.syntax.with_treesitter import TreeSitterModule, parse

FIXTURES = Path(__file__).parents[1] / "fixtures"
CONSTRUCTS = (FIXTURES / "constructs.txt").read_text(encoding="utf-8").split("# ---\n")
FILES = [path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "repos").rglob("*.py"))]


def _parsed(text: str) -> TreeSitterModule:
    data = text.encode()
    return parse(Source("module.py", data, (Unit(None, 0, len(data)),)))


def _spans(node: object) -> Iterator[tuple[int, int]]:
    match node:
        case (int() as start, int() as end):
            yield start, end
        case tuple():
            for item in node:
                yield from _spans(item)
        case _ if dataclasses.is_dataclass(node):
            for field in dataclasses.fields(node):
                if field.name != "span":
                    yield from _spans(getattr(node, field.name))


@pytest.mark.parametrize("text", [*CONSTRUCTS, "\n".join(FILES)], ids=str)
def test_equals_the_expression_in_its_module(text: str) -> None:
    module = _parsed(text)
    alone = module.detached()
    if alone is None:
        assert module.error_lines or "`" in text
        return
    for span in {*_spans(module.statements), *module.calls(re.compile(rb"\w+"))}:
        whole = module.expression(span)
        if not isinstance(whole, Unsupported):
            assert alone(span) in (None, whole)


def test_reads_most_of_the_expressions_of_a_real_module() -> None:
    module = _parsed("\n".join(FILES))
    alone = module.detached()
    assert alone is not None
    spans = module.calls(re.compile(rb"\w+"))
    assert len(spans) > 50
    assert all(alone(span) is not None for span in spans)


@pytest.mark.parametrize("text", ["x = 1 +\nf(a", "print `a`, f(b)\n"])
def test_is_not_to_be_had_where_the_text_was_changed(text: str) -> None:
    assert _parsed(text).detached() is None
