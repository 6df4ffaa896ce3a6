"""The byte tests may let too much through, but never too little."""

from __future__ import annotations

import ast
import json
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.prefilter import Names, Roots, alternation, plain, words_of

ROOTS = ("torch", "transformers", "timm", "open_clip")
NAMES = ("from_pretrained", "resnet50", "load", "pipeline", "BertModel")
roots = Roots(ROOTS)
names = Names(NAMES)


def as_notebooks(code: str) -> list[bytes]:
    """The ways in which the JSON of a notebook may hold a cell."""
    lines = code.splitlines(keepends=True)
    documents = [{"cells": [{"cell_type": "code", "source": source}]} for source in (code, lines)]
    plain_json = [
        json.dumps(d, indent=i, ensure_ascii=a) for d in documents for i in (None, 1, 4) for a in (True, False)
    ]
    return [text.encode() for text in plain_json] + [escaped(code), escaped(code).replace(b"\\u005c", b"\\\\")]


def escaped(code: str) -> bytes:
    """JSON in which every character is an escape."""
    halves = code.encode("utf-16-be", "surrogatepass")
    return b'{"source": "%b"}' % b"".join(b"\\u%02x%02x" % tuple(halves[i : i + 2]) for i in range(0, len(halves), 2))


def as_files(code: str) -> list[bytes]:
    return [code.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")]


# --- import roots -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import torch",
        "import torch.nn as nn",
        "import os, torch",
        "import os,torch",
        "import importlib, torch",
        "import os.path as p , sys as s,\ttorch as t",
        "import os, \\\n    torch",
        "import \\\n torch",
        "from torch import nn",
        "from torch.hub import load",
        "from\ttorch import nn",
        "from \\\n  torch import nn",
        "if x: import torch",
        "x = 1; import torch",
        "try:\n import torch\nexcept ImportError: pass",
        "def f():\n    import torch",
        "importlib.import_module('torch')",
        'import_module("torch.hub")',
        "__import__('torch')",
        "exec('import torch')",
        ">>> import torch",
        "config = {'_target_': 'torch.nn.Linear'}",
        "from 𝐭𝐨𝐫𝐜𝐡 import nn",
        "import ｔｏｒｃｈ",
        "import transﬁrst, torch",
    ],
)
def test_a_file_that_imports_a_root_is_let_through_in_every_form(code: str) -> None:
    for data in (code.encode(), code.replace("\n", "\r\n").encode(), *as_files(code), *as_notebooks(code)):
        assert roots.test(data), data


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import os",
        "import torchlight",
        "import mytorch",
        "from torchlight import x",
        "from numpy import torch",
        "from . import torch",
        "from .torch import x",
        "x = torch",
        "# torch is not used here",
        "important = torch",
        "from_torch = 1",
        "import os\ntorch = 1",
        "name = 'torch'",
        "注释：（模型）\nimport os",
    ],
)
def test_a_file_that_imports_no_root_is_stopped(code: str) -> None:
    assert not roots.test(code.encode())


def test_no_roots_let_nothing_through() -> None:
    assert not Roots(()).test(b"import torch")
    assert not Names(()).find(b"from_pretrained")


MODULES = st.sampled_from(["os", "a.b", "torch", "torch.nn", "torchx", "timm", "importx", "é", "transformers.models"])
GAPS = st.sampled_from([" ", "  ", "\t", " \\\n ", "\f "])
ALIAS = st.tuples(MODULES, st.sampled_from(["", " as x"])).map("".join)
STATEMENT = st.one_of(
    st.tuples(GAPS, st.lists(ALIAS, min_size=1, max_size=4), GAPS).map(
        lambda p: f"import{p[0]}{f',{p[2]}'.join(p[1])}"
    ),
    st.tuples(GAPS, MODULES, GAPS).map(lambda p: f"from{p[0]}{p[1]}{p[2]}import x"),
    st.tuples(st.sampled_from(["", "."]), MODULES).map(lambda p: f"from .{p[0]} import {p[1].partition('.')[0]}"),
    st.sampled_from(["x = torch", "'torch'", "pass", "torch.nn"]),
)
PROGRAM = st.lists(
    st.tuples(st.sampled_from(["", "if x: ", "if x:\n ", "if x:\n\t", "x = 1; "]), STATEMENT).map("".join), max_size=4
).map("\n".join)


@given(PROGRAM)
def test_no_import_that_python_sees_is_missed(code: str) -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(code))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    if imported & set(ROOTS):
        for data in (code.encode(), *as_files(code), *as_notebooks(code)):
            assert roots.test(data), data
            assert imported & set(ROOTS) <= roots.found(data), data


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AutoModel.from_pretrained('x')", {"from_pretrained"}),
        ("pipeline", {"pipeline"}),
        ("\nresnet50()\n\tload()", {"resnet50", "load"}),
        ("resnet501 xresnet50 from_pretrained2 _load Load", set()),
        ("getattr(models, 'resnet50')", {"resnet50"}),
        ("# load", {"load"}),
        ("x.ｌｏａｄ()", {"load"}),
        ("", set()),
    ],
)
def test_names_are_found_as_whole_words_in_every_form(code: str, expected: set[str]) -> None:
    for data in (code.encode(), code.replace("\n", "\r\n").encode(), *as_files(code), *as_notebooks(code)):
        assert {name for name in NAMES if name.encode() in words_of(data)} == expected, data
        assert names.find(data) or not expected


IDENTIFIERS = st.sampled_from([*NAMES, "x", "load_", "é", "ﬁrst", "𝐥𝐨𝐚𝐝", "loaḋ", "nload", "tload"])


@given(st.lists(st.tuples(IDENTIFIERS, st.sampled_from([".", "\n", " + ", ";", "\\\n.", "(0)\n"])), min_size=1).map(
    lambda parts: "".join(name + gap for name, gap in parts) + "x"
))  # fmt: skip
def test_no_name_that_python_sees_is_missed(code: str) -> None:
    seen = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    seen |= {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}
    for data in (code.encode(), *as_files(code), *as_notebooks(code)):
        assert all(Names([name]).find(data) for name in seen & set(NAMES))
        assert names.find(data) or not seen & set(NAMES)


def test_the_pattern_matches_each_name_and_nothing_else() -> None:
    for name in NAMES:
        assert names.pattern.fullmatch(name.encode())
    for other in ("", "loa", "loads", "resnet5", "resnet500", "x"):
        assert not names.pattern.fullmatch(other.encode())
    assert not Names(()).pattern.fullmatch(b"")


def test_what_is_no_identifier_cannot_be_called() -> None:
    assert Names({"load", "vit-base", "a b", ""}).names == {"load"}


@given(st.frozensets(st.text("abc_1", min_size=1, max_size=5), min_size=1, max_size=12), st.text("abc_1", max_size=6))
def test_an_alternation_matches_exactly_its_words(words: frozenset[str], other: str) -> None:
    pattern = re.compile(alternation(words))
    assert all(pattern.fullmatch(word.encode()) for word in words)
    assert bool(pattern.fullmatch(other.encode())) is (other in words)


def test_a_thousand_words_with_a_long_common_beginning_compile() -> None:
    words = [f"{'a' * 200}{number}" for number in range(1000)]
    assert re.compile(alternation(words)).fullmatch(words[500].encode())


# --- plain form -------------------------------------------------------------------------------------------------------


def test_every_letter_that_python_reads_as_ascii_is_put_into_ascii() -> None:
    missed = [
        hex(code)
        for code in range(0x80, sys.maxunicode + 1)
        if f"a{chr(code)}".isidentifier()
        and (form := unicodedata.normalize("NFKC", chr(code))).isascii()
        and plain(chr(code).encode()) != form.encode()
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text", ["", "x = 1", "'é ж 模型 「」（），：； … “” — → ✓ 😀'", '{"source": "a\\n\\u001b[0m\\u003cb"}']
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    data = text.encode()
    assert plain(data) is data


@pytest.mark.parametrize(
    "data",
    [
        b"import " * 100_000,
        b"ximport " * 100_000,
        "éimport ".encode() * 100_000,
        b"importx " * 100_000,
        b"{" + b"\\nimport a, " * 50_000,
        b"import a" + b",a" * 200_000,
        b"import" + b", " * 200_000,
        b"import " + b"\\" * 400_000,
        b"import a, \\\n" * 50_000,
        b"{import " + b'\\n",   ' * 50_000,
        b"{" + b"\\u0041" * 60_000,
        b"from " * 100_000,
        b"import_module" + b"'" * 400_000,
        "ﬁ".encode() * 100_000,
        b"\xff\xfe" + b"\x00\xd8" * 100_000,
    ],
    ids=lambda data: repr(data[:12]),
)
def test_hostile_bytes_take_no_quadratic_time(data: bytes) -> None:
    assert not roots.test(data)
    assert not names.find(data)
