"""The name tables beside this module: tab-separated data, built by scripts/build_tables.py, read on first use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "tables"

Row = tuple[str, ...]


def names() -> tuple[str, ...]:
    """The names of all tables, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.tsv")))


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of a table, each with as many cells as the header has columns."""
    lines = [line for line in _text(table).split("\n") if line and not line.startswith("# ")]
    width = len(lines[0].split("\t"))
    return tuple(tuple((line.split("\t") + [""] * width)[:width]) for line in lines[1:])


@cache
def columns(table: str) -> tuple[str, ...]:
    """The column names of a table."""
    header = next(line for line in _text(table).split("\n") if line and not line.startswith("# "))
    return tuple(header.split("\t"))


@cache
def mapping(table: str, value: int = 1) -> dict[str, str]:
    """First column → column number `value`; the first row of a key wins."""
    found: dict[str, str] = {}
    for row in rows(table):
        found.setdefault(row[0], row[value])
    return found


@cache
def first_column(table: str) -> frozenset[str]:
    """Every value of the first column."""
    return frozenset(row[0] for row in rows(table))


def _text(table: str) -> str:
    return (FOLDER / f"{table}.tsv").read_text(encoding="utf-8")
