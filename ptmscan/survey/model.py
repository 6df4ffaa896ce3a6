"""What is known of many scans, as plain data: memory grows with repositories and models, not with records."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

from ptmscan.record_files import Problem
from ptmscan.records import Outcome, Via
from ptmscan.report.hub_links import HubLink
from ptmscan.report.overview import Pin


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What makes two references one model: the hub, and the id there, else the name as written."""

    title: str
    hub: str | None


@dataclass(slots=True)
class ModelCount:
    """One model: in how many repositories and loads it occurs."""

    key: ModelKey
    link: HubLink | None
    repositories: int = 0
    loads: int = 0


@dataclass(frozen=True, slots=True)
class RepositoryCount:
    """One scanned repository. `models` are indexes into `Survey.models`, ascending."""

    name: str
    calls: int
    unknown: int
    diagnostics: int
    incomplete: bool
    models: array[int]


@dataclass(slots=True)
class LibraryCount:
    """What is loaded through one library; `links` are pairs of a repository and a model."""

    repositories: int = 0
    links: int = 0
    loads: int = 0
    models: set[int] = field(default_factory=set)


@dataclass(slots=True)
class KindCount:
    """How many calls or loads are of one kind, and in how many repositories."""

    number: int = 0
    repositories: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What a batch notes of one clone: how its scan ended, what it took; None where it does not tell."""

    repository: str
    status: str
    failed: bool
    seconds: float | None
    peak_mb: float | None
    message: str


@dataclass(slots=True)
class Survey:
    """The counts of many scans.

    A *load* is a call with one model that it names: known in full, no path, and not without trained weights. A *link*
    is a repository and a model that one of its loads names. `registry` tells whether any record was marked with what a
    registry knows; `known` then counts the repositories with a model that it knows.
    """

    repositories: list[RepositoryCount] = field(default_factory=list)
    models: list[ModelCount] = field(default_factory=list)
    libraries: dict[str, LibraryCount] = field(default_factory=dict)
    outcomes: dict[Outcome, KindCount] = field(default_factory=dict)
    ways: dict[Via, KindCount] = field(default_factory=dict)
    pins: dict[Pin, KindCount] = field(default_factory=dict)
    reasons: dict[str, KindCount] = field(default_factory=dict)
    diagnostics: Counter[str] = field(default_factory=Counter)
    tools: set[str] = field(default_factory=set)
    calls: int = 0
    registry: bool = False
    known: int = 0
    superseded: int = 0
    problems: list[Problem] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def links(self) -> int:
        """How many pairs of a repository and a model there are."""
        return sum(len(repository.models) for repository in self.repositories)

    @property
    def loads(self) -> int:
        """How many loads there are."""
        return sum(model.loads for model in self.models)
