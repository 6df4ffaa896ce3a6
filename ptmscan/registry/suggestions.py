"""Which calls the catalogue may lack: the suspects of many scans, by callable, most repositories first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ptmscan.records import Suspect


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A callable that is given names of known models, how often, and one example."""

    callee: str
    arguments: tuple[str, ...]
    repositories: int
    calls: int
    models: int
    example: Suspect
    repository: str


@dataclass(slots=True)
class _Seen:
    example: Suspect
    repository: str
    arguments: set[str] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)
    models: set[tuple[str, str]] = field(default_factory=set)
    calls: set[tuple[str, str, int | None, int, int]] = field(default_factory=set)


class Suggestions:
    """Collects suspects and ranks what they call. Memory grows with the suspects, not with the records around them."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def add(self, repository: str, suspect: Suspect) -> None:
        """Take note of a suspect of a repository."""
        seen = self._seen.setdefault(suspect.callee, _Seen(suspect, repository))
        seen.arguments.add(suspect.argument)
        seen.repositories.add(repository)
        seen.models.add((suspect.hub, suspect.model))
        seen.calls.add((repository, suspect.path, suspect.cell, suspect.line, suspect.column))

    def ranked(self) -> Iterator[Suggestion]:
        """The callables, those of most repositories first, then of most models and calls."""
        found = [
            Suggestion(
                callee=callee,
                arguments=tuple(sorted(seen.arguments)),
                repositories=len(seen.repositories),
                calls=len(seen.calls),
                models=len(seen.models),
                example=seen.example,
                repository=seen.repository,
            )
            for callee, seen in self._seen.items()
        ]
        yield from sorted(found, key=lambda s: (-s.repositories, -s.models, -s.calls, s.callee))
