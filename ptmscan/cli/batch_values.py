"""What the options of `ptmscan batch` say, as values."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ptmscan.errors import UsageError

if TYPE_CHECKING:
    from ptmscan.batch.jobs import Selection
    from ptmscan.batch.running import Shard

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def selection(at_date: str | None, revision: str | None) -> Selection:
    """What --at-date and --commit select.

    Raises:
        UsageError: both are given, or the date is none.
    """
    from ptmscan.batch.jobs import Selection

    if at_date is not None and revision is not None:
        raise UsageError("--at-date and --commit exclude each other")
    return Selection(revision, None if at_date is None else _moment(at_date))


def _moment(text: str) -> str:
    """A day means its end; a time without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(f"{text}T23:59:59" if _DAY.fullmatch(text) else text)
    except ValueError as error:
        raise UsageError(f"--at-date: {text!r} is neither a day, as 2023-07-12, nor an ISO 8601 time") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def part(text: str | None) -> Shard | None:
    """The part that --shard names.

    Raises:
        UsageError: there is no such part.
    """
    from ptmscan.batch.running import Shard

    if text is None:
        return None
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and int(number) < int(of)):
        raise UsageError(f"--shard: {text!r} is not I/N with I from 0 to N-1")
    return Shard(int(number), int(of))


def size(text: str) -> int:
    """The bytes that --memory names.

    Raises:
        UsageError: no size, or less than a scan takes in any case.
    """
    found = _SIZE.fullmatch(text.strip())
    number = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if number < 256 << 20:
        raise UsageError(f"--memory: {text!r} is not a size of at least 256M, such as 4G")
    return number


def cores() -> int:
    """The cores that this process may use, which a container or a job of a cluster limits."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
