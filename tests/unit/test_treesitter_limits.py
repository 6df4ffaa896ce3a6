"""Hostile sizes and depths: no crash, no hang, and a problem named where something was left out."""

from __future__ import annotations

import pickle
import re
import sys

import pytest

from ptmscan.source import Source, Unit
from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_trees
from ptmscan.syntax.with_treesitter import TreeSitterModule, parse

DEEP = 20_000
LOAD = re.compile(rb"load")
NESTED = {
    "brackets": "(" * DEEP + "1" + ")" * DEEP,
    "lists": "[" * DEEP + "]" * DEEP,
    "unclosed": "[" * DEEP,
    "dicts": "{1:" * DEEP + "1" + "}" * DEEP,
    "calls": "load(" * DEEP + ")" * DEEP,
    "unclosed calls": "load(" * DEEP,
    "sum": "1+" * DEEP + "1",
    "power": "a**" * DEEP + "1",
    "attributes and calls": "a" + ".load()" * DEEP,
    "subscripts": "a" + "[0]" * DEEP,
    "signs": "-" * DEEP + "1",
    "nots": "not " * DEEP + "1",
    "and": "a and " * DEEP + "1",
    "conditions": "a if b else " * DEEP + "1",
    "lambdas": "lambda: " * DEEP + "1",
    "awaits": "await " * DEEP + "a",
    "comprehensions": "[a for a in " * 3_000 + "b" + "]" * 3_000,
    "f-strings": "f'{" * 300 + "1" + "}'" * 300,
    "walruses": "(a := " * DEEP + "1" + ")" * DEEP,
    "strings": "'a' " * DEEP,
}


def module_of(text: str) -> TreeSitterModule:
    data = text.encode()
    return parse(Source("x.py", data, (Unit(None, 0, len(data)),)))


@pytest.mark.parametrize("kind", NESTED)
def test_a_deeply_nested_expression_ends_in_a_tree_that_can_be_walked(kind: str) -> None:
    module = module_of(f"x = {NESTED[kind]}\ny = load('a')\n")
    module.references(LOAD)
    module.walrus()
    for statement in module.statements:
        if isinstance(statement, n.Assign):
            expr = module.expression(statement.value)
            assert pickle.loads(pickle.dumps(expr)) == expr
    assert len(module.calls(LOAD)) <= 1_000
    for span in module.calls(LOAD):
        module.expression(span)


def test_calls_below_any_depth_that_python_reads_are_left_out_with_a_problem() -> None:
    module = module_of("x = " + "load(" * 5_000 + ")" * 5_000 + "\n")
    module.calls(LOAD)
    assert module.problem == "too-deep"


def test_calls_in_all_brackets_that_python_reads_are_found() -> None:
    module = module_of("x = " + "(load(" * 100 + "))" * 100 + "\n")
    assert len(module.calls(LOAD)) == 100
    assert module.problem is None


def test_blocks_deeper_than_python_reads_are_left_out_with_a_problem() -> None:
    module = module_of("".join(" " * i + "if x:\n" for i in range(400)) + " " * 400 + "y = 1\n")
    assert module.problem == "too-deep"


def test_a_long_elif_chain_is_flattened_and_keeps_every_arm() -> None:
    module = module_of("if a: x = 0\n" + "".join(f"elif a == {i}: x = {i}\n" for i in range(1, 2_000)))
    assert module.problem == "too-deep"
    assert sum(isinstance(s, n.Assign) for s in walk(module.statements)) == 2_000


def walk(statements: tuple[n.Stmt, ...]) -> list[n.Stmt]:
    found: list[n.Stmt] = []
    waiting = list(statements)
    while waiting:
        statement = waiting.pop()
        found.append(statement)
        if isinstance(statement, n.If):
            waiting += [*statement.body, *statement.orelse]
    return found


def test_the_depth_of_an_expression_leaves_room_below_the_recursion_limit() -> None:
    module = module_of("x = " + "[" * 500 + "]" * 500 + "\n")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(frames() + 600)
    try:
        (assign,) = module.statements
        assert isinstance(assign, n.Assign)
        assert isinstance(module.expression(assign.value), n.ListExpr)
    finally:
        sys.setrecursionlimit(limit)


def frames() -> int:
    frame, count = sys._getframe(), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def test_fifty_thousand_assignments_to_one_name() -> None:
    module = module_of("".join(f"x = load('{i}')\n" for i in range(50_000)))
    assert len(module.statements) == len(module.calls(LOAD)) == 50_000


def test_a_file_of_ten_megabytes() -> None:
    row = ", ".join(["'some longer text, as generated files hold it'"] * 100)
    module = module_of("x = [\n" + f"{row},\n" * 2_100 + "]\ny = load('a')\n")
    assert len(module.calls(LOAD)) == 1
    assert module.problem is None


def test_an_unclosed_string_over_megabytes_of_prose_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treesitter_trees, "SECONDS", 0.02)
    module = module_of("x = load('a')\n'''" + "it's prose, with (brackets and\nwithout end\n" * 250_000)
    assert module.problem == "timeout"
    assert module.error_lines != ()


def test_wide_error_regions_cost_no_more_than_their_width() -> None:
    module = module_of("x = load('a')\n" + "it's prose with (brackets and load(x) and\nwithout end\n" * 1_000)
    assert len(module.calls(LOAD)) >= 1
    module.references(LOAD)
