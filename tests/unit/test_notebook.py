"""Which code a notebook holds, and what is told of one that is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.errors import UnreadableFileError
from ptmscan.source import MAX_SOURCE_BYTES, Magic, Source, read_source

NOTEBOOKS = Path(__file__).parent.parent / "fixtures/notebooks"


def fixture(name: str) -> Source:
    return read_source(name, (NOTEBOOKS / name).read_bytes())


def of(document: object) -> Source:
    return read_source("a.ipynb", json.dumps(document).encode())


def code(*sources: object) -> list[dict[str, object]]:
    return [{"cell_type": "code", "source": source} for source in sources]


def cells(source: Source) -> dict[int | None, str]:
    return {unit.cell: source.text((unit.start, unit.end)) for unit in source.units}


def told(source: Source) -> list[tuple[int | None, str]]:
    return [(found.cell, found.code) for found in source.diagnostics]


def test_code_cells_are_read_in_order_and_numbered_among_all_cells() -> None:
    source = fixture("magics_v4.ipynb")
    assert list(cells(source)) == [1, 2, 3, 4, 5]
    assert source.data.decode() == "".join(cells(source).values())
    assert cells(source)[2] == (
        '      \ncaption = pipeline("image-to-text", model="nlpconnect/vit-gpt2-image-captioning")\n'
    )
    assert source.diagnostics == ()


def test_magics_are_kept_with_their_place_and_blanked() -> None:
    source = fixture("magics_v4.ipynb")
    assert source.magics == (
        Magic(1, 1, "%%capture"),
        Magic(1, 2, "!pip install -q transformers \\\n    sentencepiece"),
        Magic(1, 4, "%matplotlib inline"),
        Magic(2, 1, "%%time"),
        Magic(3, 1, "%%bash\npython train.py --model bert-base-uncased"),
        Magic(4, 1, "caption?"),
        Magic(4, 2, "files = !ls *.png"),
        Magic(4, 4, "    !du -sh ."),
        Magic(4, 7, "%time text = caption(files[0])"),
    )
    assert [line.rstrip() for line in cells(source)[4].split("\n")] == [
        "",
        "files = get_ipython()",
        "if files:",
        "    pass",
        'print("%s: %d"',
        "      % (files[0], len(files)))",
        "pass; text = caption(files[0])",
        "",
    ]


def test_a_line_is_shown_as_it_was_written_magic_and_all() -> None:
    source = fixture("magics_v4.ipynb")
    offset = source.data.index(b"caption(files[0])")
    position = source.position(offset)
    assert (position.cell, position.line, position.column) == (4, 7, 14)
    assert source.line_text(offset) == "%time text = caption(files[0])"
    assert source.line_text(source.data.index(b"if files")) == "if files:"


def test_format_3_keeps_its_cells_in_worksheets() -> None:
    source = fixture("plain_v3.ipynb")
    assert cells(source) == {
        1: "             \nimport torch\n",
        2: "print torch.hub.load('pytorch/vision', 'resnet18')\n",
    }
    assert source.magics == (Magic(1, 1, "%pylab inline"),)


def test_outputs_are_no_code() -> None:
    assert cells(fixture("outputs_v4.ipynb")) == {0: "model = load()\nmodel\n"}


@pytest.mark.parametrize("name", ["magics_v4.ipynb", "outputs_v4.ipynb", "plain_v3.ipynb"])
def test_the_cells_are_those_that_nbformat_reads(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    expected = {number: cell.source for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    source = fixture(name)
    assert list(cells(source)) == list(expected)
    for unit in source.units:
        assert source.text((unit.start, unit.end)).count("\n") == f"{expected[unit.cell]}\n".count("\n")


def test_a_notebook_in_another_language_is_not_read_as_python() -> None:
    source = fixture("language_r.ipynb")
    assert cells(source) == {}
    assert [(found.code, "its language is 'R'" in found.message) for found in source.diagnostics] == [
        ("malformed-notebook", True)
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        None,
        [],
        {"kernelspec": None},
        {"language_info": {"name": "ipython"}},
        {"kernelspec": {"language": ""}},
        {"kernelspec": {"language": "R"}, "language_info": {"name": "python"}},
        {"language_info": {"name": "pyspark"}},
        {"language_info": {"name": 3}},
    ],
)
def test_a_notebook_that_is_not_clearly_in_another_language_is_read(metadata: object) -> None:
    assert cells(of({"cells": code("x = 1"), "metadata": metadata})) == {0: "x = 1\n"}


def test_a_cell_of_format_3_in_another_language_is_told() -> None:
    ruby = {"cell_type": "code", "input": "puts 1", "language": "ruby"}
    python = {"cell_type": "code", "input": "x = 1", "language": "python"}
    source = of({"worksheets": [{"cells": [ruby, python]}]})
    assert cells(source) == {1: "x = 1\n"}
    assert told(source) == [(0, "malformed-notebook")]


def test_a_bad_cell_costs_no_other_cell() -> None:
    source = fixture("bad_cells.ipynb")
    assert cells(source) == {0: "a = 1\n", 6: "c = 3\n"}
    assert told(source) == [(number, "malformed-notebook") for number in (1, 2, 3, 4, 5)]


def test_a_cell_with_nul_characters_costs_no_other_cell() -> None:
    source = of({"cells": code("a = 1", "b = '\0'", "c = 3")})
    assert cells(source) == {0: "a = 1\n", 2: "c = 3\n"}
    assert told(source) == [(1, "malformed-notebook")]


def test_a_bad_worksheet_costs_no_other_worksheet() -> None:
    source = of({"worksheets": [7, {"cells": 7}, {"cells": code("x = 1")}]})
    assert cells(source) == {0: "x = 1\n"}
    assert told(source) == [(None, "malformed-notebook")] * 2


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \n\n", id="blank"),
        pytest.param((NOTEBOOKS / "truncated.ipynb").read_bytes(), id="truncated"),
        pytest.param((NOTEBOOKS / "conflict.ipynb").read_bytes(), id="conflict-markers"),
        pytest.param(b"x = 1\n", id="python"),
        pytest.param(b"<!DOCTYPE html><html></html>", id="html"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="no-cells"),
        pytest.param(b'{"worksheets": {}}', id="worksheets-no-list"),
        pytest.param(DEEP, id="deep"),
        pytest.param(DEEP + b"]" * len(DEEP), id="deep-and-closed"),
        pytest.param(b'{"a":' * 100_000, id="deep-objects"),
        pytest.param(b'{"cells": []} {"cells": []}', id="two-documents"),
        pytest.param(b'{"cells": [\0]}', id="nul"),
        pytest.param(b"\x80\x81\xff\0\0", id="binary"),
        pytest.param(b'{"cells": [{"cell_type": "code", "source": "a\nb"}]}', id="bare-newline"),
    ],
)
def test_what_is_no_notebook_is_told_and_does_no_harm(raw: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_source("a.ipynb", raw)
    assert caught.value.code == "malformed-notebook"
    assert caught.value.path == "a.ipynb"


def test_cells_that_are_no_list_leave_a_notebook_without_code() -> None:
    source = of({"cells": {"0": code("x = 1")}})
    assert cells(source) == {}
    assert told(source) == [(None, "malformed-notebook")]


def test_a_repeated_key_is_told_and_the_last_one_counts() -> None:
    source = read_source("a.ipynb", b'{"cells": [], "cells": [{"cell_type": "code", "source": "x", "source": "y"}]}')
    assert cells(source) == {0: "y\n"}
    assert [found.message for found in source.diagnostics] == [
        "the key 'cells' occurs twice in one object; the last one counts",
        "the key 'source' occurs twice in one object; the last one counts",
    ]


def test_a_number_too_long_to_convert_does_not_matter() -> None:
    raw = b'{"cells": [{"cell_type": "code", "source": "x", "execution_count": %b}]}' % (b"9" * 10_000)
    assert cells(read_source("a.ipynb", raw)) == {0: "x\n"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_json_may_be_in_any_unicode_encoding(encoding: str) -> None:
    raw = json.dumps({"cells": code("x = 'é'")}, ensure_ascii=False).encode(encoding)
    assert cells(read_source("a.ipynb", raw)) == {0: "x = 'é'\n"}


def test_a_notebook_that_is_not_unicode_is_read_as_latin_1_and_told() -> None:
    raw = json.dumps({"cells": code("x = 'é'")}, ensure_ascii=False).encode("latin-1")
    source = read_source("a.ipynb", raw)
    assert cells(source) == {0: "x = 'é'\n"}
    assert [found.code for found in source.diagnostics] == ["encoding"]


def test_newlines_of_cells_are_folded() -> None:
    assert cells(of({"cells": code("a\r\nb\rc", ["d\r\n", "%time e\r\n"])})) == {0: "a\nb\nc\n", 1: "d\npass; e\n"}


def test_a_lone_surrogate_of_an_escape_takes_one_column() -> None:
    source = read_source("a.ipynb", b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'; f()"}]}')
    assert source.position(source.data.index(b"f()")).column == 10


def test_the_limit_is_on_the_code_not_on_the_outputs() -> None:
    output = [{"text": "x" * (MAX_SOURCE_BYTES + 1)}]
    assert cells(of({"cells": [{"cell_type": "code", "source": "x = 1", "outputs": output}]})) == {0: "x = 1\n"}
    with pytest.raises(UnreadableFileError) as caught:
        of({"cells": code("#" * (MAX_SOURCE_BYTES // 2), "#" * (MAX_SOURCE_BYTES // 2))})
    assert caught.value.code == "too-large"


def test_thousands_of_problems_are_told_in_a_hundred_lines() -> None:
    source = of({"cells": [7] * 5000})
    assert len(source.diagnostics) == 101
    assert "4,900 more" in source.diagnostics[-1].message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "worksheets", "cell_type", "source", "input", "metadata", "language_info", "name"]
            ),
            inner | st.sampled_from(["code", "python"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused_with_a_code(document: object) -> None:
    assert summary(json.dumps(document).encode()) in {"read", "malformed-notebook"}


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused_with_a_code(raw: bytes) -> None:
    assert summary(raw) in {"read", "malformed-notebook", "missing-git-object"}


def summary(raw: bytes) -> str:
    try:
        source = read_source("a.ipynb", raw)
    except UnreadableFileError as error:
        return error.code
    assert all(source.text((unit.start, unit.end)).endswith("\n") for unit in source.units)
    return "read"
