"""The paper's funnel (arXiv 2402.00699) for the scans that were loaded, and its figure 6: usage by library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from ptmscan.peatmoss.links import LINK
from ptmscan.peatmoss.models import MODEL, hubs
from ptmscan.peatmoss.side_tables import RUN, USAGE
from ptmscan.records import ModelOutcome


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """How many repositories and models a library links, and by how many links and calls."""

    library: str
    repositories: int
    models: int
    links: int
    calls: int


@dataclass(frozen=True, slots=True)
class UnknownModel:
    """A model that calls name and the database does not have."""

    hub: str | None
    name: str
    repositories: int
    calls: int


# A load names its model: it is no path, known in full, and the call loads weights or may.
NAMED = and_(USAGE.c.model_outcome == str(ModelOutcome.RESOLVED), USAGE.c.pretrained.isnot(False))
UNKNOWN = and_(NAMED, USAGE.c.model_id.is_(None))


def funnel(connection: Connection) -> tuple[Step, ...]:
    """The steps from scanned repositories to linked models, of what was loaded by this program."""

    def count(query: Select[Any]) -> int:
        return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0)

    def repositories(condition: ColumnElement[bool]) -> int:
        return count(select(USAGE.c.run_id).where(condition).distinct())

    links = select(USAGE.c.run_id, USAGE.c.model_id).where(USAGE.c.is_link).distinct()
    steps = [
        Step("repositories scanned", count(select(RUN.c.id))),
        Step("repositories with a matching call", count(select(USAGE.c.run_id).distinct())),
        Step("repositories with a statically named PTM", repositories(NAMED)),
        Step("repositories with a PTM of the database", repositories(USAGE.c.is_link)),
        Step("links (repository, PTM)", count(links)),
    ]
    linked = links.subquery()
    by_hub = (
        select(MODEL.c.model_hub_id, func.count())
        .join(linked, MODEL.c.id == linked.c.model_id)
        .group_by(MODEL.c.model_hub_id)
        .order_by(MODEL.c.model_hub_id)
    )
    names = hubs(connection)
    steps += [Step(f"  to {names.get(hub, hub)}", number) for hub, number in connection.execute(by_hub)]
    return (
        *steps,
        Step("PTMs linked", count(select(USAGE.c.model_id).where(USAGE.c.is_link).distinct())),
        Step("PTMs known", count(select(MODEL.c.id))),
        Step("links of the whole database", count(select(LINK.c.model_id))),
    )


def by_library(connection: Connection) -> tuple[LibraryRow, ...]:
    """Libraries by the repositories that load a linked model through them: the data of the paper's figure 6."""
    pair = select(USAGE.c.library, USAGE.c.run_id, USAGE.c.model_id).where(USAGE.c.is_link).distinct().subquery()
    query = (
        select(
            pair.c.library,
            func.count(pair.c.run_id.distinct()),
            func.count(pair.c.model_id.distinct()),
            func.count(),
        )
        .group_by(pair.c.library)
        .order_by(func.count(pair.c.run_id.distinct()).desc(), pair.c.library)
    )
    one = select(USAGE.c.library, USAGE.c.run_id, USAGE.c.usage_number).where(USAGE.c.is_link).distinct().subquery()
    of_library = select(one.c.library, func.count()).group_by(one.c.library)
    calls: dict[str, int] = {row[0]: row[1] for row in connection.execute(of_library)}
    rows = connection.execute(query)
    return tuple(LibraryRow(name, runs, models, links, calls[name]) for name, runs, models, links in rows)


def unknown_models(connection: Connection) -> Iterator[UnknownModel]:
    """The models that calls name and the database does not have, those of most repositories first."""
    name = func.coalesce(USAGE.c.identifier, USAGE.c.model_name)
    runs = func.count(USAGE.c.run_id.distinct())
    query = (
        select(USAGE.c.hub, name, runs, func.count())
        .where(UNKNOWN)
        .group_by(USAGE.c.hub, name)
        .order_by(runs.desc(), func.count().desc(), name, USAGE.c.hub)
    )
    for hub, model, repositories, calls in connection.execute(query):
        yield UnknownModel(hub, model, repositories, calls)


def unknown_count(connection: Connection) -> int:
    """How many different models are unknown."""
    name = func.coalesce(USAGE.c.identifier, USAGE.c.model_name)
    different = select(USAGE.c.hub, name.label("name")).where(UNKNOWN).distinct().subquery()
    return int(connection.execute(select(func.count()).select_from(different)).scalar() or 0)
