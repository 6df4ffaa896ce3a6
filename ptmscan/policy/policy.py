"""What a repository's configuration says about the rules: one value, made by the configuration, asked by the checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptmscan.policy.model import Rule, Severity
from ptmscan.policy.patterns import ModelPattern


class Level(StrEnum):
    """What a configuration may set a rule to: a severity, or off."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PathException:
    """In files that match `pattern` (a line as of .gitignore) the rules with these ids find nothing."""

    pattern: str
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the rules. `levels` holds (rule id, level) of those that the configuration sets."""

    allow: tuple[ModelPattern, ...] = ()
    deny: tuple[ModelPattern, ...] = ()
    levels: tuple[tuple[str, Level], ...] = ()
    exceptions: tuple[PathException, ...] = ()
    fail_on: Severity = Severity.ERROR

    def level(self, rule: Rule) -> Level:
        """The level that holds for a rule: the configured one, else its own."""
        own = Level(rule.severity.value) if rule.enabled else Level.OFF
        return dict(self.levels).get(rule.id, own)

    def severity(self, rule: Rule) -> Severity | None:
        """The severity of a rule's findings; None: it is off."""
        level = self.level(rule)
        return None if level is Level.OFF else Severity(level.value)


_GRAVITY = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def reaches(severity: Severity, level: Severity) -> bool:
    """Whether a finding is as grave as a level, or graver."""
    return _GRAVITY[severity] >= _GRAVITY[level]
