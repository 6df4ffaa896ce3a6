"""Whole results of scans, kept for as long as nothing changes: the files, the options, the signatures, the program.

The files are not read for that: what the file system or git tells of them is enough (`FileTree.state`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter

import ptmscan
from ptmscan.cache import Cache, digest
from ptmscan.discovery import FileTree
from ptmscan.errors import RecordFileError
from ptmscan.record_json import read_jsonl, write_jsonl
from ptmscan.records import ScanResult
from ptmscan.scan_options import ScanOptions

_KIND = "results"


def kept_or_new(
    store: Cache,
    tree: FileTree,
    options: ScanOptions,
    files: Sequence[Path],
    scan: Callable[[], ScanResult],
) -> ScanResult:
    """The result of an earlier scan of the same, or else that of `scan`, which is kept. Both are equal but in seconds.

    `files` are those outside the tree that the scan depends on: further signatures.
    """
    started = perf_counter()
    key = _key(tree, options, files)
    if key is None:
        return scan()
    content = store.get(_KIND, key)
    if content is not None:
        try:
            return replace(read_jsonl(io.StringIO(content.decode())), seconds=perf_counter() - started)
        except (RecordFileError, UnicodeDecodeError):
            pass  # of another version of the format: written anew
    result = scan()
    text = io.StringIO()
    write_jsonl(result, text)
    store.put(_KIND, key, text.getvalue().encode())
    return result


def _key(tree: FileTree, options: ScanOptions, files: Sequence[Path]) -> str | None:
    state = tree.state()
    if state is None:
        return None
    try:
        contents = [file.read_bytes() for file in files]
    except OSError:
        return None  # the scan says it better
    reader = str(os.geteuid()) if hasattr(os, "geteuid") else ""
    known = [state, tree.repository, tree.commit or "", repr(options), reader, program_version()]
    return digest([*known, *contents])


@cache
def program_version() -> str:
    """What changes when ptmscan does: its version, and the times of its files, since a checkout may be under work."""
    package = Path(ptmscan.__file__).parent
    rows = [ptmscan.__version__]
    for folder, names, files in os.walk(package):
        names[:] = sorted(name for name in names if name != "__pycache__")
        for name in sorted(files):
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116 - hundreds of files, on every start
            rows.append(f"{folder}/{name}:{status.st_size}:{status.st_mtime_ns}")
    source = package.parent / "signatures.yaml"
    if source.is_file():
        rows.append(str(source.stat().st_mtime_ns))
    return digest(rows)
