"""Which lines of a cell are IPython's, and what is left of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.source.magics import blank_magics


def shown(cell: str) -> str:
    """The cell without its magics; trailing blanks are dropped for reading."""
    return "\n".join(line.rstrip() for line in blank_magics(cell).text.split("\n"))


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "% matplotlib inline",
        "!pip install transformers==4.30",
        "! pip install x",
        "!!ls",
        "?model",
        "model?",
        "model.config??",
        "models[0]?",
        "*pretrained*?",
        "%cd /content/repo",
        "%pip install x",
        "pip install -q transformers",
        "conda install pytorch",
        "cd work",
        "!ls é",
        ",print a b",
        ";print a b",
        "/print a",
        "%%capture?",
    ],
)
def test_a_line_that_is_a_magic_is_blank(line: str) -> None:
    result = blank_magics(f"x = 1\n{line}\ny = 2\n")
    assert result.text == f"x = 1\n{' ' * len(line)}\ny = 2\n"
    assert [(magic.line, magic.text) for magic in result.magics] == [(2, line)]


@pytest.mark.parametrize(
    "cell",
    [
        "print('%d'\n      % 3)\n",
        "x = (a\n% b)\n",
        "x = [\n!= 3,\n]\n",
        "x = a \\\n% b\n",
        "x = a \\\n!ls\n",
        "s = '''\n%time x\n!ls\n'''\n",
        's = """\n!pip install x\n\\"""\n%time y\n"""\n',
        "s = f'''{x}\n% {y}\n'''\n",
        "x != 3\n",
        "x = 5 % 3\n",
        "x %= 3\n",
        "s = '%matplotlib'\n",
        's = "is it so?"\n',
        "x = 1  # why?\n",
        "# %time x\n",
        "# !ls\n",
        "def time(x):\n    return x\n",
        "time = 3\ntime + 1\ntime if x else y\n",
        "run in runs\n",
        "# %%\nx = 1\n# %% [markdown]\n",
        "get_ipython().system('ls')\n",
        "x = d['?']\n",
        "",
        "\n\n",
    ],
)
def test_python_is_left_alone(cell: str) -> None:
    result = blank_magics(cell)
    assert result.text == cell
    assert result.magics == ()


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("%time model = load('a')", "pass; model = load('a')"),
        ("%timeit -n 1 -r 3 model = load('a')", "pass; model = load('a')"),
        ("%timeit -n1 -o load('a')", "pass; load('a')"),
        ("%prun -s cumulative -l 10 load('a')", "pass; load('a')"),
        ("%memit load('a')", "pass; load('a')"),
        ("%lprun -f fit fit(load('a'))", "pass; fit(load('a'))"),
        ("    %time load('a')", "pass; load('a')"),
        ("time load('a')", "pass;load('a')"),
        ("%time for x in y: load(x)", "for x in y: load(x)"),
        ("x = %time load('a')", "x = load('a')"),
        ("%time load('a',\\\n  b)", "pass; load('a',\\ b)"),
        ("%%time\nload('a')", "load('a')"),
        ("\n\n%%time\nload('a')", "load('a')"),
        ("# @title Load\n%%time\nload('a')", "# @title Load load('a')"),
        ("%%time\n%%capture out --no-stderr\nload('a')", "load('a')"),
        ("%%timeit -n 1 x = 1\nload('a')", "pass; x = 1 load('a')"),
        ("%%prun -s cumulative\nload('a')", "load('a')"),
        ("%%python3\nload('a')", "load('a')"),
        ("%%ipytest -qq\nload('a')", "load('a')"),
        ("%time", ""),
        ("%%timeit", ""),
    ],
)
def test_a_magic_in_front_of_python_is_all_that_is_lost(cell: str, kept: str) -> None:
    text = blank_magics(cell).text
    assert text.split() == kept.split()
    assert text.find("load(") == cell.find("load(")
    assert text.count("\n") == cell.count("\n")


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("x = !ls", "x = get_ipython()"),
        ("a, *b = !ls -la", "a, *b = get_ipython()"),
        ("d['k'] = !ls", "d['k'] = get_ipython()"),
        ("x: list = !ls", "x: list = get_ipython()"),
        ("x = %sql select 1", "x = get_ipython()"),
        ("    x = !ls", "    x = get_ipython()"),
        ("x = !ls \\\n  -la\ny = 2", "x = get_ipython()\n\ny = 2"),
    ],
)
def test_a_name_that_a_magic_assigns_is_bound_to_something_unknown(cell: str, kept: str) -> None:
    assert shown(cell) == kept


def test_a_block_that_holds_only_a_magic_stays_a_block() -> None:
    assert shown("if colab:\n    !pip install x \\\n        y\nelse:\n    %load_ext x\nz = 1") == (
        "if colab:\n    pass\n\nelse:\n    pass\nz = 1"
    )


@pytest.mark.parametrize(
    "magic",
    [
        "%%bash",
        "%%sh",
        "%%writefile train.py",
        "%%html",
        "%%javascript",
        "%%!",
        "%%script python",
        "%%cython",
        "%%sql db",
    ],
)
def test_a_cell_of_something_else_is_blank_and_kept_whole(magic: str) -> None:
    cell = f"{magic}\npython train.py \\\n  --model é\n\n"
    result = blank_magics(cell)
    assert shown(cell) == "\n\n\n\n"
    assert [(found.line, found.text, found.notice) for found in result.magics] == [(1, cell[:-1], None)]


@pytest.mark.parametrize("magic", ["%md # Title", "%scala", "%sql", "%sh ls", "%r"])
def test_a_databricks_cell_of_another_language_is_blank(magic: str) -> None:
    assert shown(f"{magic}\nselect 1 from x\n") == "\n\n"


def test_one_line_of_sql_leaves_the_cell_python() -> None:
    assert shown("%sql select 1\nx = 1\n") == "\nx = 1\n"


def test_an_unknown_cell_magic_is_told() -> None:
    (magic,) = blank_magics("%%mystery\nload('a')\n").magics
    assert magic.notice is not None
    assert "%%mystery" in magic.notice


def test_a_file_that_a_magic_runs_is_told() -> None:
    notices = [magic.notice for magic in blank_magics("%run setup.py\n%load_ext autoreload\n").magics]
    assert [notice is not None for notice in notices] == [True, False]


def test_a_continued_command_is_one_magic() -> None:
    result = blank_magics("!pip install a \\\n  b \\\n  c\nx = 1")
    assert [(magic.line, magic.text) for magic in result.magics] == [(1, "!pip install a \\\n  b \\\n  c")]
    assert result.text.endswith("\nx = 1")


PYTHON = st.sampled_from(
    ["x = 1", "f(a,\n  b)", "s = '''\n%time\n!ls\n'''", "t = (a\n% b)", "u = a \\\n% b", "# !ls", "", "if a:\n    b()",
     'v = "%s?" % x', "z != 3", "é = 'é'", "def f():\n    '''doc?\n    ?x'''\n    return 1"]
)  # fmt: skip
MAGIC = st.sampled_from(
    ["!ls", "%matplotlib inline", "x?", "?x", "!a \\\n  b", "%cd é", "%load_ext x", "!echo '(' \"", "pip install x"]
)


@given(st.lists(PYTHON.map(lambda text: (False, text)) | MAGIC.map(lambda text: (True, text)), max_size=8))
def test_magics_among_python_are_found_and_nothing_else_is_touched(pieces: list[tuple[bool, str]]) -> None:
    cell = "\n".join(text for _, text in pieces) + "\n"
    result = blank_magics(cell)
    expected = (
        "\n".join("".join(c if c == "\n" else " " for c in t) if is_magic else t for is_magic, t in pieces) + "\n"
    )
    assert result.text == expected
    assert [magic.text for magic in result.magics] == [text for is_magic, text in pieces if is_magic]
    lines = cell.split("\n")
    for magic in result.magics:
        height = magic.text.count("\n") + 1
        assert "\n".join(lines[magic.line - 1 : magic.line - 1 + height]) == magic.text


@given(st.text(st.sampled_from("a%!?='\"\\\n ([{)]}#/,;:.1é"), max_size=40))
def test_any_cell_keeps_its_number_of_lines_and_its_other_lines(cell: str) -> None:
    result = blank_magics(cell)
    before, after = cell.split("\n"), result.text.split("\n")
    assert len(before) == len(after)
    touched = {
        number for magic in result.magics for number in range(magic.line, magic.line + magic.text.count("\n") + 1)
    }
    for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        assert number in touched or old == new


@pytest.mark.parametrize(
    "cell",
    [
        " " * 300_000 + "!x",
        "%time" + " " * 300_000 + "x",
        "a" * 300_000 + " = !x",
        "a, " * 100_000 + " = !x",
        "a[" * 150_000 + "] = !x",
        "a: " + "[b] " * 80_000 + "= !x",
        "%timeit " + "-n " * 100_000 + "x",
        "%time " + "--a=b " * 50_000 + "x",
        "'" * 300_000 + "\n!x",
        '"""' + "\\" * 300_000 + "\n!x",
        "(" * 300_000 + "\n!x",
        "#\n" * 150_000 + "!x",
        "!x \\\n" * 80_000,
        "?" * 300_000,
    ],
    ids=lambda cell: cell[:8].strip(),
)
def test_a_hostile_cell_takes_no_quadratic_time(cell: str) -> None:
    assert blank_magics(cell).text.count("\n") == cell.count("\n")
