"""Calls that launches name models for, looked at again as if one launch were the only one.

The words of one launch belong together: `--model bert-base` of a launch without `--teacher` is not what a branch for
teachers loads. In the values of options they do not: each holds what all launches pass. So such a call is asked for
again, by matchers that know of one launch each, and of none; a model that none of them finds is left out. Only answers
that are open take part, and only what is known of them changes: somebody may always start the program in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from ptmscan.analysis.frameworks.launched import AssumedLaunches, Launch, Launches
from ptmscan.analysis.matcher import Match, Matcher, NoMatch, Reading
from ptmscan.analysis.named_models import Candidate
from ptmscan.analysis.program import Module
from ptmscan.analysis.values import StepKind
from ptmscan.syntax import nodes as n

# So many groups of launches are told apart.
MAX_GROUPS = 14
# An option of which launches pass more values than that is not told apart by them: an output folder, a data set.
MAX_VALUES = 6
MAX_MATCHERS = 32

Group: TypeAlias = tuple[Launch, ...]
_Model: TypeAlias = tuple[str, str]


class OneLaunch:
    """Reads call sites of one program, those with models from launches once more for each."""

    def __init__(self, matcher: Matcher, launches: Launches, make: Callable[[Launches], Matcher]) -> None:
        self._matcher, self._launches, self._make = matcher, launches, make
        self._matchers: dict[Group, Matcher] = {}
        self._groups: dict[str, tuple[Group, ...]] = {}

    def match(self, module: Module, span: n.Span, *, handed: bool = False) -> tuple[Match, ...] | NoMatch:
        """As `Matcher.match`, without models that no single launch leads to."""
        answer = self._matcher.match(module, span, handed=handed)
        if isinstance(answer, NoMatch) or not any(_is_launched(m) for m in answer):
            return answer
        wanted = {_key(r, c) for match in answer for r, c in _open_models(match)}
        missing = self._missing(module, span, wanted, handed=handed)
        return tuple(_without(match, missing) for match in answer) if missing else answer

    def _missing(self, module: Module, span: n.Span, wanted: set[_Model], *, handed: bool) -> set[_Model]:
        """The models among those of a call that no launch leads to; none where it cannot be said."""
        if module.path not in self._groups:
            self._groups[module.path] = groups(self._launches.of(self._matcher.ev, module.path))
        missing = wanted if self._groups[module.path] else set()
        for group in self._groups[module.path]:
            readings = self._of(group).reached(module, span, handed=handed) if missing else ()
            if readings is None:
                return set()
            missing = missing - {_key(r, c) for r in readings for c in r.models}
        return missing

    def _of(self, group: Group) -> Matcher:
        if group not in self._matchers:
            if len(self._matchers) >= MAX_MATCHERS:
                self._matchers.clear()
            matcher = self._make(AssumedLaunches(self._launches, group))
            # Who may change a container is the same in all launches, and takes the most work.
            matcher.ev.sharing = self._matcher.ev.sharing
            self._matchers[group] = matcher
        return self._matchers[group]


def groups(launches: list[Launch]) -> tuple[Group, ...]:
    """Launches that are told apart, those that differ in numbers and in what all pass differently together; and none.

    Empty where there are too many.
    """
    texts = [_options(launch) for launch in launches]
    values: dict[str, set[str]] = {}
    for row in texts:
        for flag, value in row.items():
            values.setdefault(flag, set()).add(value)
    for most in range(MAX_VALUES, 0, -1):
        told = {flag for flag, found in values.items() if len(found) <= most and not all(map(_is_number, found))}
        found: dict[object, list[Launch]] = {}
        for launch, row in zip(launches, texts, strict=True):
            shape = tuple(sorted((flag, value if flag in told else "") for flag, value in row.items()))
            found.setdefault((launch.script, shape), []).append(launch)
        if len(found) <= MAX_GROUPS:
            return ((), *(tuple(rows) for rows in found.values()))
    return ()


def _options(launch: Launch) -> dict[str, str]:
    """The options of a launch with the words behind each; those before the first option under an empty name."""
    found: dict[str, str] = {"": ""}
    flag = ""
    for word, _ in launch.words:
        if word.startswith("-") and not _is_number(word):
            flag, _, value = word.partition("=")
            found[flag] = value
        else:
            found[flag] = f"{found[flag]} {word}".strip()
    return found


def _is_number(text: str) -> bool:
    try:
        float(text or "x")
    except ValueError:
        return False
    return True


def _is_launched(match: Match) -> bool:
    """Whether a model of an open answer comes from a launch."""
    return any(step.kind is StepKind.COMMAND_LINE for _, candidate in _open_models(match) for step in candidate.trace)


def _open_models(match: Match) -> Iterator[tuple[Reading, Candidate]]:
    return ((r, c) for r in match.readings if r.open_reason is not None for c in r.models)


def _key(reading: Reading, candidate: Candidate) -> _Model:
    return reading.signature.id, candidate.identity.name


def _without(match: Match, missing: set[_Model]) -> Match:
    """A match without some models, of its open readings."""
    return replace(match, readings=tuple(_rest(r, missing) if r.open_reason is not None else r for r in match.readings))


def _rest(reading: Reading, missing: set[_Model]) -> Reading:
    return replace(reading, models=tuple(c for c in reading.models if _key(reading, c) not in missing))
