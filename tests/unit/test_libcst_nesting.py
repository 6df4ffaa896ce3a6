"""The guard before libCST: it never takes a text for shallower than it is, and ordinary code is not deep."""

from __future__ import annotations

import libcst as cst
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptmscan.syntax import nesting
from ptmscan.syntax.nesting import MAX_DEPTH, MAX_ELIFS, levels

LONG = "x" * 101


@pytest.fixture(autouse=True)
def measure_short_texts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "FEW", 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"f({LONG})", 1),
        (f"f({LONG}, g(1), h(2))", 2),
        (f"[(), (), {LONG}, ()]", 2),
        (f"{LONG}.a.b", 2),
        (f"{LONG}\n(a.b)\nf(g(1))", 2),
        (f"{LONG}; (a.b); f(g(1))", 2),
        (f"f({LONG}, lambda a, b: lambda c, d: 1)", 3),
        (f"f({LONG}, lambda a, b: 1, lambda c, d: 2)", 2),
        (f"[{LONG} for a, b in c for d, e in f]", 5),
        (f"'(((' '[[' + {LONG}", 3),
        (f'"""((( " {{ """, {LONG}', 1),
        (f"# (((((\n{LONG}", 0),
        (f"f'((({{a}}(((' + {LONG}", 3),
        (f"f'{{a:>{{b}}}}' + {LONG}", 4),
        (f'f"{{d["((("]}}" + {LONG}', 5),
        (f"f'{{{{((({LONG}'", 1),
        (f"1or 2or 0xfor {LONG}", 3),
        ("a = f(g(1))\n" * 1000, 3),
        ("{" + "'key': f(x, y=[1, 2])," * 500 + "}", 5),
    ],
)
def test_levels_are_those_of_the_longest_path(text: str, expected: int) -> None:
    assert levels(text) == expected


@pytest.mark.parametrize(
    "text", [f"'{LONG}(((", f"f'{{a\\b(((}}{LONG}'", f'f"}}{LONG}(((', f"(]{LONG}((", f"rt'{{{LONG}((("]
)
def test_in_doubt_everything_counts(text: str) -> None:
    assert levels(text) >= 3


@pytest.mark.parametrize(
    "piece", ["f(", "[", "{1:", "f'{", "a.", "a if b else ", "not ", "- ", "lambda: ", "'a' ", "1+", "await ", "1or "]
)
def test_repeated_pieces_are_deep(piece: str) -> None:
    assert levels(piece * (MAX_DEPTH + 1)) > MAX_DEPTH
    assert levels(piece * 20_000) > MAX_DEPTH


def test_brackets_in_the_string_of_an_f_string_field_hide_nothing() -> None:
    # A tokenizer of before PEP 701 would take the second and third quote for the bounds of a string.
    text = 'f"{ "" + ' + "(" * 200 + "x" + ")" * 200 + ' + "" }"'
    assert levels(text) > 200


def test_elifs_nest_without_brackets() -> None:
    assert levels("if a: b\n" + "elif c: d\n" * MAX_ELIFS) <= MAX_DEPTH
    assert levels("if a: b\n" + "elif c: d\n" * (MAX_ELIFS + 1)) > MAX_DEPTH


PIECES = st.sampled_from(
    [
        *[" for a,b in c ", "lambda a,b:", "\n", " ", "lambda", " if ", " else ", " not ", " and ", "1or ", "0xfor "],
        *["1e5or ", "a", "1", ".b", ".5", "'", '"', "'''", '"""', "f'", 'f"', "f'''", "rf'", "r'", "b'", "t'", "\\"],
        *["\\N{DASH}", "(", ")", "[", "]", "{", "}", "f(", "{{", "}}", "+", "-", ",", ":", "**", "=", "==", "#"],
        *["!r", ":=", "*", "y=", "%"],
    ]
)
FORMS = [
    *["f'{@}'", 'f"{@}"', "f'''{@}'''", "(@)", "[@]", "{@}", "f(@)", "a[@]", "@+@", "@ if @ else @", "lambda a,b=@: @"],
    *["[@ for a,b in @ if @]", "@,@", "{@:@}", "'@'", "f'@{@:@}@'", "@.x", "-@", "not @", "@or @", "@ @", "@<@"],
    *["a", "1", "'s'", "", "0xf", "{{", "}}", "\\n", "'", "a:=@"],
]


@st.composite
def soups(draw: st.DrawFn) -> str:
    """Text that is nearly Python: nested forms with a piece of something else put in."""
    text = "@"
    for form in draw(st.lists(st.sampled_from(FORMS), max_size=25)):
        text = text.replace("@", form, 1)
    text = text.replace("@", "b.c")
    place = draw(st.integers(0, len(text)))
    return text[:place] + "".join(draw(st.lists(PIECES, max_size=8))) + text[place:]


def depth(tree: cst.CSTNode) -> int:
    best, pending = 0, [(tree, 0)]
    while pending:
        node, level = pending.pop()
        level += isinstance(node, cst.BaseExpression | cst.CompFor)
        best = max(best, level)
        pending += [(child, level) for child in node.children]
    return best


@given(soups())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_tree_is_deeper_than_measured(soup: str) -> None:
    text = f"({soup}\n)"
    try:
        tree = cst.parse_expression(text)
    except Exception:  # Whatever it does not read cannot be too deep.
        return
    assert depth(tree) <= levels(text) + 1
