"""SQLite: a database of its own with the tables, strict about types."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ptmscan.exporting.beside import written_beside
from ptmscan.exporting.tables import FLAT, Column, Kind, Row, flat_rows
from ptmscan.records import ScanResult

_TYPES = {Kind.TEXT: "TEXT", Kind.JSON: "TEXT", Kind.INTEGER: "INTEGER", Kind.REAL: "REAL", Kind.BOOLEAN: "INTEGER"}
_KEYS = {
    "scans": "PRIMARY KEY (repository)",
    "usages": "PRIMARY KEY (usage)",
    "models": "PRIMARY KEY (usage, model)",
    "evidence": "PRIMARY KEY (usage, model, number)",
}
_INDEXES = (
    "CREATE INDEX usages_by_repository ON usages (repository)",
    "CREATE INDEX models_by_id ON models (hub, id)",
    "CREATE INDEX diagnostics_by_repository ON diagnostics (repository)",
)


def write_sqlite(scans: Iterable[ScanResult], target: Path) -> None:
    """Write a database; one that is there is replaced."""
    with written_beside(target.absolute().parent) as beside:
        connection = sqlite3.connect(beside / target.name)
        try:
            _write(connection, scans)
        finally:
            connection.close()


def _write(connection: sqlite3.Connection, scans: Iterable[ScanResult]) -> None:
    connection.execute("PRAGMA journal_mode = OFF")  # nobody sees the file before it is whole
    for name, columns in FLAT.items():
        parts = [*map(_declaration, columns), *filter(None, [_KEYS.get(name)])]
        connection.execute(f"CREATE TABLE {name} ({', '.join(parts)})")
    number = 0
    with connection:
        for scan in scans:
            _insert(connection, scan, number)
            number += len(scan.usages)
    for index in _INDEXES:
        connection.execute(index)


def _declaration(column: Column) -> str:
    return f'"{column.name}" {_TYPES[column.kind]}{"" if column.optional else " NOT NULL"}'


def _insert(connection: sqlite3.Connection, scan: ScanResult, first: int) -> None:
    found: dict[str, list[Row]] = {name: [] for name in FLAT}
    for name, row in flat_rows(scan, first):
        found[name].append(row)
    for name, rows in found.items():
        marks = ", ".join("?" * len(FLAT[name]))
        values = ([row[column.name] for column in FLAT[name]] for row in rows)
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", values)  # noqa: S608 - our names
