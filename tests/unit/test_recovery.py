"""A mistake in a file costs its own lines: the calls around it are found, and in their functions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptmscan.source import Source, Unit
from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_units
from ptmscan.syntax.conflicts import Side, resolve
from ptmscan.syntax.recovery import repair
from ptmscan.syntax.with_treesitter import TreeSitterModule, parse

BROKEN = Path(__file__).parents[1] / "fixtures" / "broken" / "one_mistake"
LOAD = re.compile(rb"from_pretrained|pipeline|load")
EVERY_NAME = re.compile(rb"[\w\x80-\xff]+")
WHOLE = """\
import a

class Runner:
    def __init__(self, device="cpu", *rest):
        self.model = load("x")

    def run(self):
        return load("y")

def main(): return load("z")
"""


def module_of(data: bytes) -> TreeSitterModule:
    return parse(Source("x.py", data, (Unit(None, 0, len(data)),)))


def scope_at(statements: tuple[n.Stmt, ...], offset: int) -> str:
    """The names of the definitions around an offset."""
    for statement in statements:
        if statement.span[0] <= offset < statement.span[1]:
            inside = scope_at(children(statement), offset)
            if isinstance(statement, n.FunctionDef | n.ClassDef):
                return f"{statement.name}.{inside}" if inside else statement.name
            return inside
    return ""


def children(statement: n.Stmt) -> tuple[n.Stmt, ...]:
    parts = (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    return tuple(s for p in parts for field in ("body", "orelse", "finalbody") for s in getattr(p, field, ()))


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.py")), ids=lambda p: p.stem)
def test_every_call_beside_the_mistake_is_found_in_its_scope(path: Path) -> None:
    data = path.read_bytes()
    module = module_of(data)
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
    found = {}
    for span in module.calls(LOAD):
        line = sum(start <= span[0] for start in starts)
        found[line] = scope_at(module.statements, span[0])
    expected = {
        line: text.split("# in:")[1].strip()
        for line, text in enumerate(data.decode().split("\n"), 1)
        if "# in:" in text
    }
    assert found == expected


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.py")), ids=lambda p: p.stem)
def test_the_broken_lines_are_named_and_few(path: Path) -> None:
    lines = module_of(path.read_bytes()).error_lines
    if path.stem not in ("python_2", "moved_line", "tab", "duplicated_line", "unfinished_attribute"):  # They parse.
        assert 1 <= len(lines) <= 6


def test_a_well_formed_file_pays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("repair was tried")

    monkeypatch.setattr(treesitter_units, "repair", fail)
    monkeypatch.setattr(treesitter_units, "resolve", fail)
    text = WHOLE + 'TEXT = """\n<<<<<<< not a conflict\n=======\n>>>>>>> but text\n"""\n'
    assert module_of(text.encode()).error_lines == ()


def test_a_shortened_header_keeps_its_name_and_parameters() -> None:
    module = module_of(WHOLE.replace("*rest):", "*rest)").encode())
    runner = module.statements[1]
    assert isinstance(runner, n.ClassDef)
    method = runner.body[0]
    assert isinstance(method, n.FunctionDef)
    assert method.name == "__init__"
    assert [p.name for p in method.params] == ["self", "device", "rest"]
    assert method.params[1].default is not None
    assert module.expression(method.params[1].default) == n.Constant(method.params[1].default, "cpu")


def test_a_shortened_class_header_keeps_its_bases() -> None:
    module = module_of(b"class Model(Base, metaclass=M)\n    def f(self):\n        load(1)\n\nx = 1\n")
    model = module.statements[0]
    assert isinstance(model, n.ClassDef)
    assert model.name == "Model"
    assert [a.name for a in model.arguments] == [None, "metaclass"]


def test_what_an_unclosed_call_assigns_is_not_lost() -> None:
    data = WHOLE.replace('load("x")', 'load("x", y=[1').encode()
    module = module_of(data)
    (span,) = [s for s in module.calls(LOAD) if b'"x"' in data[s[0] : s[1]]]
    call = module.expression(span)
    assert isinstance(call, n.Call)
    assert [a.name for a in call.args] == [None, "y"]
    stores = [s for s in every_statement(module.statements) if isinstance(s, n.Assign)]
    assert any(isinstance(t, n.Attribute) and t.attr == "model" for s in stores for t in s.targets)
    assert scope_at(module.statements, span[0]) == "Runner.__init__"


def every_statement(statements: tuple[n.Stmt, ...]) -> list[n.Stmt]:
    found = list(statements)
    for statement in statements:
        found += every_statement(children(statement))
    return found


# --- conflicts --------------------------------------------------------------------------------------------------------


def kept(text: str, side: Side) -> list[str]:
    resolved = resolve(text.encode(), side)
    assert resolved is not None
    return [line for line in resolved.text.decode().split("\n") if line.strip()]


CONFLICT = "a\n<<<<<<< HEAD\nours\n||||||| base\nold\n=======\ntheirs\n>>>>>>> x\nb\n"


def test_one_side_of_a_conflict_is_kept() -> None:
    assert kept(CONFLICT, Side.OURS) == ["a", "ours", "b"]
    assert kept(CONFLICT, Side.THEIRS) == ["a", "theirs", "b"]


def test_markers_without_partners_lose_their_own_line() -> None:
    assert kept("<<<<<<< HEAD\na\n", Side.OURS) == ["a"]
    assert kept("<<<<<<< HEAD\na\n=======\nb\n", Side.OURS) == ["a", "b"]
    assert kept("a\n>>>>>>> x\nb\n", Side.OURS) == ["a", "b"]


def test_an_underlined_heading_is_no_conflict() -> None:
    assert resolve(b"Heading\n=======\n", Side.OURS) is None


def test_the_side_that_parses_is_taken() -> None:
    text = "x = [\n<<<<<<< HEAD\n=======\n    load(1),\n]\n>>>>>>> x\ny = load(2)\n"
    module = module_of(text.encode())
    assert len(module.calls(LOAD)) == 2
    assert module.error_lines == (2, 3, 6)


LINES = st.lists(
    st.sampled_from(["<<<<<<< a", "||||||| b", "=======", ">>>>>>> c", "x = 1", "é = (", '"""', "", "def f(", "    '"]),
    max_size=12,
).map("\n".join)


@given(LINES, st.sampled_from(Side))
def test_resolving_moves_nothing(text: str, side: Side) -> None:
    data = text.encode()
    resolved = resolve(data, side)
    if resolved is not None:
        assert same_places(data, resolved.text)
        assert not re.search(rb"^(<{7}|>{7})( |$)", resolved.text, re.MULTILINE)


def same_places(before: bytes, after: bytes) -> bool:
    """Whether two texts have the same length and newlines."""
    return [len(line) for line in before.split(b"\n")] == [len(line) for line in after.split(b"\n")]


# --- any text ---------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("(", ")", "[", "]", "{", "}", "'", '"', '"""', "\n", "\n\n", "    ", "\t", ":", "=", ",", "x", "load(1)"),
        *("def f", "(x):", "class A", "if ", "else:", "try:", "except E:", "return ", "lambda: ", "f'{", "@", "\\"),
        *("#", "é", "`", "\0", "<<<<<<< a"),
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_gives_a_module_that_hangs_together(text: str) -> None:
    data = text.encode()
    module = module_of(data)
    for statement in every_statement(module.statements):
        start, end = statement.span
        assert 0 <= start <= end
    for span in module.calls(EVERY_NAME):
        assert module.expression(span).span == span
    module.references(EVERY_NAME)
    module.walrus()
    assert all(1 <= line <= data.count(b"\n") + 1 for line in module.error_lines)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_repairing_moves_nothing(text: str) -> None:
    assert same_places(text.encode(), repair(text.encode()).text)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(WHOLE) - 1), st.sampled_from(["", "(", '"', "'''", "\n", ":", "=", "é", " def "]))
def test_one_changed_character_costs_at_most_the_calls_of_its_line(place: int, new: str) -> None:
    data = (WHOLE[:place] + new + WHOLE[place + 1 :]).encode()
    broken_line = WHOLE[:place].count("\n")
    expected = {'"x"': 4, '"y"': 7, '"z"': 9}
    found = b" ".join(data[a:b] for a, b in module_of(data).calls(LOAD)).decode()
    for argument, line in expected.items():
        if abs(line - broken_line) > 1:
            assert argument in found
