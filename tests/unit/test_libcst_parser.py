"""libCST as the parser: its neutral tree is the one that Python's own `ast` gives, spans included."""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
import sys
import textwrap
from pathlib import Path

import pytest
from ast_lowering import AstLowering, blurred
from hypothesis import given, settings
from hypothesis import strategies as st

from ptmscan.source import Source, Unit
from ptmscan.syntax import nodes as n
from ptmscan.syntax import with_libcst
from ptmscan.syntax.with_libcst import LibcstModule, parse

ANY_NAME = re.compile(rb"\w+")

STATEMENTS = """\
x = 1
x = y.z[0] = a, *b = (1, 2)
(x) = [a, (b)] = (y)
x: int = 3
self.x: "str"
x += 1; y **= (2); z //= 3; a @= b; c >>= 1
import a.b.c as d, e
import a . b
from . import x
from ..pkg.mod import (a as b, c,)
from a import *
f(x)
x.y[0].append(1)
(x.y).append(1)
f().append(1)
"doc"
del a, b[0]
del (a, b)
del (a)
assert x, "message"
raise
raise E(1) from None
global a, b
pass
for x, (y, *z) in a, b:
    continue
else:
    break
while (n := f()):
    pass
else:
    x
if a: b
elif (c): d; e
else:
    if f: g
with open(a) as b, (c) as (d, e), f: pass
with (open(a) as b, c): pass
with (a): pass
try:
    a
except (A, B) as e:
    b
except C:
    c
except:
    d
else:
    e
finally:
    f
try: a
except* A: b
async def f(a, b=1, /, c: int = (2), *args: int, d, e=3, **kw: "x") -> int:
    async with a as b: await c
    async for d in e: yield
    return
def f(*, a=(1), b): return 1, 2
def f(): return
class A: x = 1
@dec
@a.b(c)(d)
class A(B, C[D], *bases, metaclass=M, **kw):
    @property
    def f(self): ...
match x, y:
    case 1 | -2 | "a" "b" | None | a.b.C:
        pass
    case [a, _, *rest] | (b, *_) if (a > b):
        pass
    case {"k": v, a.B: 1, **rest} | {}:
        pass
    case C() | a.C(1, [x], k=(y) as z):
        pass
    case -1 + 2j, *_:
        pass
    case (a):
        pass
    case _: pass
print >>f, x
if é: ñ = "日本" + f("ß", x=ﬁ)
"""

EXPRESSIONS = [
    "a",
    "(((a)))",
    "a.b . c",
    "a[b]",
    "a[b, c]",
    "a[b,]",
    "a[ 1 : 2 ,  :: 3, : , ...]",
    "a[b :\n  ]",
    "a[*b]",
    "a[(b, c)]",
    "f()",
    "f(a, *b, c=(d), *e, **f, g=1)",
    "f ( a )(b)[c](d)",
    "(f)(a)",
    "f(x for x in y)",
    "f( # why\n x for x in y\n)",
    "f((x for x in y), z)",
    "(f\n  # why\n  .g)",
    "()",
    "(a,)",
    "((a, b), [], [a, *b], {a}, {*a}, {}, {a: b, **c})",
    "1, 2",
    "0, 0x_fF, 0o17, 0b1_0, 1_000, 1., .5e-3, 1e400, 1J, 2.5j, 00",
    "None, True, False, ...",
    "'a' \"b\" '''c\nd''' r'\\n' u'e'",
    "b'a\\x00' rb'\\n' B'''c'''",
    r"'\n\t\\\'\"\a\x41\u00e9\U0001F600\N{BULLET}\101\0 \d \
'",
    r"b'\d\n\u00e9'",
    "f''",
    "f'a{b}c'",
    "f'{a!r}{b!s:>{w}.{p}}{c:%H:%M}{{}}{d:{{}}}'",
    "f'{a=}{b = }{c=!s}{d=:>3}'",
    "'a' f'b{c}' 'd' f'{{e' \"'\"",
    "f'''a\n\"{b}\" 'c' {d}\"'''",
    r"f'\{a}\n{b}\N{BULLET}\\' rf'\{a}\n' fr'{b}\\'",
    "f'{f\"{a}\" + (lambda: 1)()!r} {[x for x in y]}'",
    "not a",
    "- + ~ not_a",
    "not not a",
    "a + b - c * d / e // f % g @ h ** -i",
    "a << b >> c & d | e ^ f",
    "(a + (b)) * (c)",
    "a and b and c or d or (e or f)",
    "a < b <= c == d != e > f >= g is h is not i in j not in k",
    "a if b else c if d else e",
    "lambda: 0",
    "lambda a, b=1, /, c=(2), *d, e, f=3, **g: (a, b)",
    "lambda *, a: a",
    "[a for a in b if c if d for e, f in g]",
    "{a for a in (b)}, {a: b for a, b in c}, (a for a in b)",
    "[a async for a in b]",
    "(a := 1)",
    "f(a := 1, b=(c := 2))",
    "await a.b(c)",
    "(yield)",
    "(yield a, b)",
    "(yield from a)",
    "[*a.b(), *c | d], f(*a or b, **c or d)",
    "x if (y) else (z)",
]


def parsed(code: str) -> LibcstModule:
    data = code.encode()
    return parse(Source("x.py", data, (Unit(None, 0, len(data)),)))


def expression(code: str) -> n.Expr:
    """The value of `code` as the only statement, without knowing its span."""
    module = parsed(code + "\n")
    (statement,) = module.statements
    assert isinstance(statement, n.ExprStmt)
    return module.expression(statement.value)


def oracle(code: str) -> n.Expr:
    lowering = AstLowering((code + "\n").encode())
    (statement,) = lowering.tree.body
    assert isinstance(statement, ast.Expr)
    return lowering.expr(statement.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("code", EXPRESSIONS)
def test_an_expression_is_what_ast_says(code: str) -> None:
    assert blurred(expression(code)) == blurred(oracle(code))


def test_statements_are_what_ast_says() -> None:
    for ours, theirs in zip(parsed(STATEMENTS).statements, AstLowering(STATEMENTS.encode()).module(), strict=True):
        assert blurred(ours) == blurred(theirs)


@pytest.mark.parametrize("module", [contextlib, shlex, textwrap], ids=lambda m: m.__name__)
def test_real_modules_are_what_ast_says(module: object) -> None:
    code = Path(str(module.__file__)).read_text("utf-8")  # type: ignore[attr-defined]
    ours, lowering = parsed(code), AstLowering(code.encode())
    assert blurred(ours.statements) == blurred(lowering.module())
    assert set(ours.calls(ANY_NAME)) >= lowering.calls()
    assert set(ours.references(ANY_NAME)) >= lowering.references()
    for node in lowering.reliable():
        if isinstance(node, ast.Call | ast.BinOp | ast.JoinedStr):
            assert blurred(ours.expression(lowering.span(node))) == blurred(lowering.expr(node))


ATOMS = st.sampled_from(["a", "b.c", "1", "2.5", "'s'", "b'x'", "None", "()", "[]", "{}", "...", "'é'"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions around expressions, in parentheses where they might need them."""
    part = st.one_of(inner, inner.map(lambda x: f"({x})"), inner.map(lambda x: f"( {x}\n)"))
    forms = [
        "({0}) + {1}",
        "-{0}",
        "not {0}",
        "{0} and {1}",
        "{0} or {1} or {0}",
        "{0} < {1} not in {0}",
        "{0} if {1} else {2}",
        "({0})({1}, *{2}, k={0}, **{1})",
        "f({0} for x in {1} if {2})",
        "({0})[{1}]",
        "({0})[{1}:{2}, ::{0}]",
        "({0}).a",
        "[{0}, *{1}]",
        "({0},)",
        "({0}, {1})",
        "{{{0}: {1}, **{2}}}",
        "{{{0}, {1}}}",
        "[{0} for x, y in {1}]",
        "lambda x={0}, *y: {1}",
        "(x := {0})",
        "f'''a{{ {0} !r:>{{ {1} }}}}b'''",
        "f'''a\"{{ {0} }}''' 'b'",
    ]
    return st.builds(lambda form, *parts: form.format(*parts), st.sampled_from(forms), part, part, part)


EXPRESSION_TEXTS = st.recursive(ATOMS, larger, max_leaves=12)


def valid(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


@given(EXPRESSION_TEXTS.map(lambda text: f"({text})").filter(valid))
@settings(max_examples=150, deadline=None)
def test_generated_expressions_are_what_ast_says(code: str) -> None:
    assert blurred(expression(code)) == blurred(oracle(code))


# --- call sites -------------------------------------------------------------------------------------------------------


def texts(code: str, spans: tuple[n.Span, ...]) -> list[str]:
    return [code.encode()[start:end].decode() for start, end in spans]


def test_calls_are_named_by_the_last_identifier_of_their_callee() -> None:
    code = "load(1); a.load(2); b[0].load(3); (c.load)(4); load.other(5); load()(6); é.load(f'{load(7)}'); loads(8)\n"
    found = texts(code, parsed(code).calls(re.compile(rb"load")))
    assert found == ["load(1)", "a.load(2)", "b[0].load(3)", "(c.load)(4)", "load()", "é.load(f'{load(7)}')", "load(7)"]


def test_references_are_reads_that_are_not_called() -> None:
    code = textwrap.dedent(
        """\
        import m
        from m import m as m
        def m(m, *, k: m = m): global m
        class m(m): pass
        m = n.m
        for m in [m]: f(m=m, *m)
        with m as m: m()
        m.x, [m, m.m], *m = m[m]
        lambda m: m
        {m for m in m}
        (m := m)
        del m
        """
    )
    found = [code.encode()[: span[0]].count(b"\n") + 1 for span in parsed(code).references(re.compile(rb"m"))]
    assert found == [3, 3, 4, 5, 6, 6, 6, 7, 8, 8, 8, 8, 9, 10, 10, 11]


def test_every_walrus_is_listed() -> None:
    code = "if (a := 1):\n    [b := 2 for c in d]\n"
    module = parsed(code)
    assert texts(code, module.walrus()) == ["a := 1", "b := 2"]
    assert module.expression(module.walrus()[0]) == n.NamedExpr((4, 10), "a", n.Constant((9, 10), 1))


def test_the_generator_of_a_call_is_found_by_the_span_that_the_call_gives_it() -> None:
    module = parsed("f( x for x in y )\n")
    call = module.expression((0, 17))
    assert isinstance(call, n.Call)
    assert module.expression(call.args[0].span) == call.args[0].value


# --- beyond `ast` of Python 3.11 --------------------------------------------------------------------------------------


def test_type_parameters_and_aliases_are_read() -> None:
    function, cls, alias = parsed("def f[T: int, *U, **P](a: T): x\nclass A[T](B): y\ntype X[T] = list[T]\n").statements
    assert isinstance(function, n.FunctionDef)
    assert [p.name for p in function.params] == ["a"]
    assert isinstance(cls, n.ClassDef)
    assert cls.arguments == (n.BaseArgument(None, (43, 44), 0),)
    assert alias == n.Other((49, 68), "type", ((61, 68),))


def test_quotes_may_nest_in_an_f_string() -> None:
    assert expression('f"{d["a"]}"') == n.FString(
        (0, 11),
        (
            n.Interpolation(
                (2, 10), n.Subscript((3, 9), n.Name((3, 4), "d"), n.Constant((5, 8), "a")), conversion=None, spec=None
            ),
        ),
    )


def test_a_template_string_is_no_text() -> None:
    assert isinstance(expression("t'{x}'"), n.Unsupported)


def test_a_number_longer_than_python_reads_is_unsupported() -> None:
    assert expression("1" * 5000) == n.Unsupported((0, 5000), "number")


def test_bytes_beyond_ascii_are_unsupported() -> None:
    assert expression("b'é'") == n.Unsupported((0, 5), "string")


def test_names_are_normalised_as_python_does() -> None:
    assert expression("ﬁ.ﬂ") == n.Attribute((0, 7), n.Name((0, 3), "fi"), "fl")


# --- what libCST does not read ----------------------------------------------------------------------------------------


def notebook(*cells: str) -> Source:
    units, start = [], 0
    for number, cell in enumerate(cells):
        units.append(Unit(number, start, start + len(cell.encode())))
        start = units[-1].end
    return Source("x.ipynb", "".join(cells).encode(), tuple(units))


def test_a_rejected_cell_costs_only_itself() -> None:
    module = parse(notebook("é = 1\n", "b = 2\nprint 'x'\n", "c = f(3)\n"))
    assert [s.span for s in module.statements] == [(0, 6), (23, 31)]
    assert module.error_lines == (3,)
    assert module.calls(ANY_NAME) == ((27, 31),)
    assert module.problem is None


@pytest.mark.parametrize(
    "code", ["print 'x'\n", "exec 'x'\n", "`x`\n", "x = (\n", "a\n\x00\n", "if x:\n", "'''\n", "0777\n"]
)
def test_what_is_not_python_3_is_rejected_with_a_line(code: str) -> None:
    module = parsed(code + "\n")
    assert module.statements == ()
    assert len(module.error_lines) == 1


def test_a_fault_of_libcst_is_a_rejection() -> None:
    # https://github.com/Instagram/LibCST/issues/1061: valid Python, a TypeError in libCST 1.9.
    assert valid("() if 0 else(lambda:())")
    assert parsed("() if 0 else(lambda:())\n").error_lines == (1,)


HOSTILE = {
    "calls": "f(" * 20_000 + ")" * 20_000,
    "sum": "1" + "+1" * 20_000,
    "attributes": "a" + ".b" * 20_000,
    "strings": "x = " + "'a' " * 20_000,
    "open": "[" * 20_000,
    "elif": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "import": "import a" + ".a" * 20_000,
    "f-string": "f'{(" * 20_000,
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_what_would_break_libcst_is_not_given_to_it(code: str) -> None:
    module = parsed("a = 1\n" + code + "\n")
    assert (module.statements, module.error_lines, module.problem) == ((), (1,), "too-deep")


def test_blocks_and_expressions_that_nest_too_deep_together_are_given_up() -> None:
    blocks = "".join(f"{' ' * i}if x:\n" for i in range(98))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    try:
        module = parsed(blocks + " " * 98 + "f(" * 95 + ")" * 95 + "\n")
    finally:
        sys.setrecursionlimit(limit)
    assert (module.statements, module.problem) == ((), "too-deep")


def test_an_enormous_unit_is_not_given_to_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_libcst, "MAX_UNIT_BYTES", 20)
    module = parse(notebook("a = 1\n", "b = '" + "x" * 20 + "'\n"))
    assert [s.span for s in module.statements] == [(0, 5)]
    assert (module.error_lines, module.problem) == ((2,), "too-large")
