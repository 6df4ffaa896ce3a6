"""The tables of a survey, one definition for the page, the figures and the CSV beside them. All orders are total."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TypeAlias

from ptmscan.records import Outcome, Via
from ptmscan.report.overview import VIA_WORDS, Pin, hub_name
from ptmscan.survey.model import KindCount, Survey

Cell: TypeAlias = "str | int | float"
Row: TypeAlias = tuple[Cell, ...]

# Pairs are counted among the models of most repositories: among all of them their number has no bound.
CO_USE_MODELS, MAX_PAIRS = 200, 1000
MAX_SLOWEST = 200
# The upper ends of the columns in charts of distributions; more of them have no room on a phone.
_BINS = (1, 2, 5, 10, 30, 100)


class Shape(StrEnum):
    """How a chart shows its values."""

    BARS = "bars"  # one below the other, for names
    COLUMNS = "columns"  # side by side, for numbers in their order


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: labels and values in order, and what the values count. `whole` is what 100 % is, if anything."""

    shape: Shape
    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str
    axis: str = ""
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `key` is its file name, `note` says what is counted; without a chart it is for reading only."""

    key: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    chart: Chart | None = None


def tables(survey: Survey) -> tuple[Table, ...]:
    """Every table that has something to tell, in the order in which they are to be read."""
    every = (
        _funnel(survey),
        _libraries(survey),
        _models(survey),
        _organisations(survey),
        _hubs(survey),
        _models_per_repository(survey),
        _repositories_per_model(survey),
        _co_use(survey),
        _outcomes(survey),
        _reasons(survey),
        _ways(survey),
        _pins(survey),
        _slowest(survey),
        _failed(survey),
    )
    return tuple(table for table in every if table.rows)


# --- the funnel -------------------------------------------------------------------------------------------------------


def _funnel(survey: Survey) -> Table:
    scanned = survey.repositories
    steps = [("repositories given to the batch", len(survey.runs))] if survey.runs else []
    steps += [
        ("repositories scanned", len(scanned)),
        ("with a matching call", sum(one.calls > 0 for one in scanned)),
        ("with a model that is named", sum(len(one.models) > 0 for one in scanned)),
    ]
    if survey.registry:
        steps.append(("with a model that the registry knows", survey.known))
    first = steps[0][1]
    rows = tuple((name, number, round(100 * number / first, 1) if first else 0.0) for name, number in steps)
    return Table(
        "funnel",
        "From repositories to models",
        "How many repositories are left after each step. A call matches when a signature describes it. A model is "
        "named when code, configuration or a default tells it in full; local files and untrained networks do not "
        "count.",
        ("step", "repositories", "percent of the first"),
        rows if first else (),
        Chart(Shape.BARS, tuple(n for n, _ in steps), tuple(n for _, n in steps), "repositories", whole=first),
    )


# --- libraries, models, organisations, hubs ---------------------------------------------------------------------------


def _libraries(survey: Survey) -> Table:
    rows = [
        (name, count.repositories, len(count.models), count.links, count.loads)
        for name, count in survey.libraries.items()
    ]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return _bars(
        "libraries",
        "Projects by library",
        "Repositories that load a named model through a library, as figure 6 of the PeaTMOSS paper counts projects. A "
        "repository counts once for each of its libraries.",
        ("library", "repositories", "models", "links", "loads"),
        rows,
    )


def _models(survey: Survey) -> Table:
    rows = [(count.key.title, hub_name(count.key.hub), count.repositories, count.loads) for count in survey.models]
    rows.sort(key=lambda row: (-row[2], -row[3], row[0], row[1]))
    return _bars(
        "models",
        "Models by repositories",
        "How many repositories load a model.",
        ("model", "hub", "repositories", "loads"),
        rows,
        value=2,
    )


def _organisations(survey: Survey) -> Table:
    """By owner of the model; only hubs whose ids begin with one have owners."""
    models: Counter[tuple[str, str | None]] = Counter()
    links: Counter[tuple[str, str | None]] = Counter()
    owners = [organisation(count.key.title, count.key.hub) for count in survey.models]
    for count, owner in zip(survey.models, owners, strict=True):
        if owner is not None:
            models[owner, count.key.hub] += 1
            links[owner, count.key.hub] += count.repositories
    repositories: Counter[tuple[str, str | None]] = Counter()
    for repository in survey.repositories:
        pairs = {(owner, survey.models[i].key.hub) for i in repository.models if (owner := owners[i]) is not None}
        repositories.update(pairs)
    rows = [
        (owner, hub_name(hub), number, models[owner, hub], links[owner, hub])
        for (owner, hub), number in repositories.items()
    ]
    rows.sort(key=lambda row: (-row[2], -row[4], row[0], row[1]))
    return _bars(
        "organisations",
        "Organisations by repositories",
        "How many repositories load a model of an organisation or person; of hubs whose names tell the owner.",
        ("organisation", "hub", "repositories", "models", "links"),
        rows,
        value=2,
    )


def _hubs(survey: Survey) -> Table:
    repositories: Counter[str | None] = Counter()
    for repository in survey.repositories:
        repositories.update({survey.models[index].key.hub for index in repository.models})
    models, links, loads = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for count in survey.models:
        models[count.key.hub] += 1
        links[count.key.hub] += count.repositories
        loads[count.key.hub] += count.loads
    rows = [(hub_name(hub), number, models[hub], links[hub], loads[hub]) for hub, number in repositories.items()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return _bars(
        "hubs",
        "Hubs",
        "Where the models come from.",
        ("hub", "repositories", "models", "links", "loads"),
        rows,
    )


def organisation(title: str, hub: str | None) -> str | None:
    """Whose model it is, where the id says so."""
    owner, slash, _ = title.partition("/")
    return owner if slash and owner and hub in {"huggingface", "pytorch-hub", "modelscope"} else None


# --- distributions ----------------------------------------------------------------------------------------------------


def _models_per_repository(survey: Survey) -> Table:
    return _distribution(
        "models-per-repository",
        "Models of one repository",
        "How many repositories have so many links. Repositories without one are left out.",
        ("models", "repositories"),
        Counter(len(repository.models) for repository in survey.repositories if repository.models),
    )


def _repositories_per_model(survey: Survey) -> Table:
    return _distribution(
        "repositories-per-model",
        "Repositories of one model",
        "How many models have so many links.",
        ("repositories", "models"),
        Counter(count.repositories for count in survey.models),
    )


def _distribution(key: str, title: str, note: str, columns: tuple[str, str], numbers: Counter[int]) -> Table:
    bins = Counter[int]()
    for size, number in numbers.items():
        bins[bisect.bisect_left(_BINS, size)] += number
    last = max(bins, default=0)
    labels, values = tuple(_bin_name(i) for i in range(last + 1)), tuple(bins[i] for i in range(last + 1))
    chart = Chart(Shape.COLUMNS, labels, values, columns[1], axis=columns[0])
    return Table(key, title, note, columns, tuple(sorted(numbers.items())), chart)


def _bin_name(index: int) -> str:
    if index == len(_BINS):
        return f"{_BINS[-1] + 1}+"
    low = _BINS[index - 1] + 1 if index else 1
    return str(low) if low == _BINS[index] else f"{low}–{_BINS[index]}"


def _co_use(survey: Survey) -> Table:
    often = sorted(
        range(len(survey.models)), key=lambda i: (-survey.models[i].repositories, survey.models[i].key.title)
    )
    counted = {index for index in often[:CO_USE_MODELS] if survey.models[index].repositories > 1}
    pairs: Counter[tuple[int, int]] = Counter()
    for repository in survey.repositories:
        pairs.update(combinations((index for index in repository.models if index in counted), 2))
    titles = [count.key.title for count in survey.models]
    found = sorted(
        (-number, *_ordered(titles[one], titles[other])) for (one, other), number in pairs.items() if number > 1
    )[:MAX_PAIRS]
    rows = [(one, other, -number) for number, one, other in found]
    return Table(
        "co-use",
        "Models used together",
        "Pairs of models that two repositories or more load both, "
        f"among the {CO_USE_MODELS} models of most repositories.",
        ("model", "other model", "repositories"),
        tuple(rows),
        Chart(
            Shape.BARS,
            tuple(f"{_last_part(one)} + {_last_part(other)}" for one, other, _ in rows),
            tuple(number for *_, number in rows),
            "repositories",
        ),
    )


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _last_part(title: str) -> str:
    return title.rpartition("/")[2] or title


# --- kinds ------------------------------------------------------------------------------------------------------------

_OUTCOME_WORDS = {
    Outcome.RESOLVED: "resolved: all models known",
    Outcome.PARTIAL: "partial: some known, or in part",
    Outcome.DYNAMIC: "dynamic: none known",
    Outcome.LOCAL: "local: files of the machine",
    Outcome.UNTRAINED: "untrained: no weights loaded",
}


def _outcomes(survey: Survey) -> Table:
    return _kinds(
        "outcomes",
        "What is known of the calls",
        "Calls by what is known in the end.",
        ("outcome", "calls", "repositories"),
        [(_OUTCOME_WORDS[kind], survey.outcomes[kind]) for kind in Outcome if kind in survey.outcomes],
        survey.calls,
    )


def _reasons(survey: Survey) -> Table:
    ordered = sorted(survey.reasons.items(), key=lambda item: (-item[1].number, item[0]))
    return _kinds(
        "reasons",
        "Why a model is not known",
        "Calls of which no model is known, by the reason; names that a reason quotes are left out.",
        ("reason", "calls", "repositories"),
        ordered,
    )


def _ways(survey: Survey) -> Table:
    return _kinds(
        "ways",
        "How names reach the calls",
        "Loads by the hardest step between the name and the call. A search of text sees the first kind only.",
        ("way", "loads", "repositories"),
        [(VIA_WORDS[kind], survey.ways[kind]) for kind in Via if kind in survey.ways],
        survey.loads,
    )


def _pins(survey: Survey) -> Table:
    return _kinds(
        "pins",
        "How versions are pinned",
        "Loads by what ties the model to a version.",
        ("version", "loads", "repositories"),
        [(kind.value, survey.pins[kind]) for kind in Pin if kind in survey.pins],
        survey.loads,
    )


def _kinds(
    key: str,
    title: str,
    note: str,
    columns: tuple[str, str, str],
    kinds: Sequence[tuple[str, KindCount]],
    whole: int | None = None,
) -> Table:
    rows = tuple((name, count.number, count.repositories) for name, count in kinds)
    chart = Chart(Shape.BARS, tuple(row[0] for row in rows), tuple(row[1] for row in rows), columns[1], whole=whole)
    return Table(key, title, note, columns, rows, chart)


def _bars(key: str, title: str, note: str, columns: tuple[str, ...], rows: Iterable[Row], value: int = 1) -> Table:
    """A table whose first column names the bars, and whose column `value` is their length."""
    found = tuple(rows)
    values = tuple(_value(row[value]) for row in found)
    return Table(
        key, title, note, columns, found, Chart(Shape.BARS, tuple(str(row[0]) for row in found), values, columns[value])
    )


def _value(cell: Cell) -> float:
    return 0 if isinstance(cell, str) else cell


# --- the run ----------------------------------------------------------------------------------------------------------


def _slowest(survey: Survey) -> Table:
    timed = [(run.repository, run.seconds, run.peak_mb) for run in survey.runs if run.seconds is not None]
    timed.sort(key=lambda row: (-row[1], row[0]))
    rows = tuple((name, round(seconds, 2), "" if peak is None else round(peak)) for name, seconds, peak in timed)
    rows = rows[:MAX_SLOWEST]
    return Table(
        "slowest",
        "Slowest repositories",
        f"Seconds and peak memory of a scan, as the batch noted them; at most {MAX_SLOWEST} repositories.",
        ("repository", "seconds", "peak MB"),
        rows,
        Chart(Shape.BARS, tuple(str(row[0]) for row in rows), tuple(float(row[1]) for row in rows), "seconds"),
    )


def _failed(survey: Survey) -> Table:
    rows = [*_failed_runs(survey), *((one.place, "unreadable records", one.message) for one in survey.problems)]
    return Table(
        "failed",
        "Repositories without a result",
        "Repositories whose scan failed, was skipped or is still to come, and records that cannot be read. They count "
        "nowhere else.",
        ("repository", "what happened", "message"),
        tuple(sorted(rows)),
    )


def _failed_runs(survey: Survey) -> Iterator[tuple[str, str, str]]:
    yield from ((run.repository, run.status, run.message) for run in survey.runs if run.failed)
