"""From the paths of a command line to files of records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ptmscan.record_files import is_batch, record_files


def record_paths(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files of the paths: files, folders of them, and folders of batches.

    Raises:
        UsageError: a path does not exist, a folder holds no records, or a batch has not written them yet.
    """
    for path in paths:
        if is_batch(path):
            from ptmscan.batch.merging import require_written

            require_written(path)
    return record_files(paths)
