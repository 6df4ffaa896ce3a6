"""Calls that no signature knows but that are given a known model's name are told with a registry, beside the usages."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from ptmscan.analysis.suspects import NamedModel
from ptmscan.discovery import MemoryTree
from ptmscan.record_json import read_jsonl, write_jsonl
from ptmscan.records import ScanResult, Suspect
from ptmscan.registry.suggestions import Suggestions
from ptmscan.report import renderer
from ptmscan.scan import scan_tree
from ptmscan.signatures.catalogue import load_catalogue

KNOWN = {"org/known", "gpt2", "bert-base-uncased"}


def names_model(text: str) -> NamedModel | None:
    return NamedModel(text, "HuggingFace") if text in KNOWN else None


def scan(code: str, **files: str) -> ScanResult:
    sources = {"main.py": code, **files}
    tree = MemoryTree({path: text.encode() for path, text in sources.items()}, repository="a/b")
    return scan_tree(tree, catalogue=load_catalogue(), names_model=names_model)


def told(result: ScanResult) -> list[tuple[str, str, str]]:
    return [(s.callee, s.argument, s.model) for s in result.suspects]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('import newlib\nnewlib.load("org/known")', [("newlib.load", "0", "org/known")]),
        ('from newlib import Model as M\nM(kind="x", name="gpt2")', [("newlib.Model", "name", "gpt2")]),
        ('import newlib\nNAME = "gpt2"\nnewlib.a.b(NAME)', [("newlib.a.b", "0", "gpt2")]),
        (
            'import newlib\ndef make(name):\n    return newlib.load(name)\nmake("gpt2")\nmake("org/known")',
            [("newlib.load", "0", "gpt2"), ("newlib.load", "0", "org/known")],
        ),
        (
            'import newlib\nnewlib.many(["gpt2", "org/known"])',
            [("newlib.many", "0", "gpt2"), ("newlib.many", "0", "org/known")],
        ),
        ('import newlib\nnewlib.load("org/other")\nx = "gpt2"', []),
        ('import newlib\nnewlib.load("the gpt2 model")', []),
        ('import newlib\nnewlib.load(f"{x}gpt2")', []),
        ('from transformers import AutoModel\nAutoModel.from_pretrained("gpt2")', []),
        ('import os\nprint("gpt2")\nos.getenv("gpt2")', []),
        ('def load(name): pass\nload("gpt2")', []),
        ('import newlib\nnewlib.load("gpt2', []),
    ],
    ids=range(12),
)
def test_suspects(code: str, expected: list[tuple[str, str, str]]) -> None:
    result = scan(code)
    assert told(result) == expected
    assert result.header.suspects == len(expected)


def test_a_function_of_the_repository_is_no_suspect_but_what_it_calls_is() -> None:
    result = scan(
        'from ours import load\nload("gpt2")\n', **{"ours.py": "import newlib\n\ndef load(n):\n    newlib.f(n)\n"}
    )
    assert [(s.path, s.line, s.scope) for s in result.suspects] == [("ours.py", 4, "load")]
    assert [step.path for step in result.suspects[0].evidence] == ["main.py", "ours.py"]


def test_usages_are_the_same_with_and_without_suspects() -> None:
    code = 'import newlib, transformers\ntransformers.AutoModel.from_pretrained(newlib.f("gpt2"))\nnewlib.g("gpt2")\n'
    plain = scan_tree(MemoryTree({"main.py": code.encode()}, repository="a/b"), catalogue=load_catalogue())
    assert plain.header.suspects is None
    assert plain.suspects == ()
    with_suspects = scan(code)
    assert with_suspects.usages == plain.usages
    assert [suspect.callee for suspect in with_suspects.suspects] == ["newlib.f", "newlib.g"]


def test_suspects_are_lines_of_their_own_without_secrets() -> None:
    result = scan('import newlib\nnewlib.load("gpt2", token="hunter2")\n')
    stream = io.StringIO()
    write_jsonl(result, stream)
    assert "hunter2" not in stream.getvalue()
    assert read_jsonl(stream.getvalue().splitlines()).suspects == result.suspects


def test_callables_are_ranked_by_repositories_then_models_then_calls() -> None:
    def suspect(callee: str, model: str, line: int) -> Suspect:
        return Suspect("a.py", line, 1, "f", "code", callee, "0", model, model, "HuggingFace", ())

    suggestions = Suggestions()
    for repository, callee, model, line in (
        ("a", "one.f", "m", 1),
        ("a", "one.f", "n", 1),
        ("a", "two.f", "m", 2),
        ("b", "two.f", "m", 2),
        ("a", "three.f", "m", 3),
        ("a", "three.f", "m", 4),
        ("a", "four.f", "m", 5),
    ):
        suggestions.add(repository, suspect(callee, model, line))
    assert [(s.callee, s.repositories, s.models, s.calls) for s in suggestions.ranked()] == [
        ("two.f", 2, 1, 2),
        ("one.f", 1, 2, 1),
        ("three.f", 1, 1, 2),
        ("four.f", 1, 1, 1),
    ]


def test_the_text_report_tells_suspects_and_strangers() -> None:
    code = 'import newlib, transformers\ntransformers.AutoModel.from_pretrained("org/mine")\nnewlib.g("gpt2")\n'
    result = scan(code)
    usages = tuple(replace(u, models=tuple(replace(m, known=False) for m in u.models)) for u in result.usages)
    stream = io.StringIO()
    renderer("text")(replace(result, usages=usages), stream)
    text = stream.getvalue()
    assert "  org/mine  not in the registry  not pinned\n" in text
    assert "Known models given to calls that no signature describes\n  main.py:3  newlib.g: gpt2\n" in text
