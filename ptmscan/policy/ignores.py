"""Ignore comments: `# ptmscan: ignore[PTM003] reason`, found in text, and what they ignore."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ptmscan.policy.model import CommentFinding, Finding, Rule
from ptmscan.policy.policy import Policy
from ptmscan.policy.rules import BASELINE_RULES, INVALID_IGNORE, UNUSED_IGNORE, find_rule, unknown_rule

IsExcepted = Callable[[str, str], bool]

# Strings are matched so that what stands in one is no comment; each alternative takes linear time, closed or not.
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | \"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*+(?:\"\"\"|\Z)
      | '''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z)
      | \"(?:[^\\\"\n]|\\.)*+\"?
      | '(?:[^\\'\n]|\\.)*+'?""",
    re.VERBOSE | re.DOTALL,
)
_IGNORE = re.compile(r"#\s*ptmscan:\s*ignore(?P<rules>\[[^\]\n]*\])?[ \t]*(?P<reason>[^\n#]*)")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in a text: its offset in characters, the text, and whether its line holds nothing else."""

    offset: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Ignore:
    """One ignore comment at a 1-based place. `rules` are ids; `mistakes` are why it ignores nothing."""

    path: str
    cell: int | None
    line: int
    column: int
    alone: bool
    rules: tuple[str, ...]
    mistakes: tuple[str, ...]

    def covers(self, finding: Finding) -> bool:
        """Whether it stands on a line of the finding's call, or alone on the line above, and names its rule."""
        usage = finding.usage
        if (usage.path, usage.cell) != (self.path, self.cell) or finding.rule not in self.rules or self.mistakes:
            return False
        return usage.line <= self.line <= usage.end_line or (self.alone and self.line == usage.line - 1)


def ignore_comments(text: str) -> Iterator[Comment]:
    """The comments of a Python text, broken or not, that speak to ptmscan about ignoring."""
    for found in _TOKEN.finditer(text):
        comment = found["comment"]
        if comment is not None and (place := _IGNORE.search(comment)) is not None:
            start = found.start() + place.start()
            before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            yield Comment(start, place[0], not before.strip())


def parse_ignore(comment: Comment, path: str, cell: int | None, line: int, column: int) -> Ignore:
    """What an ignore comment says, with everything that is wrong with it."""
    found = _IGNORE.match(comment.text)
    words = [word.strip() for word in (found["rules"] or "")[1:-1].split(",")] if found else []
    words = [word for word in words if word]
    rules = [rule.id for word in words if (rule := find_rule(word)) is not None]
    mistakes = [unknown_rule(word) for word in words if find_rule(word) is None]
    if not words:
        mistakes.append("it names no rule")
    if found is None or not found["reason"].strip(" \t:,;.-–—"):
        mistakes.append("it gives no reason")
    return Ignore(path, cell, line, column, comment.alone, tuple(dict.fromkeys(rules)), tuple(mistakes))


@dataclass(frozen=True, slots=True)
class Applied:
    """The findings that stay, and what is wrong with the comments."""

    findings: tuple[Finding, ...]
    comments: tuple[CommentFinding, ...]


def apply_ignores(
    findings: Iterable[Finding], ignores: Sequence[Ignore], policy: Policy, is_excepted: IsExcepted
) -> Applied:
    """Take out what is ignored. A rule that was not at work in this run is not called unused."""
    places: dict[tuple[str, int | None], list[Ignore]] = {}
    for ignore in sorted(ignores, key=lambda ignore: ignore.line):
        places.setdefault((ignore.path, ignore.cell), []).append(ignore)
    used: set[tuple[Ignore, str]] = set()
    kept = []
    for finding in findings:
        covering = [
            i for i in _near(finding, places.get((finding.usage.path, finding.usage.cell), ())) if i.covers(finding)
        ]
        used.update((ignore, finding.rule) for ignore in covering)
        if not covering:
            kept.append(finding)
    found = (_complaint(ignore, used, policy, is_excepted) for ignore in ignores)
    return Applied(tuple(kept), tuple(complaint for complaint in found if complaint is not None))


def _near(finding: Finding, ignores: Sequence[Ignore]) -> Sequence[Ignore]:
    """Those of a file's comments, sorted by line, that stand on the lines of a call or on the line above."""
    first = bisect_left(ignores, finding.usage.line - 1, key=lambda ignore: ignore.line)
    last = bisect_right(ignores, finding.usage.end_line, key=lambda ignore: ignore.line)
    return ignores[first:last]


def _complaint(
    ignore: Ignore, used: set[tuple[Ignore, str]], policy: Policy, is_excepted: IsExcepted
) -> CommentFinding | None:
    """What is wrong with a comment: that it is none, else the rules that it names in vain."""
    if ignore.mistakes:
        return _about(
            ignore, INVALID_IGNORE, f"this ignores nothing: {'; '.join(ignore.mistakes)}", policy, is_excepted
        )
    vain = [r for r in ignore.rules if (ignore, r) not in used and _is_at_work(r, ignore.path, policy, is_excepted)]
    if not vain:
        return None
    return _about(ignore, UNUSED_IGNORE, f"{', '.join(vain)} finds nothing here", policy, is_excepted)


def _about(ignore: Ignore, rule: Rule, message: str, policy: Policy, is_excepted: IsExcepted) -> CommentFinding | None:
    severity = policy.severity(rule)
    if severity is None or is_excepted(ignore.path, rule.id):
        return None
    return CommentFinding(rule.id, severity, message, ignore.path, ignore.line, ignore.column, ignore.cell)


def _is_at_work(rule_id: str, path: str, policy: Policy, is_excepted: IsExcepted) -> bool:
    """Whether a rule could have found something in this run; those of the baseline depend on what is accepted."""
    rule = find_rule(rule_id)
    at_work = rule is not None and policy.severity(rule) is not None
    return at_work and rule_id not in BASELINE_RULES and not is_excepted(path, rule_id)
