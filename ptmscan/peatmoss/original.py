"""The 56 tables of PeaTMOSS, described by schema.tsv beside this module. They are made when asked, never altered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, TypeDecorator, UniqueConstraint
from sqlalchemy.ext.compiler import compiles

SCHEMA = Path(__file__).with_name("schema.tsv")


class ContextId(TypeDecorator[str]):
    """Names in a column that the data set declares INTEGER: SQLite allows it, PostgreSQL needs VARCHAR."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Text, also where SQLite made a number of a name that looks like one."""
        return None if value is None else str(value)


@compiles(ContextId, "sqlite")
def _declared(type_: ContextId, compiler: Any, **settings: Any) -> str:  # noqa: ARG001  # SQLAlchemy's signature
    return "INTEGER"


class _Row(NamedTuple):
    table: str
    column: str
    type: str
    not_null: str
    primary_key: str
    unique: str
    references: str


@cache
def original() -> MetaData:
    """The tables of PeaTMOSS."""
    return description()


def description() -> MetaData:
    """The same, made anew, for what changes it: making constraints by ALTER (SQLAlchemy, `AddConstraint`) does."""
    metadata = MetaData()
    for name, rows in groupby(_rows(), key=lambda row: row.table):
        columns = list(rows)
        uniques = dict.fromkeys(row.unique for row in columns if row.unique)
        Table(
            name,
            metadata,
            *(_column(row) for row in columns),
            *(UniqueConstraint(*unique.split("+")) for unique in uniques),
        )
    return metadata


def table(name: str) -> Table:
    """A table of PeaTMOSS."""
    return original().tables[name]


def _rows() -> Iterator[_Row]:
    for line in SCHEMA.read_text(encoding="utf-8").split("\n")[2:]:
        if line:
            yield _Row(*line.split("\t"))


def _column(row: _Row) -> Column[Any]:
    plain: Any = Integer() if row.type == "INTEGER" else String()
    chosen = ContextId() if (row.table, row.column) == ("model", "context_id") else plain
    keys = [ForeignKey(row.references)] if row.references else []
    return Column(row.column, chosen, *keys, primary_key=row.primary_key != "0", nullable=row.not_null == "0")
