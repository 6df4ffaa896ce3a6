"""Small pieces of text that several formats and the summary share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptmscan.records import Diagnostic, Evidence, Suspect, UsageRecord


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 call`, `2 calls`; `plural` where it is not made with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def number(value: float) -> str:
    """`36,251`; fractions with one digit."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def place(item: UsageRecord | Diagnostic | Evidence | Suspect) -> str:
    """`path:line`, in a notebook `path:cell:line`, as `ptmscan explain` takes it; the path may not be printable."""
    cell = "" if item.cell is None else f":{item.cell}"
    line = "" if item.line is None else f":{item.line}"
    return item.path + cell + line
