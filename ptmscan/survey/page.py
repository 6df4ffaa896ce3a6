"""The page of many scans: charts with their tables, and lists of all repositories and models that can be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

from ptmscan.report.html.page import capped, whole_link, write_page
from ptmscan.report.overview import hub_name
from ptmscan.report.printable import printable
from ptmscan.survey.model import ModelCount, RepositoryCount, Survey
from ptmscan.survey.tables import Chart, Shape, Table, tables

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Json

# What a chart, a table below it, and a list without scripts show; each says how many more there are.
MAX_BARS, MAX_ROWS, MAX_LISTED, MAX_INSIDE = 12, 100, 50, 30
_MAX_NAME = 200
# So that a label ends before its number at the width of a phone.
_MAX_LABEL = 36
_HUGGING_FACE = "https://huggingface.co/"
_ROW_HEIGHT = 36

# Which tables stand together, under which heading.
_PARTS = (
    ("overview", "Overview", ("funnel", "hubs")),
    ("what", "Libraries, models, organisations", ("libraries", "models", "organisations", "co-use")),
    ("spread", "Distributions", ("models-per-repository", "repositories-per-model")),
    ("resolution", "How well names are known", ("outcomes", "reasons", "ways", "pins")),
    ("run", "The run", ("slowest", "failed")),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: percents are of the width or height of the chart."""

    label: str
    value: float
    percent: float
    offset: float
    share: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with all that the template needs to write it."""

    shape: str
    bars: Sequence[Bar]
    height: int
    step: float
    unit: str
    axis: str
    more: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart and its table."""

    table: Table
    drawing: Drawing | None
    rows: Sequence[tuple[object, ...]]
    more: int
    numeric: frozenset[int]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list as it is without scripts: what it unfolds to is cut."""

    name: str
    cells: tuple[object, ...]
    note: str
    link: str | None
    inside: Sequence[str]
    more: int


def render(survey: Survey, stream: TextIO) -> None:
    """Write the page; the same survey gives the same characters."""
    figures = {table.key: _figure(table) for table in tables(survey)}
    parts = [
        (key, title, [figures[name] for name in names if name in figures])
        for key, title, names in _PARTS
        if any(name in figures for name in names)
    ]
    values = {
        "survey": survey,
        "parts": parts,
        "named": sum(len(repository.models) > 0 for repository in survey.repositories),
        "unknown": sum(repository.unknown for repository in survey.repositories),
        "incomplete": sum(repository.incomplete for repository in survey.repositories),
        "tools": sorted(survey.tools),
        "timed": any(run.seconds is not None for run in survey.runs),
        "listed_repositories": _listed_repositories(survey),
        "listed_models": _listed_models(survey),
        "data": _data(survey),
    }
    write_page("batch.html.j2", "batch.js", values, stream)


# --- charts -----------------------------------------------------------------------------------------------------------


def _figure(table: Table) -> Figure:
    numeric = frozenset(
        index for index in range(len(table.columns)) if all(not isinstance(row[index], str) for row in table.rows)
    )
    drawing = _drawing(table.chart) if table.chart is not None else None
    rows, more = capped(table.rows, MAX_ROWS)
    return Figure(table, drawing, rows, more, numeric)


def _drawing(chart: Chart) -> Drawing:
    shown = len(chart.values) if chart.shape is Shape.COLUMNS else MAX_BARS
    values = chart.values[:shown]
    largest = chart.whole or max(values, default=0)
    step = 100 / max(len(values), 1)
    bars = [
        Bar(
            label=printable(label, _MAX_LABEL),
            value=value,
            percent=round(100 * value / largest, 2) if largest else 0.0,
            offset=round(place * step, 3),
            share=_share(value, chart.whole) if chart.whole else "",
        )
        for place, (label, value) in enumerate(zip(chart.labels, values, strict=False))
    ]
    return Drawing(
        chart.shape.value, bars, len(bars) * _ROW_HEIGHT, step, chart.unit, chart.axis, len(chart.values) - len(values)
    )


def _share(value: float, whole: float) -> str:
    percent = 100 * value / whole
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


# --- lists ------------------------------------------------------------------------------------------------------------


def _listed_repositories(survey: Survey) -> list[Listed]:
    def order(repository: RepositoryCount) -> tuple[int, str]:
        return -len(repository.models), repository.name

    return [
        Listed(
            repository.name,
            (len(repository.models), repository.calls, repository.unknown, repository.diagnostics),
            "",
            None,
            [survey.models[index].key.title for index in repository.models[:MAX_INSIDE]],
            max(len(repository.models) - MAX_INSIDE, 0),
        )
        for repository in nsmallest(MAX_LISTED, survey.repositories, key=order)
    ]


def _listed_models(survey: Survey) -> list[Listed]:
    def order(index: int) -> tuple[int, int, str]:
        model = survey.models[index]
        return -model.repositories, -model.loads, model.key.title

    chosen = nsmallest(MAX_LISTED, range(len(survey.models)), key=order)
    users: dict[int, list[str]] = {index: [] for index in chosen}
    for repository in survey.repositories:
        for index in repository.models:
            if index in users and len(users[index]) < MAX_INSIDE:
                users[index].append(repository.name)
    return [_listed_model(survey.models[index], users[index]) for index in chosen]


def _listed_model(model: ModelCount, users: list[str]) -> Listed:
    hub = hub_name(model.key.hub)
    link = model.link.url if model.link else None
    return Listed(
        model.key.title, (hub, model.repositories, model.loads), hub, link, users, model.repositories - len(users)
    )


def _data(survey: Survey) -> Json:
    """Everything in the lists, as the script reads it: arrays, because keys would be most of the file."""
    hubs: dict[str | None, int] = {}
    models: list[Json] = []
    for model in survey.models:
        title = printable(model.key.title, _MAX_NAME)
        hub = hubs.setdefault(model.key.hub, len(hubs))
        models.append([title, hub, model.repositories, model.loads, _link(model, title)])
    repositories: list[Json] = [
        [printable(one.name, _MAX_NAME), one.calls, one.unknown, one.diagnostics, list(one.models)]
        for one in survey.repositories
    ]
    return {"hubs": [hub_name(hub) for hub in hubs], "models": models, "repositories": repositories}


def _link(model: ModelCount, title: str) -> Json:
    """0 for no link, 1 for the usual one, else the address."""
    link = whole_link(model.link)
    if link is None:
        return 0
    return 1 if link.url == _HUGGING_FACE + title else link.url
