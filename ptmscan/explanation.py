"""What there is to say about the calls on one line of a repository, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from ptmscan.records import UsageRecord


@dataclass(frozen=True, slots=True)
class ExplainedCall:
    """One call: what it loads, or why it loads nothing that ptmscan knows.

    `text` is the first line of the call's source. `usages` holds a record for each signature that describes the call;
    when there is none, `reason` says why the call is no load.
    """

    path: str
    cell: int | None
    line: int
    column: int
    text: str
    usages: tuple[UsageRecord, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The calls that begin on a line, or that go on over it, from left to right."""

    calls: tuple[ExplainedCall, ...]
