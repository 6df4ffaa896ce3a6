"""The chain from a load to the literal goes across functions and files: every step a line, none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import PRELUDE, loads, only

from ptmscan.discovery import MemoryTree
from ptmscan.explain import explain_line
from ptmscan.signatures import load_catalogue

if TYPE_CHECKING:
    from conftest import ScanFiles

    from ptmscan.records import UsageRecord


def chain(usage: UsageRecord, name: str) -> list[tuple[str, str]]:
    """The steps of one model and the text of their lines."""
    model = next(m for m in usage.models if m.name == name)
    return [(step.step, step.text) for step in model.evidence]


def test_the_line_with_the_literal_comes_first_where_a_statement_goes_over_lines(scan_files: ScanFiles) -> None:
    code = 'NAMES = {\n    "a": "org/a",\n    "b": "org/b",\n}\nload(\n    NAMES["b"]\n)\nload(\n    "org/c"\n)\n'
    table, call = loads(scan_files, code)
    assert chain(table, "org/b") == [
        ("literal", '"b": "org/b",'),
        ("assignment", "NAMES = {"),
        ("container", 'NAMES["b"]'),
        ("call", "load("),
    ]
    assert chain(call, "org/c") == [("literal", '"org/c"'), ("call", "load(")]


def test_a_line_that_shows_the_name_is_not_told_twice(scan_files: ScanFiles) -> None:
    code = 'name = "org/a"\nload(name,\n     revision="org/a")\n'
    assert chain(only(loads(scan_files, code)), "org/a") == [
        ("assignment", 'name = "org/a"'),
        ("call", "load(name,"),
    ]


def test_a_name_inside_spread_arguments_keeps_its_way(scan_files: ScanFiles) -> None:
    code = """\
        def inner(name="org/default", size=1):
            load(name)
        def outer(rows=(), **options):
            inner(*rows, **options)
        options = {
            "name": "org/a",
        }
        rows = ["org/b"]
        outer(**options)
        outer(rows)
    """
    usage = only(loads(scan_files, code))
    assert chain(usage, "org/a") == [
        ("literal", '"name": "org/a",'),
        ("assignment", "options = {"),
        ("argument", "outer(**options)"),
        ("argument", "inner(*rows, **options)"),
        ("call", "load(name)"),
    ]
    assert chain(usage, "org/b")[:2] == [("assignment", 'rows = ["org/b"]'), ("argument", "outer(rows)")]


def test_an_item_of_one_of_several_sequences_tells_of_both(scan_files: ScanFiles) -> None:
    code = """\
        def inner(name):
            load(name)
        rows = ["org/a"] if flag() else ["org/b"]
        inner(*rows)
    """
    usage = only(loads(scan_files, code))
    lines = [text for _, text in chain(usage, "org/b")]
    assert lines == ['rows = ["org/a"] if flag() else ["org/b"]', "inner(*rows)", "load(name)"]


def test_what_a_scan_finds_with_the_help_of_earlier_questions_is_explained_too(scan_files: ScanFiles) -> None:
    helper = 'def words(text):\n    return [str(c) for c in text]\nLONG = "' + "x" * 200 + '"\nALL = [\n'
    helper += "".join(f"    words(LONG + '{i}'),\n" for i in range(7)) + "]\n"
    use = PRELUDE + "from helper import ALL\n"
    code = use + "def get(name):\n    load(name)\nget('org/a' if ALL else 'org/none')\n"
    files = {"helper.py": helper, "before.py": use + "load(ALL[0][0])\n", "main.py": code}
    scanned = [m.name for u in scan_files(files).usages if u.path == "main.py" for m in u.models]
    told = explain_line(MemoryTree(files), "main.py", None, 5, load_catalogue())
    assert [m.name for call in told.calls for u in call.usages for m in u.models] == scanned == ["org/a"]
