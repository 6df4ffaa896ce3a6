"""Per-path exceptions: in which files which rules find nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from ptmscan.policy.policy import PathException


def excepted(exceptions: Sequence[PathException]) -> Callable[[str, str], bool]:
    """A function of a path and a rule's id: is the rule switched off there? Patterns are those of .gitignore."""
    if not exceptions:
        return lambda _path, _rule: False
    from pathspec import GitIgnoreSpec

    rules = {rule for exception in exceptions for rule in exception.rules}
    specs = {rule: GitIgnoreSpec.from_lines(e.pattern for e in exceptions if rule in e.rules) for rule in rules}

    @cache
    def is_excepted(path: str, rule: str) -> bool:
        return rule in specs and specs[rule].match_file(path)

    return is_excepted
