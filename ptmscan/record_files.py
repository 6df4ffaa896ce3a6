"""Scans in files of JSON Lines: a file may hold one, or one after the other. They are read a line at a time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ptmscan.errors import RecordFileError, UsageError
from ptmscan.record_json import Item, check_count, from_line
from ptmscan.records import Diagnostic, ScanHeader, ScanResult, Suspect, UsageRecord

SUFFIX = ".jsonl"
# The folder of a batch: a manifest, and beside it the folder of the records.
MANIFEST, RECORDS = "manifest.sqlite", "records"
# A key that only the first line of a scan has; a line with it is then looked at more closely.
_HEADER_KEY = b'"schema_version"'


@dataclass(frozen=True, slots=True)
class Section:
    """One scan in a file: where its lines are, and the SHA-256 of their bytes. `line` is 1-based."""

    file: Path
    offset: int
    size: int
    line: int
    header: ScanHeader
    digest: str

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.file}: {self.header.repository}"

    def items(self) -> Iterator[UsageRecord | Diagnostic | Suspect]:
        """The usages, diagnostics and suspects, one at a time.

        Raises:
            RecordFileError: a line that is no record, or lines that are missing; also OSError.
        """
        counts: Counter[type] = Counter()
        for item in self._lines():
            if not isinstance(item, ScanHeader):
                counts[type(item)] += 1
                yield item
        check_count("usages", self.header.usages, counts[UsageRecord])
        check_count("diagnostics", self.header.diagnostics, counts[Diagnostic])
        check_count("suspects", self.header.suspects or 0, counts[Suspect])

    def result(self) -> ScanResult:
        """All of it at once; `seconds` is lost.

        Raises:
            RecordFileError: a line that is no record, or lines that are missing; also OSError.
        """
        found: dict[type, list[Any]] = {UsageRecord: [], Diagnostic: [], Suspect: []}
        for item in self.items():
            found[type(item)].append(item)
        usages, diagnostics, suspects = (tuple(items) for items in found.values())
        return ScanResult(self.header, usages, diagnostics, suspects=suspects)

    def _lines(self) -> Iterator[Item]:
        with self.file.open("rb") as stream:
            stream.seek(self.offset)
            left, number = self.size, self.line
            for raw in stream:
                left -= len(raw)
                if number > self.line and raw.strip():
                    yield from_line(_decoded(raw, number), number)
                number += 1
                if left <= 0:
                    break


@dataclass(frozen=True, slots=True)
class Problem:
    """Part of a file, or all of it, that could not be read."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def record_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files of the paths, each once: a folder gives the `*.jsonl` below it, by path; that of a batch its records.

    Raises:
        UsageError: a path does not exist, or a folder holds no such file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            top = path / RECORDS if is_batch(path) else path
            below = sorted(file for file in top.rglob(f"*{SUFFIX}") if file.is_file())
            if not below:
                raise UsageError(f"{path}: there is no {SUFFIX} file in this folder")
            found |= dict.fromkeys(below)
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{path}: there is no such file")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Latest:
    """The scans of some files, one a repository, in the order of the files; what was left out, and what is no scan."""

    sections: tuple[Section, ...]
    superseded: int
    problems: tuple[Problem, ...]


def latest_scans(files: Iterable[Path]) -> Latest:
    """Find the scans of files, without reading their records. Of several scans of one repository the last counts."""
    found: dict[str, Section] = {}
    problems: list[Problem] = []
    superseded = 0
    for file in files:
        for section in sections(file):
            if isinstance(section, Problem):
                problems.append(section)
                continue
            superseded += found.pop(section.header.repository, None) is not None
            found[section.header.repository] = section
    return Latest(tuple(found.values()), superseded, tuple(problems))


def is_batch(folder: Path) -> bool:
    """Whether a folder is what a batch wrote."""
    return (folder / MANIFEST).is_file()


def sections(file: Path) -> Iterator[Section | Problem]:
    """The scans of a file, without reading their records; problems take the place of what is no scan."""
    try:
        with file.open("rb") as stream:
            yield from _sections(file, stream)
    except OSError as error:
        yield Problem(str(file), str(error.strerror or error))


def _sections(file: Path, stream: BinaryIO) -> Iterator[Section | Problem]:
    begun: _Begun | None = None
    offset, stray, empty = 0, 0, True
    for number, raw in enumerate(stream, 1):
        if raw.strip():
            empty = False
            header = _header(raw, number) if _HEADER_KEY in raw else None
            if header is not None:
                if begun is not None:
                    yield begun.section(file)
                begun = None
                if isinstance(header, ScanHeader):
                    begun = _Begun(offset, number, header, hashlib.sha256())
                else:
                    yield Problem(str(file), header)
                    stray = 1
            elif begun is None and not stray:
                stray = number
                yield Problem(str(file), f'line {number}: before it there is no line of type "scan"')
        if begun is not None:
            begun.add(raw)
        offset += len(raw)
    if begun is not None:
        yield begun.section(file)
    if empty:
        yield Problem(str(file), "holds no records")


@dataclass(slots=True)
class _Begun:
    """A scan of which not all lines were seen yet."""

    offset: int
    line: int
    header: ScanHeader
    hash: hashlib._Hash
    size: int = 0

    def add(self, raw: bytes) -> None:
        self.size += len(raw)
        self.hash.update(raw)

    def section(self, file: Path) -> Section:
        return Section(file, self.offset, self.size, self.line, self.header, self.hash.hexdigest())


def _header(raw: bytes, number: int) -> ScanHeader | str | None:
    """The header that a line is; what is wrong with it; None if it is another line."""
    try:
        value = json.loads(raw)
        if not isinstance(value, dict) or value.get("type") != "scan":
            return None
        item = from_line(_decoded(raw, number), number)
    except RecordFileError as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, ScanHeader) else None


def _decoded(raw: bytes, number: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordFileError(f"line {number}: {error}") from error
