"""Loads of the stub libraries fail where something around them takes an error, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest
from programs import Program
from sandbox import Outcome, run

IMPORTS = "from contextlib import suppress\nfrom transformers import AutoModel\nload = AutoModel.from_pretrained\n"


def outcome(code: str, folder: Path) -> Outcome:
    (found,) = run([Program({"main.py": IMPORTS + code})], folder)
    return found


def arrived(found: Outcome) -> set[object]:
    return {a.args[0] for a in found.arrivals}


@pytest.mark.parametrize(
    ("code", "names", "runs"),
    [
        ("load('a')\nload('b')\n", "ab", 1),
        ("try:\n    load('a')\n    load('b')\nexcept KeyError:\n    load('c')\n", "abc", 3),
        (
            "try:\n    load('a')\nexcept KeyError:\n    load('b')\nexcept (KeyError, OSError):\n    load('c')\n",
            "abc",
            3,
        ),
        ("try:\n    load('a')\nexcept Exception:\n    load('b')\nexcept KeyError:\n    load('c')\n", "ab", 2),
        ("v = 'a'\nwith suppress(ValueError):\n    load('b')\n    v = 'c'\nload(v)\n", "abc", 2),
        ("v = 'a'\ntry:\n    load('b')\n    v = 'c'\nfinally:\n    load(v)\n", "abc", 2),
        # An error in a handler passes the `finally`, too.
        ("v = 'a'\ntry:\n    {}['x']\nexcept KeyError:\n    load('b')\n    v = 'c'\nfinally:\n    load(v)\n", "abc", 2),
        # The inner handler takes what the outer one would take.
        (
            (
                "try:\n    try:\n        load('a')\n    except Exception:\n        load('b')\n"
                "except KeyError:\n    load('c')\n"
            ),
            "abc",
            3,
        ),
        # Functions run where they are called.
        ("def f():\n    load('a')\ntry:\n    f()\nexcept OSError:\n    load('b')\n", "ab", 2),
        ("try:\n    def f():\n        load('a')\nexcept OSError:\n    load('b')\nf()\n", "a", 1),
        ("try:\n    class A:\n        load('a')\nexcept OSError:\n    load('b')\n", "ab", 2),
        # Nothing that follows tells the ways apart.
        ("try:\n    load('a')\nexcept Exception:\n    pass\nload('b')\n", "ab", 1),
        ("for x in 'ab':\n    with suppress(Exception):\n        load(x)\n", "ab", 1),
    ],
)
def test_a_load_fails_as_something_around_it_would_take(code: str, names: str, runs: int, tmp_path: Path) -> None:
    found = outcome(code, tmp_path)
    assert (arrived(found), found.runs, found.explored) == (set(names), runs, True)


def test_failures_are_tried_beside_the_coins(tmp_path: Path) -> None:
    inner = "try:\n    load('a')\nexcept OSError:\n    load('b')\n"
    found = outcome(f"import coin\nif coin.flip():\n{indent(inner, '    ')}load('c')\n", tmp_path)
    assert (arrived(found), found.runs) == (set("abc"), 3)
