"""Counts scans, one record at a time; a scan that cannot be read to its end counts for nothing."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ptmscan.errors import RecordFileError
from ptmscan.record_files import Latest, Problem, Section
from ptmscan.records import Diagnostic, ModelOutcome, ModelReference, Outcome, ScanResult, UsageRecord, Via
from ptmscan.report.hub_links import hub_link
from ptmscan.report.overview import Pin, pin_of, title_of
from ptmscan.survey.model import KindCount, LibraryCount, ModelCount, ModelKey, RepositoryCount, Run, Survey

Progress = Callable[[int, int], None]
K = TypeVar("K", bound=Hashable)

# Reasons quote names of the code between backticks; without them the same reasons are the same text.
_QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")
_MAX_REASON = 160
MAX_REASONS = 2000
OTHER_REASONS = "other reasons"


def survey_of(latest: Latest, runs: Iterable[Run] = (), progress: Progress | None = None) -> Survey:
    """Read the scans and count them.

    `runs` is what a batch noted of its clones. What cannot be read is in `problems` of the result.
    """
    survey = Survey(superseded=latest.superseded, problems=list(latest.problems), runs=list(runs))
    indexes: dict[ModelKey, int] = {}
    for number, section in enumerate(latest.sections, 1):
        try:
            found = _read(section)
        except (RecordFileError, OSError) as error:
            survey.problems.append(Problem(section.place, str(error)))
        else:
            _add(survey, indexes, section, found)
        if progress is not None:
            progress(number, len(latest.sections))
    return survey


@dataclass(slots=True)
class _Scan:
    """The counts of one scan; loads by model, and by library and model."""

    calls: int = 0
    unknown: int = 0
    known: bool | None = None
    references: dict[ModelKey, ModelReference] = field(default_factory=dict)
    loads: Counter[ModelKey] = field(default_factory=Counter)
    through: Counter[tuple[str, ModelKey]] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    ways: Counter[Via] = field(default_factory=Counter)
    pins: Counter[Pin] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def is_load(usage: UsageRecord, model: ModelReference) -> bool:
    """Whether a call loads a model that it names: known in full, no path, and with trained weights for all we know."""
    return model.outcome is ModelOutcome.RESOLVED and usage.pretrained is not False


def key_of(model: ModelReference) -> ModelKey:
    """What tells a model from others."""
    return ModelKey(title_of(model), model.hub)


def _read(section: Section) -> _Scan:
    scan = _Scan()
    for item in section.items():
        if isinstance(item, UsageRecord):
            _add_usage(scan, item)
        elif isinstance(item, Diagnostic):
            scan.diagnostics.append(item)
    return scan


def _add_usage(scan: _Scan, usage: UsageRecord) -> None:
    scan.calls += 1
    scan.outcomes[usage.outcome] += 1
    if not usage.models and usage.outcome is not Outcome.UNTRAINED:
        scan.unknown += 1
        scan.reasons[general_reason(usage.reason or usage.open_reason)] += 1
    for model in usage.models:
        if is_load(usage, model):
            key = key_of(model)
            scan.references.setdefault(key, model)
            scan.loads[key] += 1
            scan.through[usage.library, key] += 1
            scan.ways[model.via] += 1
            scan.pins[pin_of(model)] += 1
            if model.known is not None:
                scan.known = bool(scan.known) or model.known


def general_reason(reason: str | None) -> str:
    """A reason without the names that it quotes, so that equal reasons of many repositories are one."""
    return _QUOTED.sub("…", reason)[:_MAX_REASON] if reason else "no reason is recorded"


def _add(survey: Survey, indexes: dict[ModelKey, int], section: Section, scan: _Scan) -> None:
    header = section.header
    survey.tools.add(f"{header.tool} {header.tool_version}, catalogue {header.signatures_version}")
    survey.calls += scan.calls
    survey.registry |= scan.known is not None
    survey.known += scan.known is True
    numbers = _add_models(survey, indexes, scan)
    survey.repositories.append(
        RepositoryCount(
            name=header.repository,
            calls=scan.calls,
            unknown=scan.unknown,
            diagnostics=len(scan.diagnostics),
            incomplete=ScanResult(header, (), tuple(scan.diagnostics)).incomplete,
            models=array("I", sorted(numbers.values())),
        )
    )
    _add_libraries(survey, numbers, scan)
    _add_kinds(survey.outcomes, scan.outcomes)
    _add_kinds(survey.ways, scan.ways)
    _add_kinds(survey.pins, scan.pins)
    _add_kinds(survey.reasons, _bounded(survey.reasons, scan.reasons))
    survey.diagnostics.update(diagnostic.code.value for diagnostic in scan.diagnostics)


def _add_models(survey: Survey, indexes: dict[ModelKey, int], scan: _Scan) -> dict[ModelKey, int]:
    """The indexes of the models of a scan."""
    numbers = {}
    for key, loads in scan.loads.items():
        if key not in indexes:
            indexes[key] = len(survey.models)
            survey.models.append(ModelCount(key, hub_link(scan.references[key])))
        numbers[key] = indexes[key]
        count = survey.models[indexes[key]]
        count.repositories += 1
        count.loads += loads
    return numbers


def _add_libraries(survey: Survey, numbers: dict[ModelKey, int], scan: _Scan) -> None:
    by_library: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for (library, key), loads in scan.through.items():
        by_library[library][numbers[key]] = loads
    for library, models in by_library.items():
        count = survey.libraries.setdefault(library, LibraryCount())
        count.repositories += 1
        count.links += len(models)
        count.loads += sum(models.values())
        count.models |= models.keys()


def _add_kinds(totals: dict[K, KindCount], found: Counter[K]) -> None:
    for kind, number in found.items():
        total = totals.setdefault(kind, KindCount())
        total.number += number
        total.repositories += 1


def _bounded(totals: dict[str, KindCount], found: Counter[str]) -> Counter[str]:
    """Reasons that are new when there are too many already count as others."""
    if len(totals) < MAX_REASONS:
        return found
    bounded: Counter[str] = Counter()
    for reason, number in found.items():
        bounded[reason if reason in totals else OTHER_REASONS] += number
    return bounded
