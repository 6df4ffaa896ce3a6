"""The way back from a byte offset to what a person sees."""

from __future__ import annotations

import json
import pickle

from hypothesis import given
from hypothesis import strategies as st

from ptmscan.source import Position, Source, read_source

TEXTS = st.text(st.sampled_from("ab \té€𝔘\n\r\f\u2028\u0301"), max_size=60)


def notebook(*cells: str) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()


def naive(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character, by counting."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


@given(TEXTS, st.integers(1, 400))
def test_positions_of_a_file_are_those_that_counting_gives(text: str, repeated: int) -> None:
    # Repeated, so that lines and texts span several of the blocks in which columns are counted.
    text = (text * repeated)[:5000]
    source = read_source("a.py", text.encode())
    folded = source.data.decode()
    for index in [*range(0, len(folded), max(1, len(folded) // 40)), len(folded)]:
        offset = len(folded[:index].encode())
        position = source.position(offset)
        assert (position.line, position.column) == naive(folded, index)
        assert position.cell is None
        assert source.line_text(offset) == folded.split("\n")[position.line - 1]


@given(st.lists(st.text(st.sampled_from("ab é𝔘\n=1"), max_size=30), min_size=1, max_size=5))
def test_positions_of_a_notebook_are_inside_the_cell(cells: list[str]) -> None:
    source = read_source("a.ipynb", notebook(*cells))
    assert len(source.units) == len(cells)
    for number, (unit, cell) in enumerate(zip(source.units, cells, strict=True)):
        assert source.text((unit.start, unit.end)) == (cell if cell.endswith("\n") else f"{cell}\n")
        for index in range(len(cell)):
            offset = unit.start + len(cell[:index].encode())
            position = source.position(offset)
            assert (position.line, position.column, position.cell) == (*naive(cell, index), number)
            assert source.line_text(offset) == cell.split("\n")[position.line - 1]


def test_columns_are_code_points_not_bytes() -> None:
    source = read_source("a.py", "x = '𝔘é'; f()\n".encode())
    assert source.position(source.data.index(b"f()")) == Position(1, 11)


def test_the_mark_at_the_start_takes_no_column() -> None:
    assert read_source("a.py", b"\xef\xbb\xbff()").position(0) == Position(1, 1)


def test_the_end_of_the_text_is_a_place() -> None:
    assert read_source("a.py", b"").position(0) == Position(1, 1)
    assert read_source("a.py", b"a\n").position(2) == Position(2, 1)
    assert read_source("a.ipynb", notebook("a", "b")).position(4) == Position(2, 1, 1)


def test_a_notebook_without_code_has_places_too() -> None:
    source = read_source("a.ipynb", b'{"cells": []}')
    assert source.position(0) == Position(1, 1)
    assert source.line_text(0) == ""


def test_a_source_can_be_sent_to_another_process_before_and_after_use() -> None:
    source = read_source("a.ipynb", notebook("x = 1", "%time y = 'é'\nz = 2"))
    fresh = pickle.dumps(source)
    assert source.position(9).line == 1
    for pickled in (fresh, pickle.dumps(source)):
        copy: Source = pickle.loads(pickled)
        assert copy == source
        assert copy.position(9) == source.position(9)
    assert pickle.dumps(source) == fresh


def test_positions_in_a_file_that_is_one_long_line_take_no_quadratic_time() -> None:
    call = "é=f();"
    source = read_source("a.py", (call * 1_000_000).encode())
    width = len(call.encode())
    columns = [source.position(index * width).column for index in range(0, 1_000_000, 20)]
    assert columns == [index * len(call) + 1 for index in range(0, 1_000_000, 20)]
