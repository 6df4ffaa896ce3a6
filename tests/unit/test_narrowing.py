"""A test around a load, or a way out before it, rules out values of a name that is the same at both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names

if TYPE_CHECKING:
    from conftest import ScanFiles


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("for n in ['a', 'b']:\n    if n != 'a':\n        load(n)", ["b"]),
        ("for n in ['a', 'b']:\n    if n == 'a':\n        pass\n    else:\n        load(n)", ["b"]),
        ("for n in ['a', 'b']:\n    if n == 'a':\n        continue\n    load(n)", ["b"]),
        ("for n in ['a', 'b', 'c']:\n    if n == 'a':\n        pass\n    elif n == 'b':\n        load(n)", ["b"]),
        ("for n, s in zip(['a', 'b'], [1, 2]):\n    if n == 'a' or s == 3:\n        continue\n    load(n)", ["b"]),
        (
            "for n in ['a', 'b']:\n    match n:\n        case 'a': pass\n        case _:\n            load(n)",
            ["b"],
        ),
        ("for n in ['a', 'b']:\n    while n == 'b':\n        load(n)\n        break", ["b"]),
        ("for n in ['a', 'b']:\n    if n == 'a':\n        n = 'c'\n    load(n)", ["a", "b", "c"]),
        ("for n in ['a', 'b']:\n    if n == 'a':\n        n = n + '-base'\n        load(n)", ["a-base"]),
        ("for n in ['a', 'b']:\n    if n == 'a':\n        f = lambda: load(n)\n        f()", ["a", "b"]),
        ("for n in ['a', 'b']:\n    if unknown(n):\n        load(n)", ["a", "b"]),
        ("for n in ['a', 'b']:\n    for m in ['a', 'b']:\n        if n == m:\n            load(n)", ["a", "b"]),
    ],
)
def test_what_tests_leave(scan_files: ScanFiles, code: str, found: list[str]) -> None:
    usages = loads(scan_files, f"def run():\n    {code.replace(chr(10), chr(10) + '    ')}\nrun()\n")
    assert names(usages) == [found]


def test_what_is_known_of_an_open_value_is_left_out_too(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="bert-base")
    name = p.parse_args().model
    if "roberta" in name:
        load(name)
    elif "bert" in name:
        load(name)
    """
    usages = loads(scan_files, code)
    assert names(usages) == [[], ["bert-base"]]
    assert {usage.open_reason for usage in usages} == {"command-line option `model`"}
