"""What travels between the processes of a batch: one repository to scan, under which limits, and what became of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

SCAN = "ptmscan.batch.scanning:scan_clone"


class Status(StrEnum):
    """What became of one repository."""

    OK = "ok"
    PARTIAL = "partial"  # a result, but some files could not be read, or not in full
    SKIPPED = "skipped"  # there is nothing to scan: no commit at that date
    UNREADABLE = "unreadable"  # no such folder, no permission, no such commit
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"  # the process ended by a signal
    FAILED = "failed"  # an error of ptmscan itself


# There is no result. Whatever is wrong is most likely wrong the next time, so these are done again on demand only.
FAILURES = frozenset({Status.UNREADABLE, Status.TIMEOUT, Status.MEMORY, Status.CRASHED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a clone are scanned: its work tree, a commit, or the last commit at or before a moment (ISO 8601).

    A bare clone has no work tree: its HEAD is taken.
    """

    commit: str | None = None
    before: str | None = None

    def __str__(self) -> str:
        if self.commit is not None:
            return f"commit {self.commit}"
        return "work tree" if self.before is None else f"before {self.before}"


@dataclass(frozen=True, slots=True)
class Job:
    """One repository to scan. `path` names it in the batch, `name` is its name where no remote gives one."""

    path: str
    folder: str
    name: str
    selection: Selection = Selection()

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Back from `to_json`."""
        value = json.loads(text)
        return cls(**value | {"selection": Selection(**value["selection"])})


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for all scans of a batch: limits, the shared cache, further signatures, and the function that scans.

    `scan` is ``module:function`` with the signature of `scanning.scan_clone`; tests put functions in its place that
    crash or hang.
    """

    seconds: float = 300.0
    memory: int = 4 << 30
    cache: str | None = None
    signatures: tuple[str, ...] = ()
    scan: str = SCAN

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Back from `to_json`."""
        value = json.loads(text)
        return cls(**value | {"signatures": tuple(value["signatures"])})


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a job. `content` is the result as JSON Lines, compressed with zlib; empty without a result.

    `seconds` on the clock; `cpu` seconds and `peak` bytes are those of the child process; `size` is bytes of Python.
    """

    path: str
    status: Status
    reason: str | None = None
    repository: str | None = None
    commit: str | None = None
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    files: int = 0
    size: int = 0
    usages: int = 0
    diagnostics: int = 0
    content: bytes = b""

    def packed(self) -> bytes:
        """All but the content as one line of JSON, then the content."""
        header = json.dumps({name: getattr(self, name) for name in _HEADER})
        return header.encode() + b"\n" + self.content

    @classmethod
    def unpacked(cls, raw: bytes) -> Self:
        """Back from `packed`.

        Raises:
            ValueError: it is not whole.
        """
        header, newline, content = raw.partition(b"\n")
        value: Any = json.loads(header)
        if not newline or not isinstance(value, dict) or value.keys() != set(_HEADER):
            raise ValueError("not a whole report")
        return cls(**value | {"status": Status(value["status"])}, content=content)


_HEADER = tuple(field.name for field in fields(Report) if field.name != "content")
