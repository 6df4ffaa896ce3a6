"""Tests on a parameter are decided by the calls, where all of them are known; else every arm counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

CHOICE = """\
def choose(kind):
    name = "org/a" if kind == "a" else "org/b"
    load(name)
"""


def test_one_caller_selects_one_arm(scan_files: ScanFiles) -> None:
    usage = only(loads(scan_files, CHOICE + 'choose("a")\n'))
    assert ([m.name for m in usage.models], usage.open_reason) == (["org/a"], None)


def test_callers_that_select_both_arms_keep_both(scan_files: ScanFiles) -> None:
    usage = only(loads(scan_files, CHOICE + 'choose("a")\nchoose("z")\n'))
    assert ([m.name for m in usage.models], usage.open_reason) == (["org/a", "org/b"], None)


@pytest.mark.parametrize(
    "uses",
    [
        "",  # exported: anybody may call it
        "import sys\nchoose(sys.argv[1])\n",
        'choose("a")\nregister(choose)\n',
        'choose("a")\nglobals()["choose"](input())\n',
        'choose("a")\nCHOICES = {"c": choose}\n',
        "def other(kind):\n    choose(kind)\n",
        'def other(kind):\n    choose(kind)\nother(input())\nchoose("a")\n',
        'choose("a")\nclass K:\n    def choose(self): pass\ndef any(x):\n    x.choose("b")\n',
    ],
)
def test_where_a_caller_is_not_known_both_arms_count(scan_files: ScanFiles, uses: str) -> None:
    usage = only(loads(scan_files, CHOICE + uses))
    assert ([m.name for m in usage.models], usage.open_reason) == (["org/a", "org/b"], None)


@pytest.mark.parametrize(
    "code",
    [
        # a statement, an early return, a table, a match, another function, a default
        'def f(k):\n    if k == "a":\n        n = "org/a"\n    else:\n        n = "org/b"\n    load(n)\nf("a")\n',
        'def f(k):\n    n = "org/b"\n    if k:\n        n = "org/a"\n    load(n)\nf(True)\n',
        'def n(k):\n    if k:\n        return "org/a"\n    return "org/b"\ndef f(k):\n    load(n(k))\nf(k="a")\n',
        'def f(k):\n    match k:\n        case 1: n = "org/a"\n        case _: n = "org/b"\n    load(n)\nf(1)\n',
        'def f(k="a"):\n    load("org/a" if k == "a" else "org/b")\nf()\n',
        "def f(k):\n    load(f\"org/{'a' if k else 'b'}\")\nf(1)\n",
    ],
)
def test_every_kind_of_test_is_decided_by_the_caller(scan_files: ScanFiles, code: str) -> None:
    usage = only(loads(scan_files, code))
    assert ([m.name for m in usage.models], usage.open_reason) == (["org/a"], None)


def test_a_test_between_the_load_and_its_caller_is_decided_by_the_callers_caller(scan_files: ScanFiles) -> None:
    code = 'def inner(n):\n    load(n)\ndef outer(k):\n    inner("org/a" if k else "org/b")\nouter(False)\n'
    assert names(loads(scan_files, code)) == [["org/b"]]


def test_arguments_of_one_call_stay_together(scan_files: ScanFiles) -> None:
    code = (
        "def f(org, size):\n"
        '    n = "bert" if org == "org" else "gpt"\n'
        '    load(f"{org}/{n}-{size}")\n'
        'f("org", "base")\nf("two", "large")\n'
    )
    assert names(loads(scan_files, code)) == [["org/bert-base", "two/gpt-large"]]


def test_a_call_in_an_arm_that_no_caller_selects_gives_nothing(scan_files: ScanFiles) -> None:
    code = (
        CHOICE
        + 'def run(fast):\n    if fast:\n        choose("a")\n    else:\n        choose("z")\nrun(True)\nrun(1)\n'
    )
    assert names(loads(scan_files, code)) == [["org/a"]]


def test_many_callers_of_a_wide_answer_take_no_more_than_their_share(scan_files: ScanFiles) -> None:
    calls = "".join(f"choose({i})\n" for i in range(40))
    usage = only(loads(scan_files, CHOICE + calls))
    assert ([m.name for m in usage.models], usage.open_reason) == (["org/a", "org/b"], None)


def test_a_call_behind_a_way_out_that_every_caller_takes_gives_nothing(scan_files: ScanFiles) -> None:
    code = CHOICE + 'def run(fast):\n    if fast:\n        choose("a")\n        return\n    choose("z")\nrun(True)\n'
    assert names(loads(scan_files, code)) == [["org/a"]]
