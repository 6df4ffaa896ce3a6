"""The parts of a batch that jobs of a cluster did, each with a manifest of its own: put together, and summed up."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from ptmscan.batch import sums
from ptmscan.batch.manifest import Manifest
from ptmscan.batch.running import PARTS, locked
from ptmscan.batch.shards import are_current, write_shards
from ptmscan.batch.sums import Row, Totals
from ptmscan.errors import UsageError
from ptmscan.record_files import MANIFEST

# Over which `standing` takes the rate.
RATE_SECONDS = 120.0
_PART = re.compile(r"(\d+)-of-(\d+)")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge put together. `missing` are the parts that were never begun, as `number/of`."""

    totals: Totals
    parts: int
    missing: tuple[str, ...]
    files: int
    same_names: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: sums, the slowest, and the failures, over all of its parts.

    `rate` is repositories a second, in the last minutes.
    """

    totals: Totals
    slowest: tuple[Row, ...]
    failures: tuple[Row, ...]
    parts: int
    missing: tuple[str, ...]
    rate: float


def merge(folder: Path) -> Merged:
    """Put the parts of a batch together, if it has any, and write its records.

    Raises:
        UsageError: there is no batch, or a run is at work on it.
    """
    parts = _parts(folder)
    if not parts and not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: holds no batch; there is no {MANIFEST} in it")
    with locked(folder), Manifest(folder, writes=True) as manifest:
        for part in parts:
            manifest.take_from(part)
        files = write_shards(folder, manifest)
        return Merged(sums.totals_of(manifest), len(parts), _missing(parts), files, sums.same_names(manifest))


def require_written(folder: Path) -> None:
    """Make sure that the records in the folder of a batch are those of its manifest.

    Raises:
        UsageError: the last run did not come to its end, or another one is at work.
    """
    with Manifest(folder) as manifest:
        if not are_current(folder, manifest):
            message = "its records are not those of its manifest; `ptmscan batch merge` writes what is done so far"
            raise UsageError(f"{folder}: {message}")


def standing(folder: Path, number: int) -> Standing:
    """How far a batch is, with so many of the slowest and of the failures.

    Raises:
        UsageError: there is no batch.
    """
    parts = _parts(folder)
    totals: list[Totals] = []
    slowest: list[Row] = []
    failures: list[Row] = []
    recent = 0
    for part in parts or [folder]:
        with Manifest(part) as manifest:
            totals.append(sums.totals_of(manifest))
            slowest += sums.slowest(manifest, number)
            failures += sums.failures(manifest, number)
            recent += sums.finished_since(manifest, time.time() - RATE_SECONDS)
    slowest.sort(key=lambda row: (-row.seconds, row.path))
    failures.sort(key=lambda row: (row.status, row.path))
    rate = recent / RATE_SECONDS
    return Standing(
        sums.added(totals), tuple(slowest[:number]), tuple(failures[:number]), len(parts), _missing(parts), rate
    )


def _parts(folder: Path) -> list[Path]:
    found = [path.parent for path in (folder / PARTS).glob(f"*/{MANIFEST}") if _PART.fullmatch(path.parent.name)]
    return sorted(found, key=lambda path: tuple(map(int, path.name.split("-of-"))))


def _missing(parts: list[Path]) -> tuple[str, ...]:
    """The parts that the names of the others tell of."""
    names = {part.name for part in parts}
    wholes = sorted({int(name.split("-of-")[1]) for name in names})
    return tuple(f"{i}/{of}" for of in wholes for i in range(of) if f"{i}-of-{of}" not in names)
