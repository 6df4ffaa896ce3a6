"""Python's standard library, read by `ast` and by us: statements, expressions, calls, references are the same."""

from __future__ import annotations

import ast
import re
import sysconfig
from bisect import bisect_right
from pathlib import Path

import pytest
from ast_lowering import AstLowering, blurred

from ptmscan.source import Source, Unit
from ptmscan.syntax.nodes import Span
from ptmscan.syntax.with_treesitter import TreeSitterModule, parse

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = (
    "ast.py",
    "asyncio/staggered.py",
    "asyncio/taskgroups.py",
    "calendar.py",
    "colorsys.py",
    "contextlib.py",
    "csv.py",
    "dataclasses.py",
    "email/header.py",
    "enum.py",
    "fnmatch.py",
    "fractions.py",
    "functools.py",
    "json/decoder.py",
    "keyword.py",
    "platform.py",
    "random.py",
    "re/_parser.py",
    "shutil.py",
    "sqlite3/dump.py",
    "string.py" if (STDLIB / "string.py").exists() else "string/__init__.py",
    "textwrap.py",
    "tokenize.py",
    "traceback.py",
    "types.py",
    "uuid.py",
    "xml/dom/minidom.py",
)
EVERY_NAME = re.compile(rb"[\w\x80-\xff]+")

CONSTRUCTS = (Path(__file__).parents[1] / "fixtures" / "constructs.txt").read_text(encoding="utf-8").split("# ---\n")


def module_of(data: bytes) -> TreeSitterModule:
    return parse(Source("x.py", data, (Unit(None, 0, len(data)),)))


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_standard_library_is_read_as_python_reads_it(name: str) -> None:
    data = (STDLIB / name).read_bytes().replace(b"\r\n", b"\n")
    assert_same(data)


@pytest.mark.parametrize("text", CONSTRUCTS)
def test_a_construct_is_read_as_python_reads_it(text: str) -> None:
    assert_same(text.encode())


def assert_same(data: bytes) -> None:
    oracle, module = AstLowering(data), module_of(data)
    assert module.problem is None
    assert module.error_lines == ()
    assert [blurred(s) for s in module.statements] == [blurred(s) for s in oracle.module()]
    hidden = sorted(oracle.span(x) for x in oracle.reliable() if isinstance(x, ast.JoinedStr))
    # `type(x).y = …` has no call in the tree; the statement has it.
    typed = {oracle.span(t.value) for t in oracle.type_targets()}
    assert outside(module.calls(EVERY_NAME), hidden) | typed == oracle.calls() | typed
    assert outside(module.references(EVERY_NAME), hidden) - typed == oracle.references() - typed
    assert outside(module.walrus(), hidden) == oracle.walrus()
    for node in oracle.expressions():
        assert blurred(module.expression(oracle.span(node))) == blurred(oracle.expr(node))


def outside(spans: tuple[Span, ...], hidden: list[Span]) -> set[Span]:
    """Without what is inside f-strings, of which `ast` does not know the places before Python 3.12."""
    found = set()
    for span in spans:
        place = bisect_right(hidden, (span[0], span[1] + 1)) - 1
        before = [h for h in hidden[max(0, place - 1) : place + 1] if h[0] <= span[0] and span[1] <= h[1]]
        if not before:
            found.add(span)
    return found
