"""Shell text as commands: words with lines, constants filled in, what only the run can tell left unknown."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.launches import UNKNOWN, Command
from ptmscan.launches.model import whole
from ptmscan.launches.shell import shell_commands


def commands(text: str) -> list[Command]:
    return shell_commands(whole(text))


def words(text: str) -> list[list[str]]:
    """The words of all commands, those with several texts as `a|b`."""
    return [["|".join(w.texts) for w in c.words] for c in commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python a.py --m 'b c' \"d e\" f\\ g", [["python", "a.py", "--m", "b c", "d e", "f g"]]),
        ("python a.py \\\n  --m b \\\n  # no option\n", [["python", "a.py", "--m", "b"]]),
        ("python a.py \\  # a comment people write\n --m b", [["python", "a.py", "--m", "b"]]),
        ("a; b && c || d | e &\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("python a.py > out.txt 2>&1 < in &> all", [["python", "a.py"]]),
        ("(cd x; python a.py)", [["python", "a.py"]]),
        ("cat <<EOF\npython no.py\nEOF\npython a.py", [["cat"], ["python", "a.py"]]),
        ("# python no.py\nX=1 python a.py", [["python", "a.py"]]),
        ("M=bert; python a.py --m=$M-${M}", [["python", "a.py", "--m=bert-bert"]]),
        ("M=bert\npython a.py '$M' \"$M\"", [["python", "a.py", "$M", "bert"]]),
        ("python a.py ${1:-bert} ${M:=gpt} $2 $(date) `date`", [["python", "a.py", "bert", "gpt", *[UNKNOWN] * 3]]),
        ("python a.py ${1:-${M:-bert}} ${1:-${M:-${N:-gpt}}}", [["python", "a.py", "bert", "gpt"]]),
        ("python a.py ${a[${b[${c[${d}]}]}]}", [["python", "a.py", f"{UNKNOWN}a[{UNKNOWN}]}}"]]),
        ("A='--m bert'; python a.py $A", [["python", "a.py", "--m", "bert"]]),
        ('A=(--m bert)\npython a.py "${A[@]}"', [["python", "a.py", "--m", "bert"]]),
        ("for m in a b; do python a.py $m; done", [["python", "a.py", "a|b"]]),
        ('L=(a b)\nfor m in "${L[@]}"\ndo\n  python a.py x-$m\ndone', [["python", "a.py", "x-a|x-b"]]),
        ("M=a\nif [ -n x ]; then M=b; fi\npython a.py $M", [["[", "-n", "x", "]"], ["python", "a.py", "a|b"]]),
        ("M=a; M=b; python a.py $M", [["python", "a.py", "b"]]),
        ("M=a; M+=-b; python a.py $M", [["python", "a.py", "a-b"]]),
        ("f() {\n  python a.py $1\n}\nf x", [["f"], ["python", "a.py", UNKNOWN], ["f", "x"]]),
        ("python a.py don't", [["python", "a.py", "don't"]]),
    ],
)
def test_words(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=6), min_size=1, max_size=5)
)
def test_quoted_words_come_out_as_they_went_in(row: list[str]) -> None:
    assert words(" ".join(["python", *map(shlex.quote, row)])) == [["python", *row]]


def test_words_know_their_line() -> None:
    found = commands("# c\npython a.py \\\n  --m \\\n  bert")
    assert [(w.text, w.line) for w in found[0].words] == [("python", 2), ("a.py", 2), ("--m", 3), ("bert", 4)]


def test_folders_and_exports() -> None:
    found = commands("export A=1 B=2\ncd x/y\nC=3 python a.py\ncd ..\npython b.py\ncd $Z\npython c.py")
    assert [c.folder for c in found] == ["x/y", "x", None]
    assert [[(v.name, v.value.text) for v in c.variables] for c in found] == [
        [("A", "1"), ("B", "2"), ("C", "3")],
        [("A", "1"), ("B", "2")],
        [("A", "1"), ("B", "2")],
    ]


@given(st.text(st.sampled_from("ab $'\"`\\(){}<>|&;#\n=[]@-$1\t"), max_size=80))
def test_any_text_gives_some_answer(text: str) -> None:
    for command in commands(text):
        assert command.words


HOSTILE = {
    "substitutions": "$(" * 100_000,
    "quotes": "'" * 100_001,
    "double quotes": '"' * 100_001,
    "backquotes": "`" * 100_001,
    "braces": "${" * 50_000,
    "continuations": "\\\n" * 100_000,
    "growth": "a=$a$a$a$a\n" * 5_000,
    "wide growth": "a=" + "x" * 4_000 + "; b " + "$a" * 100_000,
    "here-documents": "".join(f"<<E{i}\n" for i in range(20_000)),
    "loops": "for x in a b; do " * 2_000,
    "arrays": "A=(" * 30_000,
    "one word": "x" * 300_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_within_its_bounds(text: str) -> None:
    assert all(len(w.texts) <= 16 for c in commands(text) for w in c.words)
