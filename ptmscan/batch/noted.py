"""What a batch notes of its clones, out of the manifest that lies beside the records (docs/batch.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from ptmscan.batch.manifest import SCHEMA_VERSION
from ptmscan.errors import UsageError
from ptmscan.record_files import MANIFEST
from ptmscan.survey.model import Run

_MB = 1 << 20
_COLUMNS = "coalesce(repository, path), status, seconds, peak_bytes, reason"


def runs_beside(paths: Iterable[Path]) -> tuple[Run, ...]:
    """The rows of the manifests in folders, by repository; nothing where there is none.

    Raises:
        UsageError: a manifest cannot be read.
    """
    found: list[Run] = []
    for path in paths:
        file = path / MANIFEST
        if path.is_dir() and file.is_file():
            try:
                found += _rows(file)
            except sqlite3.Error as error:
                raise UsageError(f"{file}: {error}") from error
    return tuple(sorted(found, key=lambda run: (run.repository, run.status)))


def _rows(file: Path) -> Iterator[Run]:
    """Those that were scanned, and those that were not yet. The file is only read, also where nobody may write."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            raise UsageError(f"{file}: is of schema version {version}, this ptmscan reads {SCHEMA_VERSION}")
        held = {path for (path,) in connection.execute("SELECT path FROM result")}
        query = f"SELECT path, {_COLUMNS} FROM repository"  # noqa: S608  # our names
        for path, name, status, seconds, peak, reason in connection.execute(query):
            yield Run(
                repository=name,
                status=status or "not scanned yet",
                failed=path not in held,
                seconds=seconds,
                peak_mb=None if peak is None else peak / _MB,
                message=reason or "",
            )
