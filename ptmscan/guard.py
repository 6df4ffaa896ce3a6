"""A result against a policy and a baseline: the findings that stand, after exceptions and ignore comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.discovery import FileTree, select_python
from ptmscan.errors import UnreadableFileError
from ptmscan.policy.baseline import Baseline, Entry
from ptmscan.policy.checks import policy_findings
from ptmscan.policy.comparison import compare
from ptmscan.policy.exceptions import excepted
from ptmscan.policy.model import CommentFinding, Finding, Severity
from ptmscan.policy.policy import Policy, reaches
from ptmscan.records import ScanResult

if TYPE_CHECKING:
    from ptmscan.policy.ignores import Ignore
    from ptmscan.source import Source

# What every ignore comment holds; files without it are not decoded, and without such a file the rest is not imported.
MARK = b"ptmscan:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings about usages in the order of the result, those about comments, and what left the baseline."""

    findings: tuple[Finding, ...] = ()
    comments: tuple[CommentFinding, ...] = ()
    gone: tuple[Entry, ...] = ()

    def reaching(self, level: Severity) -> Verdict:
        """Only what is as grave as a level, or graver."""
        return Verdict(
            tuple(finding for finding in self.findings if reaches(finding.severity, level)),
            tuple(comment for comment in self.comments if reaches(comment.severity, level)),
            self.gone,
        )

    @property
    def all(self) -> tuple[Finding | CommentFinding, ...]:
        """Those about usages, then those about comments."""
        return (*self.findings, *self.comments)

    def __len__(self) -> int:
        return len(self.findings) + len(self.comments)


def judge(
    tree: FileTree,
    result: ScanResult,
    policy: Policy,
    *,
    baseline: Baseline | None = None,
    is_scanned: Callable[[str], bool],
) -> Verdict:
    """What the rules find in a result of scanning a tree; without a baseline its rules say nothing.

    `is_scanned` tells whether loads of a path were asked for (`ScanOptions.is_asked_for`).
    """
    compared = None if baseline is None else compare(result.usages, baseline, policy, is_scanned)
    accepted = frozenset() if baseline is None else baseline.accepted()
    is_excepted = excepted(policy.exceptions)
    found = [*(compared.findings if compared else ()), *policy_findings(result.usages, policy)]
    standing = [f for f in found if not is_excepted(f.usage.path, f.rule)]
    comments: tuple[CommentFinding, ...] = ()
    if ignores := tuple(_ignores(tree, is_scanned)):
        from ptmscan.policy.ignores import apply_ignores

        applied = apply_ignores(standing, ignores, policy, is_excepted)
        standing, comments = list(applied.findings), applied.comments
    # Accepted findings are taken out last: an ignore comment about one of them is in use.
    left = [f for f in standing if (f.usage.fingerprint, f.rule) not in accepted]
    order = {id(usage): place for place, usage in enumerate(result.usages)}
    return Verdict(
        tuple(sorted(left, key=lambda f: (order[id(f.usage)], f.rule))),
        comments,
        compared.gone if compared else (),
    )


def _ignores(tree: FileTree, is_scanned: Callable[[str], bool]) -> Iterator[Ignore]:
    """The ignore comments of the scanned files."""
    for entry in select_python(tree.entries()):
        source = _marked_source(tree, entry.path) if is_scanned(entry.path) else None
        if source is not None:
            yield from _in_source(source)


def _marked_source(tree: FileTree, path: str) -> Source | None:
    """A file that may hold ignore comments; None for one that does not, or that cannot be read: the scan told of it."""
    try:
        raw = tree.read(path)
        if MARK not in raw:
            return None
        from ptmscan.source import read_source

        return read_source(path, raw)
    except UnreadableFileError:
        return None


def _in_source(source: Source) -> Iterator[Ignore]:
    from ptmscan.policy.ignores import ignore_comments, parse_ignore

    for unit in source.units:
        text = source.text((unit.start, unit.end))
        offset, done = unit.start, 0
        for comment in ignore_comments(text):
            # From one comment to the next: a count from the start for each would be quadratic.
            offset, done = offset + len(text[done : comment.offset].encode()), comment.offset
            place = source.position(offset)
            yield parse_ignore(comment, source.path, place.cell, place.line, place.column)
