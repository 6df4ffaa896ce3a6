"""What libCST says of the calls that tree-sitter found."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from ptmscan.source import Source, Unit
from ptmscan.syntax import confirmation
from ptmscan.syntax import nodes as n
from ptmscan.syntax.confirmation import Agreed, Confirmation, Confirmer, Differ, Unconfirmed, confirm
from ptmscan.syntax.with_treesitter import parse

LOAD = re.compile(rb"load")


def source(code: str) -> Source:
    data = code.encode()
    return Source("x.py", data, (Unit(None, 0, len(data)),))


def confirmed(code: str) -> list[Confirmation]:
    """The answers for each call of `load`."""
    text = source(code)
    module = parse(text)
    confirmer = Confirmer(text, module)
    calls = [module.expression(span) for span in module.calls(LOAD)]
    return [confirmer.confirm(call) for call in calls if isinstance(call, n.Call)]


@pytest.mark.parametrize(
    "code",
    [
        "load(1)",
        "x = a.load('é', *b, k=f'{c!r}', **d)",
        "x = y[load(1)] = load(2)",
        "load(1).x += load(2)",
        "x: load(1) = load(2)",
        "return load(1), *load(2)",
        "del x[load(1)]",
        "assert load(1), load(2)",
        "raise load(1) from load(2)",
        "x = yield load(1)",
        "if a and (\n  load(1)  # why\n): pass\nelif load(2): load(3)\nelse: load(4)",
        "while load(1): load(2)\nelse: load(3)",
        "for x in *load(1), load(2): load(3)\nelse: load(4)",
        "with load(1) as a, (load(2)): load(3)",
        "try: load(1)\nexcept load(2): load(3)\nelse: load(4)\nfinally: load(5)",
        "match load(1):\n case x if load(2): load(3)",
        "@load(1)\ndef f(a: load(2) = load(3)):\n    class A(load(4), k=load(5)):\n        load(6)",
        "x = [*a.load(1), *load(2)]",
        "x = lambda a=load(1): load(2)",
        "x = f'{load(1):{load(2)}}'",
        "(\n  load\n  (1)\n)",
        "x = load \\\n  (1)",
        "load(load(load(1)))",
        "load(x for x in load(1))",
        "print >>f, load(1)",
        "print 'x', load(1)",
        "type X = load(1)",
    ],
)
def test_both_parsers_agree_wherever_a_call_stands(code: str) -> None:
    answers = confirmed(code + "\n")
    assert answers == [Agreed()] * len(re.findall(r"load\s*\\?\s*\(", code))


def test_a_call_alone_is_confirmed_by_its_own_text() -> None:
    text = source("x = [load(1) load(2)]\n")
    call = n.Call((5, 12), n.Name((5, 9), "load"), (n.Argument((10, 11), None, n.Constant((10, 11), 1), 0),))
    assert confirm(text, call) == Agreed()


def test_libcst_wins_where_the_readings_differ() -> None:
    text = source("x = f(load('é', k=2))\n")
    module = parse(text)
    call = module.expression((6, 21))
    assert isinstance(call, n.Call)
    wrong = replace(call, args=call.args[:1])
    assert confirm(text, wrong) == Differ(call)
    wrong = replace(call, args=(replace(call.args[0], value=n.Constant((11, 15), "e")), call.args[1]))
    assert confirm(text, wrong) == Differ(call)


def test_a_call_that_libcst_does_not_see_is_none() -> None:
    text = source("x = f('load(1)')\n")
    call = n.Call((7, 14), n.Name((7, 11), "load"), (n.Argument((12, 13), None, n.Constant((12, 13), 1), 0),))
    assert Confirmer(text, parse(text)).confirm(call) == Differ(None)


def test_a_difference_elsewhere_in_the_statement_does_not_touch_the_call() -> None:
    text = source("x = [load(1), b]\n")
    module = parse(text)

    class Wrong:
        statements = module.statements

        def expression(self, span: n.Span) -> n.Expr:
            tree = module.expression(span)
            return replace(tree, items=tree.items[:1]) if isinstance(tree, n.ListExpr) else tree

    call = module.expression((5, 12))
    assert isinstance(call, n.Call)
    assert Confirmer(text, Wrong()).confirm(call) == Agreed()  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["x = [load(1) load(2)]\n", "x = `load(1)` + load(2)\n", "if load(1) <> 2: pass\n"])
def test_a_statement_that_is_no_python_3_confirms_nothing(code: str) -> None:
    assert set(confirmed(code)) <= {Unconfirmed("rejected")}
    assert confirmed(code)


def test_a_call_in_a_statement_too_long_or_deep_is_confirmed_by_its_own_text() -> None:
    assert confirmed("x = [" + "'a', " * 4000 + "load(1)]\n") == [Agreed()]
    assert confirmed("x = " + "(" * 101 + "load(1)" + ")" * 101 + "\n") == [Agreed()]
    assert confirmed("x = load(1)" + " + 1" * 200 + "\n") == [Agreed()]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("'" + "a" * confirmation.MAX_LENGTH + "'", "too-long"),
        ("[" * 150 + "]" * 150, "too-deep"),
        ("1" + "+1" * 150, "too-deep"),
        ("a" + ".b" * 150, "too-deep"),
        ("'a' " * 150, "too-deep"),
    ],
)
def test_a_call_too_long_or_deep_stays_unconfirmed(arguments: str, reason: str) -> None:
    assert confirmed(f"load({arguments})\n") == [Unconfirmed(reason)]


def test_hostile_nesting_never_reaches_libcst() -> None:
    text = source("load(" + "[" * 20_000 + "]" * 20_000 + ")\n" + "load(" * 20_000 + ")" * 20_000 + "\n")
    whole = n.Call((0, 40_006), n.Name((0, 4), "load"), ())
    nested = n.Call((50_007, 150_007), n.Name((50_007, 50_011), "load"), ())
    assert confirm(text, whole) == Unconfirmed("too-long")
    assert confirm(text, nested) == Unconfirmed("too-long")


def test_the_work_for_one_source_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "MAX_WORK", 500)
    code = "".join(f"load({i:03})\n" for i in range(1, 101))
    answers = confirmed(code.replace("00", "1").replace("(0", "(1"))
    assert answers[0] == Agreed()
    assert answers[-1] == Unconfirmed("too-much-work")
    assert answers == sorted(answers, key=lambda a: a != Agreed())


def test_a_statement_is_parsed_once_for_all_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "MAX_WORK", 4_000)
    code = "x = [" + ", ".join(["load(1)"] * 100) + "]\n"
    assert confirmed(code) == [Agreed()] * 100


def test_libcst_is_imported_at_the_first_call_only() -> None:
    code = "import sys, ptmscan.syntax.confirmation; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
