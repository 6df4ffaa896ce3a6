"""CSV: a file a table, for programs; nothing is altered for spreadsheets (`scan --format csv` is for those).

Null is an empty cell and the empty text a quoted one, as DuckDB and PostgreSQL read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from ptmscan.exporting.beside import written_beside
from ptmscan.exporting.tables import FLAT, Kind, flat_rows
from ptmscan.records import ScanResult


def write_csv(scans: Iterable[ScanResult], folder: Path) -> None:
    """Write a CSV file for each table."""
    number = 0
    with written_beside(folder) as beside, ExitStack() as stack:
        files = {}
        for name, columns in FLAT.items():
            files[name] = stack.enter_context((beside / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            files[name].write(",".join(column.name for column in columns) + "\n")
        for scan in scans:
            for name, row in flat_rows(scan, number):
                files[name].write(",".join(_cell(row[column.name], column.kind) for column in FLAT[name]) + "\n")
            number += len(scan.usages)
        stack.close()  # before they are moved


def _cell(value: object, kind: Kind) -> str:
    """RFC 4180, all texts in quotes, which Python's own writer learned in 3.12 only."""
    if value is None:
        return ""
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if kind in {Kind.INTEGER, Kind.REAL}:
        return str(value)
    text = str(value).replace('"', '""').replace("\0", "\\0")  # readers end a text at NUL, or refuse it
    return f'"{text}"'
