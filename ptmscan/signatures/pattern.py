"""Dotted patterns of callables: expansion of `{a,b}`, literalness, and the match of one pattern with one name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CAPTURE = re.compile(r"<(\w+)>")
_PART = re.compile(r"(?:\*\*|\*|<\w+>|[\w*-]+)(?:\(\)|\[\])?")
MAX_EXPANSION = 200

# Import root → last part ("": any) → numbers of patterns.
Index = dict[str, dict[str, list[int]]]


def expand(pattern: str) -> tuple[str, ...]:
    """Expand `{a,b}` alternatives, left to right: ``a.{b,c}.d`` gives ``a.b.d`` and ``a.c.d``.

    Raises:
        ValueError: braces that do not pair, or more than 200 results.
    """
    done: list[str] = []
    todo = [pattern]
    while todo:
        text = todo.pop()
        match = re.search(r"\{([^{}]*)\}", text)
        if match is None:
            if "{" in text or "}" in text:
                raise ValueError(f"braces do not pair in {pattern!r}")
            done.append(text)
        else:
            todo += [text[: match.start()] + choice.strip() + text[match.end() :] for choice in match[1].split(",")]
        if len(todo) + len(done) > MAX_EXPANSION:
            raise ValueError(f"{pattern!r} expands to more than {MAX_EXPANSION} patterns")
    return tuple(reversed(done))


def check(pattern: str) -> str | None:
    """What is wrong with an expanded pattern, or None."""
    parts = pattern.split(".")
    if not all(_PART.fullmatch(part) for part in parts):
        return f"{pattern!r} is no dotted name of parts such as `name`, `*`, `**`, `<x>`, `Class*`, `**()`"
    if "*" in parts[0]:
        return f"{pattern!r} must begin with an import root"
    if "*" in parts[-1]:
        return f"{pattern!r} must end in the name of a callable, not in `*`"
    return None


def captures(pattern: str) -> tuple[str, ...]:
    """The names in angle brackets, in order."""
    return tuple(_CAPTURE.findall(pattern))


def index_of(patterns: Iterable[tuple[str, frozenset[str] | None]]) -> Index:
    """The index of patterns with the names of their captures; captured roots and last parts are spelled out."""
    index: Index = {}
    for number, (pattern, names) in enumerate(patterns):
        parts = pattern.split(".")
        for root in _spelled(parts[0], names):
            of_root = index.setdefault(root, {})
            for last in _spelled(parts[-1], names):
                of_root.setdefault(last, []).append(number)
    return index


def _spelled(part: str, names: frozenset[str] | None) -> list[str]:
    """The exact spellings of a pattern's first or last part; [""] when there are too many to list."""
    called = "()" if part.endswith("()") else ""
    if part.startswith("<") and names is not None:
        return [name + called for name in sorted(names)]
    return [""] if part.startswith("<") or "*" in part else [part]


@dataclass(frozen=True)
class Pattern:
    """One expanded pattern, with the names its capture may take (None: any)."""

    text: str
    names: frozenset[str] | None = None

    @cached_property
    def rank(self) -> tuple[int, ...]:
        """Smaller is more literal: more literal parts, fewer `**`, more captures, more globs, more `*`."""
        kinds = [_kind(part) for part in self.text.split(".")]
        return (-kinds.count(0), kinds.count(4), -kinds.count(1), -kinds.count(2), -kinds.count(3))

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        parts = self.text.split(".")
        return re.compile("".join(_regex(part, last=i == len(parts) - 1) for i, part in enumerate(parts)))

    def match(self, name: str) -> tuple[bool, str | None]:
        """Whether the name matches, and what it captures; a captured part of `?` gives None."""
        match = self._regex.fullmatch(name)
        if match is None:
            return False, None
        if not match.groups():
            return True, None
        captured = ".".join(match.groups())
        if "?" in captured:
            return True, None
        return self.names is None or captured in self.names, captured


def _kind(part: str) -> int:
    part = part.removesuffix("()")
    if part == "**":
        return 4
    if part == "*":
        return 3
    if "*" in part:
        return 2
    return 1 if part.startswith("<") else 0


def _regex(part: str, *, last: bool) -> str:
    dot = "" if last else r"\."
    called = r"\(\)" if part.endswith("()") else ""
    part = part.removesuffix("()")
    if part == "**":
        return rf"(?:[^.]+\.)*?[^.()]+{called}{dot}" if called else r"(?:[^.()]+\.)*?"
    if part == "*":
        return rf"[^.()]+{called}{dot}"
    if part.startswith("<"):
        return rf"([^.()]+){called}{dot}"
    return "[^.()]*".join(re.escape(piece) for piece in part.split("*")) + called + dot
