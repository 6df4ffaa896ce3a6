"""The records of a batch as files of JSON Lines, a few MB each, written from the manifest.

They are written into a folder beside the one that is to hold them, which then takes its place: who reads them sees all
of the last run that came to its end. Tens of thousands of small files, which parallel file systems are bad at, never
exist.
"""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

from ptmscan.batch.manifest import Manifest, ManifestError
from ptmscan.record_files import RECORDS, SUFFIX

SHARD_BYTES = 8_000_000
_NEW, _OLD = ".records.new", ".records.old"


def are_current(folder: Path, manifest: Manifest) -> bool:
    """Whether the records in a batch's folder are those of its manifest."""
    return (folder / RECORDS).is_dir() and manifest.get("written") == (manifest.get("changes") or "0")


def write_shards(folder: Path, manifest: Manifest) -> int:
    """Write the records anew, where they are not those of the manifest; gives the number of files.

    Raises:
        ManifestError: the disk is full, and the like.
    """
    try:
        return _write_shards(folder, manifest)
    except OSError as error:
        raise ManifestError(f"cannot write the records in {folder}: {error}") from error


def _write_shards(folder: Path, manifest: Manifest) -> int:
    target, new, old = (folder / name for name in (RECORDS, _NEW, _OLD))
    if are_current(folder, manifest):
        return len(list(target.iterdir()))
    changes = manifest.get("changes") or "0"
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir()
    number = _write(new, manifest)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    with manifest.changing():
        manifest.set("written", changes)
    return number


def _write(folder: Path, manifest: Manifest) -> int:
    number, stream = 0, None
    try:
        for content in manifest.results():
            if stream is None or stream.tell() >= SHARD_BYTES:
                if stream is not None:
                    stream.close()
                number += 1
                stream = (folder / f"records-{number:05d}{SUFFIX}").open("wb")
            stream.write(zlib.decompress(content))
    finally:
        if stream is not None:
            stream.close()
    return number
