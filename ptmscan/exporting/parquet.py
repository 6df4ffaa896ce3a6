"""Parquet: a file a table, usages with their models and evidence nested in them, compressed with Zstandard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptmscan import __version__
from ptmscan.errors import UsageError
from ptmscan.exporting import tables
from ptmscan.exporting.beside import written_beside
from ptmscan.exporting.tables import Column, Kind, Row
from ptmscan.records import SCHEMA_VERSION, ScanResult

if TYPE_CHECKING:
    import pyarrow as pa

# What DuckDB recommends (https://duckdb.org/docs/stable/data/parquet/tips): its vectors and threads are made for it.
ROW_GROUP = 122_880
# Rows that are held as Python objects.
_BATCH = 2_000


def write_parquet(scans: Iterable[ScanResult], folder: Path) -> None:
    """Write scans.parquet, usages.parquet and diagnostics.parquet; scans are expected in the order of repositories."""
    with written_beside(folder) as beside, ExitStack() as stack:
        files = {name: stack.enter_context(_File(beside / f"{name}.parquet", schema)) for name, schema in schemas()}
        for scan in scans:
            files["scans"].add([tables.scan_row(scan.header)])
            files["usages"].add(map(tables.nested_usage, scan.usages))
            files["diagnostics"].add(tables.diagnostic_rows(scan))
        stack.close()  # before they are moved


def schemas() -> Iterator[tuple[str, pa.Schema]]:
    """The schema of each file, by table."""
    import pyarrow as pa

    metadata = {"ptmscan": __version__, "ptmscan.schema_version": str(SCHEMA_VERSION)}
    evidence = pa.list_(pa.struct(_fields(tables.EVIDENCE)))
    models = pa.list_(pa.struct([*_fields(tables.MODELS), pa.field("evidence", evidence, nullable=False)]))
    usages = [*_fields(tables.USAGES), pa.field("models", models, nullable=False)]
    yield "scans", pa.schema(_fields(tables.SCANS), metadata)
    yield "usages", pa.schema(usages, metadata)
    yield "diagnostics", pa.schema(_fields(tables.FLAT["diagnostics"]), metadata)


def _fields(columns: tuple[Column, ...]) -> list[Any]:
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(),
        Kind.JSON: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.REAL: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
    }
    return [pa.field(column.name, types[column.kind], nullable=column.optional) for column in columns]


class _File:
    """One Parquet file that grows by rows; row groups are filled before they are written."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[Row] = []
        self._batches: list[pa.RecordBatch] = []
        self._held = 0

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._pack()
        self._flush()
        self._writer.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) >= _BATCH:
                self._pack()
                if self._held >= ROW_GROUP:
                    self._flush()

    def _pack(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._batches.append(pa.RecordBatch.from_pylist(self._rows, self._schema))
            self._held += len(self._rows)
            self._rows = []

    def _flush(self) -> None:
        import pyarrow as pa

        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches, self._schema), row_group_size=ROW_GROUP)
            self._batches, self._held = [], 0


def require_pyarrow() -> None:
    """Say how to get pyarrow where it is missing.

    Raises:
        UsageError: it is.
    """
    if find_spec("pyarrow") is None:
        raise UsageError("Parquet needs pyarrow: pip install 'ptmscan[parquet]'")
