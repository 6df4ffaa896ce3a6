"""What a batch notes of its clones, out of the manifest that lies beside the records (docs/batch.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from ptmscan.batch.manifest import Manifest
from ptmscan.errors import UsageError
from ptmscan.record_files import MANIFEST, is_batch
from ptmscan.survey.model import Run

_MB = 1 << 20
_QUERY = (
    "SELECT coalesce(repository, path), status, seconds, peak_bytes, reason, path IN (SELECT path FROM result) "
    "FROM repository"
)


def runs_beside(paths: Iterable[Path]) -> tuple[Run, ...]:
    """The rows of the manifests in folders, by repository; nothing where there is none.

    Raises:
        UsageError: a manifest cannot be read.
    """
    found: list[Run] = []
    for path in paths:
        if is_batch(path):
            try:
                found += _rows(path)
            except sqlite3.Error as error:
                raise UsageError(f"{path / MANIFEST}: {error}") from error
    return tuple(sorted(found, key=lambda run: (run.repository, run.status)))


def _rows(folder: Path) -> Iterator[Run]:
    """Those that were scanned, and those that were not yet."""
    with Manifest(folder) as manifest:
        for name, status, seconds, peak, reason, has_result in manifest.ask(_QUERY):
            yield Run(
                repository=name,
                status=status or "not scanned yet",
                failed=not has_result,
                seconds=seconds,
                peak_mb=None if peak is None else peak / _MB,
                message=reason or "",
            )
