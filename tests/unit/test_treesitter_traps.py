"""What tree-sitter and its Python grammar get wrong, and what Python 2 writes, must not reach the user."""

from __future__ import annotations

import re

import pytest
from tree_sitter import Parser

from ptmscan.source import Source, Unit
from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_trees, treesitter_units
from ptmscan.syntax.treesitter_grammar import LANGUAGE
from ptmscan.syntax.with_treesitter import TreeSitterModule, parse

LOAD = re.compile(rb"load|from_pretrained")


def module_of(text: str) -> TreeSitterModule:
    data = text.encode()
    return parse(Source("x.py", data, (Unit(None, 0, len(data)),)))


def value_of(text: str) -> n.Expr:
    """The value of the first assignment."""
    module = module_of(text)
    (assign,) = [s for s in module.statements if isinstance(s, n.Assign)][:1]
    return module.expression(assign.value)


def call_texts(text: str) -> list[str]:
    return [text.encode()[a:b].decode() for a, b in module_of(text).calls(LOAD)]


def test_offsets_are_bytes_and_not_characters() -> None:
    text = "s = 'é😀'; x = load('ü')\n"
    assert call_texts(text) == ["load('ü')"]


def test_a_starred_operand_is_the_whole_operand() -> None:
    value = value_of("x = [*a.load(), *b]\n")
    assert isinstance(value, n.ListExpr)
    first = value.items[0]
    assert isinstance(first, n.Starred)
    assert isinstance(first.value, n.Call)
    assert call_texts("x = [*a.load(), *b]\n") == ["a.load()"]
    assert call_texts("x = {*load()}, (*load(), 1)\n") == ["load()", "load()"]


def test_a_starred_call_can_be_asked_for_by_its_own_span() -> None:
    text = "x = [*a.load(1)]\n"
    module = module_of(text)
    (span,) = module.calls(LOAD)
    call = module.expression(span)
    assert isinstance(call, n.Call)
    assert call.span == span


@pytest.mark.parametrize("literal", [r"r'\\'", r'r"\""', r"rb'\\\\'", r"r'''\\'''"])
def test_a_raw_string_may_begin_with_a_backslash(literal: str) -> None:
    value = value_of(f"x = {literal}\n")
    assert isinstance(value, n.Constant)
    assert value.value == eval(literal)


def test_an_attribute_of_a_type_is_a_target_and_no_type_alias() -> None:
    module = module_of("type(self).model = load('a')\n")
    (assign,) = module.statements
    assert isinstance(assign, n.Assign)
    (target,) = assign.targets
    assert isinstance(target, n.Attribute)
    assert isinstance(target.value, n.Call)
    assert isinstance(module.expression(assign.value), n.Call)


def test_a_mixture_of_xor_and_and_which_the_grammar_misreads_is_not_guessed() -> None:
    value = value_of("x = a ^ b & c\n")
    assert isinstance(value, n.Unsupported)


def test_a_specifier_that_begins_with_an_equals_sign_is_no_walrus() -> None:
    module = module_of("x = f'{y:=10}'\n")
    assert module.walrus() == ()
    value = value_of("x = f'{y:=10}'\n")
    assert isinstance(value, n.FString)
    (part,) = value.parts
    assert isinstance(part, n.Interpolation)
    assert isinstance(part.value, n.Name)


def test_a_template_string_is_not_taken_for_text() -> None:
    assert isinstance(value_of("x = t'a{b}'\n"), n.Unsupported)


def test_the_next_parse_is_right_after_one_that_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(treesitter_trees, "SECONDS", 0.0)
        stopped = module_of("x = load('a')\n")
    assert stopped.problem == "timeout"
    assert stopped.statements == ()
    assert stopped.calls(LOAD) == ()
    assert stopped.error_lines == (1,)
    assert module_of("x = load('a')\n").problem is None
    assert call_texts("x = load('a')\n") == ["load('a')"]


def test_one_slow_cell_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"a = load('x')\nb = load('y')\n"
    source = Source("n.ipynb", data, (Unit(0, 0, 14), Unit(1, 14, 28)))
    whole = treesitter_units.parse_text

    def first_is_slow(text: bytes, base: int) -> object:
        return None if base == 0 else whole(text, base)

    monkeypatch.setattr(treesitter_units, "parse_text", first_is_slow)
    module = parse(source)
    assert module.problem == "timeout"
    assert module.calls(LOAD) == ((18, 27),)


def test_cells_are_parsed_one_by_one_with_offsets_of_the_whole() -> None:
    data = "x = (\né = load('a')\nfor i in y:\n    load('b')\n".encode()
    second, third = data.index("é".encode()), data.index(b"for")
    source = Source("n.ipynb", data, (Unit(0, 0, second), Unit(2, second, third), Unit(3, third, len(data))))
    module = parse(source)
    assert [data[a:b] for a, b in module.calls(LOAD)] == [b"load('a')", b"load('b')"]
    assert [type(s) for s in module.statements][-2:] == [n.Assign, n.For]
    assert module.error_lines == (1,)
    assert all(isinstance(module.expression(span), n.Call) for span in module.calls(LOAD))


def test_a_query_is_not_used_since_it_stops_silently() -> None:
    """More calls than a query captures (32,767), all found."""
    text = "load(1)\n" * 33_000
    assert len(module_of(text).calls(LOAD)) == 33_000


def test_the_grammar_is_the_one_the_numbers_were_made_for() -> None:
    tree = Parser(LANGUAGE).parse(b"x = 1\n")
    assert not tree.root_node.has_error


# --- names and calls --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("load(x)", ["load(x)"]),
        ("a.b[0].load(x).load()", ["a.b[0].load(x)", "a.b[0].load(x).load()"]),
        ("(load)(x), ((a.load))(x)", ["(load)(x)", "((a.load))(x)"]),
        ("load[0](x), load.other(x), reload(x), load_all(x), éload(x)", []),
        ("# load(x)\n'load(x)'\n'''\nload(x)\n'''", []),
        ("f'load(a) {load(b)}'", ["load(b)"]),
        ("@load(x)\ndef load(load=load(y)): pass", ["load(x)", "load(y)"]),
        ("a.load (\n  x)", ["a.load (\n  x)"]),
        ("a.\\\n  load(x)", ["a.\\\n  load(x)"]),
        ("class A(load(x)): y: load(z)", ["load(x)", "load(z)"]),
    ],
)
def test_calls_are_found_by_their_last_name(text: str, calls: list[str]) -> None:
    assert call_texts(text + "\n") == calls


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("x = load", ["load"]),
        ("x = a.load", ["a.load"]),
        ("f(load, key=a.load)", ["load", "a.load"]),
        ("x = [load][0], {'a': load}", ["load", "load"]),
        ("load(x), a.load(x)", []),
        ("import load, a.load as b\nfrom load import load as load", []),
        ("def load(load, *load2, load3=load): pass\nclass load: pass\nlambda load: 1", ["load"]),
        ("load = 1\na.load = 2\nload, (x, load) = 3\nfor load in y: pass\ndel load, a.load\nload += 1", []),
        ("x[load] = 1\nload.x = 2", ["load", "load"]),
        ("f(load=1)\nglobal load\n(load := 2)", []),
        ("with a as load: pass\nwith a as (load, b): pass\ntry: pass\nexcept a as load: pass", []),
        ("match x:\n  case load: pass\n  case A(load=1) | [*load]: pass\n  case 1 as load: pass", []),
        ("@load\ndef f(x: load) -> load: pass", ["load", "load", "load"]),
        ("for x in load: pass\n[load for load in load]", ["load", "load", "load"]),
        ("return load, 1", ["load"]),
        ("type load = int", []),
    ],
)
def test_references_are_reads_that_are_not_called(text: str, references: list[str]) -> None:
    data = (text + "\n").encode()
    assert [data[a:b].decode() for a, b in module_of(text + "\n").references(re.compile(b"load"))] == references


def test_a_name_written_in_other_characters_is_the_same_name() -> None:
    module = module_of("ﬁle.ﬁle = 1\n")
    (assign,) = module.statements
    assert isinstance(assign, n.Assign)
    (target,) = assign.targets
    assert isinstance(target, n.Attribute)
    assert (target.attr, target.value) == ("file", n.Name((0, 5), "file"))


# --- Python 2 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "print load(x)",
        "print 'a' % load(x), b",
        "print >>f, load(x)",
        "print `load(x)`",
        "exec 'a' in load(x)",
        "raise E, load(x)",
        "raise E, load(x), tb",
        "x = a <> load(x)",
        "assert load(x), 0777",
        "def f((a, b), c=load(x)): pass",
    ],
)
def test_python_2_statements_hide_no_call_and_no_neighbour(statement: str) -> None:
    module = module_of(f"a = 1\n{statement}\nb = 2\n")
    assert call_texts(f"a = 1\n{statement}\nb = 2\n") == ["load(x)"]
    names = [t.id for s in module.statements if isinstance(s, n.Assign) for t in s.targets if isinstance(t, n.Name)]
    assert names[0] == "a"
    assert names[-1] == "b"


def test_python_2_handlers_bind_their_name() -> None:
    module = module_of("try:\n    pass\nexcept (A, B), e:\n    print e\nx = 1\n")
    attempt = module.statements[0]
    assert isinstance(attempt, n.Try)
    assert attempt.handlers[0].name == "e"
    assert isinstance(module.statements[1], n.Assign)


@pytest.mark.parametrize(
    ("text", "value"), [("0777", 511), ("10L", 10), ("ur'\\d'", "\\d"), ("'a' u'b'", "ab"), ("0xFFL", 255)]
)
def test_python_2_literals(text: str, value: object) -> None:
    expr = value_of(f"x = {text}\n")
    assert isinstance(expr, n.Constant)
    assert expr.value == value


def test_backquotes_are_not_taken_for_what_is_inside() -> None:
    assert isinstance(value_of("x = `5`\n"), n.Unsupported)
