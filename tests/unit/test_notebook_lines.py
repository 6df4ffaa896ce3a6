"""A line of a cell is found in the file of its notebook, however the JSON is laid out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.fingerprint import line_hash
from ptmscan.source import CellLines
from ptmscan.source.notebook import read_notebook

if TYPE_CHECKING:
    from conftest import ScanFiles, ScanText


def cell(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **more}


def file_lines(raw: bytes) -> list[list[int | None]]:
    lines = CellLines("a.ipynb", raw)
    found = read_notebook("a.ipynb", raw)
    return [[lines.file_line(each.index, n) for n in range(1, each.text.count("\n") + 2)] for each in found.cells]


TEXT = st.text(alphabet='ab"\\{}[],:\n\r\u00e9 ', max_size=12)


@given(st.lists(st.lists(TEXT, max_size=4) | TEXT, max_size=4), st.sampled_from([None, 0, 1]))
def test_the_line_of_the_file_holds_the_line_of_the_cell(sources: list[Any], indent: int | None) -> None:
    document = {"metadata": {"source": ["no cell"]}, "cells": [cell(source) for source in sources]}
    raw = json.dumps(document, indent=indent).encode()
    written = raw.decode().split("\n")
    for each, found in zip(read_notebook("a.ipynb", raw).cells, file_lines(raw), strict=True):
        for text, line in zip(each.text.split("\n"), found, strict=True):
            assert line is not None or not text
            if line is not None:
                # A letter has no escape; a line may go on in the next string.
                letter = next((character for character in text if character in "ab"), "")
                assert letter in "".join(written[line - 1 :])


def test_each_line_of_a_usual_notebook_is_found() -> None:
    document = {"cells": [cell(["import a\n", "a.load()"]), {"cell_type": "markdown", "source": ["x"]}, cell(["b\n"])]}
    raw = json.dumps(document, indent=1).encode()
    lines = raw.decode().split("\n")
    first, second = file_lines(raw)
    assert [lines[n - 1].strip() for n in first if n] == ['"import a\\n",', '"a.load()"']
    assert next(lines[n - 1].strip() for n in second if n) == '"b\\n"'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_source_that_is_one_string_stands_on_one_line(newline: str) -> None:
    raw = json.dumps({"cells": [cell("a\nb\nc")]}, indent=1).replace("\n", newline).encode()
    (found,) = file_lines(raw)
    assert len(found) == 3
    assert len(set(found)) == 1
    assert found[0] is not None
    assert b"source" in raw.split(b"\n")[found[0] - 1]


def test_worksheets_of_format_3_share_one_numbering() -> None:
    old = [{"cells": [cell(None, input=["a\n", "b"]), cell(None, input="c")]}, {"cells": [cell(None, input=["d"])]}]
    for each in (each for sheet in old for each in sheet["cells"]):
        del each["source"]
    raw = json.dumps({"worksheets": old}, indent=1).encode()
    lines = raw.decode().split("\n")
    found = [[lines[n - 1] for n in cell_lines if n] for cell_lines in file_lines(raw)]
    assert ['"a' in found[0][0], '"b"' in found[0][1], '"c"' in found[1][0], '"d"' in found[2][0]] == [True] * 4


def test_a_cell_that_does_not_exist_has_no_line() -> None:
    lines = CellLines("a.ipynb", json.dumps({"cells": [cell("a")]}).encode())
    assert lines.file_line(0, 1) == 1
    assert lines.file_line(0, 2) is None
    assert lines.file_line(1, 1) is None


def test_a_usage_in_a_notebook_has_the_line_of_its_file(scan_files: ScanFiles) -> None:
    call = ["from transformers import AutoModel\n", "AutoModel.from_pretrained(NAME)"]
    raw = json.dumps({"cells": [cell(["x = 1\n", "NAME = 'org/name'"]), cell(call)]}, indent=1).encode()
    lines = raw.split(b"\n")
    (found,) = scan_files({"a.ipynb": raw}).usages
    assert (found.cell, found.line) == (1, 2)
    assert found.file_line is not None
    assert b"AutoModel.from_pretrained(NAME)" in lines[found.file_line - 1]
    (step, *_) = found.models[0].evidence
    assert (step.cell, step.line) == (0, 2)
    assert step.file_line is not None
    assert b"NAME = 'org/name'" in lines[step.file_line - 1]


def test_a_usage_in_a_python_file_has_no_other_line(scan_text: ScanText) -> None:
    (found,) = scan_text("import timm\ntimm.create_model('resnet50', pretrained=True)")
    assert found.file_line is None


def test_a_byte_order_mark_counts_in_the_hash_of_the_first_line(scan_files: ScanFiles) -> None:
    code = "import timm; timm.create_model('resnet50', pretrained=True)\n"
    (found,) = scan_files({"a.py": code.encode("utf-8-sig")}).usages
    assert found.line_hash == line_hash("\ufeff" + code, 1)
