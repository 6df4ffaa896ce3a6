"""Which assignments may reach a use: a table by hand, and each of its rows run by Python with every coin toss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from textwrap import dedent, indent

import pytest

from ptmscan.analysis.bindings import Branch, at_any_time_after, at_end, reaching
from ptmscan.analysis.index import Binding, BindingKind, ModuleIndex
from ptmscan.analysis.indexing import build_index
from ptmscan.source import Source, Unit
from ptmscan.syntax.with_treesitter import parse

UNSET = "unset"
EXCEPTION = "exception"
COINS = 6

# Name → code with one `use(x)`, and the values that may be read there; `c()` tosses a coin, `fail()` may raise.
FLOWS: dict[str, tuple[str, set[int | str]]] = {
    "last assignment wins": ("x = 1\nx = 2\nuse(x)", {2}),
    "assignment behind the use": ("x = 1\nuse(x)\nx = 2", {1}),
    "never assigned before": ("use(x)\nx = 1", {UNSET}),
    "if without else": ("x = 1\nif c():\n    x = 2\nuse(x)", {1, 2}),
    "if and else": ("x = 1\nif c():\n    x = 2\nelse:\n    x = 3\nuse(x)", {2, 3}),
    "elif without else": ("x = 1\nif c():\n    x = 2\nelif c():\n    x = 3\nuse(x)", {1, 2, 3}),
    "elif and else": ("x = 1\nif c():\n    x = 2\nelif c():\n    x = 3\nelse:\n    x = 4\nuse(x)", {2, 3, 4}),
    "inside an arm": ("x = 1\nif c():\n    x = 2\n    use(x)\nelse:\n    x = 3", {2}),
    "other arm does not reach": ("x = 1\nif c():\n    x = 2\nelse:\n    use(x)", {1}),
    "early return": ("x = 1\nif c():\n    x = 2\n    return\nuse(x)", {1}),
    "early raise": ("x = 1\nif c():\n    x = 2\n    raise E\nuse(x)", {1}),
    "both arms leave": ("x = 1\nif c():\n    x = 2\n    return\nelse:\n    x = 3\n    return\nuse(x)", set()),
    "only set in one arm": ("if c():\n    x = 1\nuse(x)", {1, UNSET}),
    "for target": ("x = 1\nfor x in [2]:\n    use(x)", {2}),
    "for target afterwards": ("x = 1\nfor x in [2][: c()]:\n    pass\nuse(x)", {1, 2}),
    "loop may run not at all": ("x = 1\nfor _ in range(c()):\n    x = 2\nuse(x)", {1, 2}),
    "an earlier round reaches": ("x = 1\nfor _ in range(2):\n    use(x)\n    x = 2", {1, 2}),
    "reset in every round": ("x = 1\nfor _ in range(2):\n    x = 2\n    use(x)\n    x = 3", {2}),
    "break before the last": (
        "x = 1\nfor _ in range(2):\n    x = 2\n    if c():\n        break\n    x = 3\nuse(x)",
        {1, 2, 3},
    ),
    "continue carries": (
        "x = 1\nfor _ in range(2):\n    use(x)\n    x = 2\n    if c():\n        continue\n    x = 3",
        {1, 2, 3},
    ),
    "else of a loop": ("x = 1\nfor _ in range(c()):\n    x = 2\nelse:\n    x = 3\nuse(x)", {2, 3}),
    "else of a loop with break": (
        "x = 1\nfor _ in range(c()):\n    x = 2\n    break\nelse:\n    x = 3\nuse(x)",
        {1, 2, 3},
    ),
    "while": ("x = 1\nwhile c() and x == 1:\n    x = 2\nuse(x)", {1, 2}),
    "test of a while": ("x = 1\nwhile use(x) and c():\n    x = 2", {1, 2}),
    "nested loops": (
        "x = 1\nfor _ in range(2):\n    for _ in range(2):\n        use(x)\n        x = 2\n    x = 3",
        {1, 2, 3},
    ),
    "try may fail before or behind": (
        "x = 1\ntry:\n    fail()\n    x = 2\n    fail()\nexcept E:\n    pass\nuse(x)",
        {1, 2},
    ),
    "handler assigns": ("x = 1\ntry:\n    fail()\n    x = 2\nexcept E:\n    x = 3\nuse(x)", {2, 3}),
    "inside a handler": ("x = 1\ntry:\n    fail()\n    x = 2\n    fail()\nexcept E:\n    use(x)", {1, 2}),
    "handler leaves": ("x = 1\ntry:\n    fail()\n    x = 2\nexcept E:\n    x = 3\n    return\nuse(x)", {2}),
    "else of a try": ("x = 1\ntry:\n    fail()\n    x = 2\nexcept E:\n    x = 3\nelse:\n    use(x)", {2}),
    "else of a try assigns": ("x = 1\ntry:\n    fail()\nexcept E:\n    x = 2\nelse:\n    x = 3\nuse(x)", {2, 3}),
    "finally assigns": ("x = 1\ntry:\n    x = 2\nfinally:\n    x = 3\nuse(x)", {3}),
    "inside finally": ("x = 1\ntry:\n    fail()\n    x = 2\nexcept E:\n    x = 3\nfinally:\n    use(x)", {1, 2, 3}),
    "finally keeps": ("x = 1\ntry:\n    x = 2\nfinally:\n    pass\nuse(x)", {2}),
    "name of the exception": ("try:\n    raise E\nexcept E as x:\n    use(x)", {EXCEPTION}),
    "with target": ("x = 1\nwith holds(2) as x:\n    use(x)", {2}),
    "with target afterwards": ("x = 1\nwith holds(2) as x:\n    pass\nuse(x)", {2}),
    "inside with": ("x = 1\nwith holds(0):\n    x = 2\n    use(x)", {2}),
    "with that swallows": ("x = 1\nwith suppress(E):\n    fail()\n    x = 2\nuse(x)", {1, 2}),
    "match": ("x = 1\nmatch c():\n    case True:\n        x = 2\n    case _:\n        x = 3\nuse(x)", {2, 3}),
    "match without default": ("x = 1\nmatch c():\n    case True:\n        x = 2\nuse(x)", {1, 2}),
    "capture": ("x = 1\nmatch 2:\n    case x:\n        use(x)", {2}),
    "capture of one case": (
        "x = 1\nmatch c():\n    case True:\n        pass\n    case x:\n        x = 3\nuse(x)",
        {1, 3},
    ),
    "capture outlives its guard": (
        "x = 1\nmatch 2:\n    case x if c():\n        return\n    case _:\n        pass\nuse(x)",
        {1, 2},
    ),
    "capture reaches the next case": (
        "x = 1\nmatch 2:\n    case x if c():\n        pass\n    case _:\n        use(x)",
        {1, 2},
    ),
    "del": ("x = 1\ndel x\nuse(x)", {UNSET}),
    "del in one arm": ("x = 1\nif c():\n    del x\nuse(x)", {1, UNSET}),
    "del and assigned again": ("x = 1\ndel x\nx = 2\nuse(x)", {2}),
    "walrus in a test": ("x = 1\nif (x := 2) and c():\n    pass\nuse(x)", {1, 2}),
    "walrus seen in its arm": ("x = 1\nif (x := 2) and c():\n    use(x)", {1, 2}),
    "walrus that may be skipped": ("x = 1\nc() and (x := 2)\nuse(x)", {1, 2}),
    "walrus of a while": ("x = 1\nwhile (x := 2) and c():\n    x = 3\nuse(x)", {1, 2, 3}),
    "walrus in a comprehension": ("x = 1\n[x := 2 for _ in range(c())]\nuse(x)", {1, 2}),
    "augmented": ("x = 0\nx |= 2\nuse(x)", {2}),
    "unpacked": ("x = 1\nx, y = 2, 3\nuse(x)", {2}),
}


def index_of(code: str) -> tuple[Source, ModuleIndex]:
    data = code.encode()
    source = Source("m.py", data, (Unit(None, 0, len(data)),))
    return source, build_index("m.py", parse(source))


def function(code: str) -> str:
    return f"def run():\n{indent(dedent(code), '    ')}\n"


def label(source: Source, binding: Binding) -> int | str:
    """The number in a binding's value, or what it is when it has none."""
    if binding.kind is BindingKind.DELETE:
        return UNSET
    if binding.value is None:
        return EXCEPTION
    number = re.search(r"\d+", source.text(binding.value))
    return int(number[0]) if number else EXCEPTION


def said(code: str) -> set[int | str]:
    """What the search says of the one `use(x)` in a function."""
    source, index = index_of(function(code))
    scope = next(s for s in index.scopes if s.name == "run")
    found = reaching(scope, "x", source.data.index(b"use(x)") + len("use("))
    return {label(source, b) for b in found.sites} | ({UNSET} if found.falls else set())


def observed(code: str) -> set[int | str]:
    """What Python reads at the use, over every sequence of coins."""
    seen: set[int | str] = set()
    compiled = compile(function(code).replace("use(x)", "use(lambda: x)"), "m.py", "exec")
    for coins in product((False, True), repeat=COINS):
        names = Sandbox(coins, seen).names()
        exec(compiled, names)
        with suppress(LookupError, GivenError, UnboundLocalError):
            names["run"]()
    return seen


class GivenError(Exception):
    """What generated code raises."""


class Sandbox:
    """The functions that a row may call, with the coins of one run."""

    def __init__(self, coins: tuple[bool, ...], seen: set[int | str]) -> None:
        self.coins, self.seen = list(coins), seen

    def names(self) -> dict[str, object]:
        return {
            "c": self.toss,
            "fail": self.fail,
            "use": self.use,
            "holds": holds,
            "E": GivenError,
            "suppress": suppress,
        }

    def toss(self) -> bool:
        if not self.coins:
            raise LookupError
        return self.coins.pop(0)

    def fail(self) -> None:
        if self.toss():
            raise GivenError

    def use(self, read) -> bool:
        try:
            value = read()
        except NameError:
            value = UNSET
        self.seen.add(EXCEPTION if isinstance(value, GivenError) else value)
        return True


@contextmanager
def holds(value: int) -> Iterator[int]:
    yield value


@pytest.mark.parametrize(("code", "expected"), FLOWS.values(), ids=FLOWS)
def test_assignments_that_may_reach_a_use(code, expected):
    assert said(code) == expected


def test_arms_that_cannot_be_taken_are_left_out():
    source, index = index_of("x = 1\nif flag:\n    x = 2\nelse:\n    x = 3\nuse(x)\n")

    def never(branch: Branch) -> bool:
        return branch.taken is False

    found = reaching(index.scopes[0], "x", source.data.index(b"use(x)"), never)
    assert [label(source, b) for b in found.sites] == [3]


def test_end_of_a_scope_sees_its_last_bindings():
    source, index = index_of("x = 1\nuse(x)\nif flag:\n    x = 2\n")
    assert {label(source, b) for b in at_end(index.scopes[0], "x").sites} == {1, 2}


def test_code_that_runs_later_sees_later_bindings():
    code = "x = 1\nx = 2\ndef late():\n    return x\nx = 3\ndef change():\n    global x\n    x = 4\n"
    source, index = index_of(code)
    found = at_any_time_after(index, index.scopes[0], "x", source.data.index(b"def late"))
    assert {label(source, b) for b in found.sites} == {2, 3, 4}
    assert not found.falls


@pytest.mark.parametrize("code", [code for code, _ in FLOWS.values()], ids=FLOWS)
def test_python_reads_nothing_else(code):
    assert observed(code) <= said(code)
