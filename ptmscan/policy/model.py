"""Rules and findings, as plain data: what a policy says about usages, for every writer of results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptmscan.records import UsageRecord


class Severity(StrEnum):
    """How grave a finding is; the words are the levels of SARIF 2.1.0 (§3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the policy.

    `id` is PTM and three digits and never changes its meaning; `name` is a short hyphenated word for it, `summary` one
    sentence, `severity` the one that findings have unless the configuration sets another, `help` a paragraph of
    Markdown that says what to do about a finding. `enabled` is false for rules that the configuration must switch on.
    """

    id: str
    name: str
    summary: str
    severity: Severity
    help: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One usage that a rule objects to. `message` is one line; it may quote scanned text and is not escaped."""

    rule: str
    severity: Severity
    message: str
    usage: UsageRecord


@dataclass(frozen=True, slots=True)
class CommentFinding:
    """Something wrong with a `# ptmscan: ignore[…]` comment; `line` and `column` are 1-based, inside `cell` if any."""

    rule: str
    severity: Severity
    message: str
    path: str
    line: int
    column: int
    cell: int | None = None
