"""Questions about sets of releases that need no list of them: PEP 440 specifiers, releases between two others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ptmscan.requirements.model import Requirement

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

MAX_SPECIFIER = 200
# Before the first release of a table: a release that `releases` gives when all older ones behave alike.
BEFORE = "0"


def is_specifier(text: str) -> bool:
    """Whether a text is a PEP 440 specifier set of bounded length."""
    return _specifiers(text) is not None


@cache
def meet(one: str, other: str) -> bool:
    """Whether some release satisfies both specifier sets.

    A specifier changes its mind only at the version that it names, so it is enough to ask for each such version, one
    just below and one just above it. What is no specifier set holds for every release.
    """
    sets = [found for text in (one, other) if (found := _specifiers(text)) is not None]
    points = {point for found in sets for specifier in found for point in _around(specifier.version)}
    return not points or any(all(found.contains(point, prereleases=True) for found in sets) for point in points)


def releases(known: tuple[str, ...], requirement: Requirement | None) -> tuple[str, ...]:
    """Those of some known releases, newest first, that stand for what a requirement allows; all without one.

    A release stands for itself and for those up to the next known one. Where the requirement allows no known release
    at all, the next newer one comes last: what it does may have begun before it.
    """
    if requirement is None or not known:
        return known
    found = [one for number, one in enumerate(known) if _allowed(requirement, _era(known, number))]
    if not found:
        return known[-1:]
    newer = known.index(found[0]) - 1
    if newer >= 0 and found[0] != BEFORE and not any(_allowed(requirement, f"=={one}") for one in found):
        found.append(known[newer])
    return tuple(found)


def spans(known: tuple[str, ...], chosen: Collection[str]) -> str:
    """The specifier sets of the releases that some known releases stand for, neighbours taken together."""
    found: list[str] = []
    first: int | None = None
    for number, one in enumerate(known):
        if one not in chosen:
            first = None
            continue
        if first is None:
            first = number
            found.append("")
        since = f">={one}" if one != BEFORE else ""
        until = f"<{known[first - 1]}" if first else ""
        found[-1] = ",".join(part for part in (since, until) if part)
    return " or ".join(found)


def _allowed(requirement: Requirement, specifiers: str) -> bool:
    return any(meet(one, specifiers) for one in requirement.specifiers)


def _era(known: tuple[str, ...], number: int) -> str:
    since = f">={known[number]}" if known[number] != BEFORE else ""
    until = f"<{known[number - 1]}" if number else ""
    return ",".join(part for part in (since, until) if part)


@cache
def _specifiers(text: str) -> SpecifierSet | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if len(text) > MAX_SPECIFIER:
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def _around(text: str) -> list[Version]:
    """A version, one just above it (1.2 → 1.2.0.0.1), and the highest release below it (1.2 → 1.1.99999)."""
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(text.removesuffix(".*"))
    except InvalidVersion:  # `===` takes any text
        return []
    parts = list(version.release)
    above = Version(f"{version.epoch}!" + ".".join(map(str, [*parts, 0, 0, 1])))
    following = Version(f"{version.epoch}!" + ".".join(map(str, [*parts[:-1], parts[-1] + 1])))
    while parts and parts[-1] == 0:
        parts.pop()
    below = [*parts[:-1], parts[-1] - 1, 99999] if parts else [0]
    return [version, above, following, Version(f"{version.epoch}!" + ".".join(map(str, below)))]
