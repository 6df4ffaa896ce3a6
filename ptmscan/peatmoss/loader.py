"""Loading scans into a PeaTMOSS database: each repository as a whole or not at all, and only if it differs.

A transaction holds several repositories, each behind a savepoint: a failure takes back one of them, and
what an interrupted load leaves are whole repositories.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from ptmscan.errors import RecordFileError
from ptmscan.peatmoss import links
from ptmscan.peatmoss.database import check_tables, create_tables, lock, one_line
from ptmscan.peatmoss.links import Changes, Repository, Rows
from ptmscan.peatmoss.models import Models
from ptmscan.peatmoss.original import table
from ptmscan.peatmoss.rows import diagnostic_list, run_row, storable, usage_rows
from ptmscan.peatmoss.side_tables import RUN, USAGE, migrate
from ptmscan.record_files import Problem, Section, latest_scans, sections
from ptmscan.records import Diagnostic, ModelOutcome, ModelReference, Origin, UsageRecord, Via
from ptmscan.registry.index import Registry

# Records that are held in memory at once.
CHUNK = 1_000
# How long a transaction goes on to take repositories: to wait for the disk after each would take most of the time.
TRANSACTION_SECONDS = 1.0
MAX_PROBLEMS = 1_000

Progress = Callable[[int, int], None]
Look = Callable[[Connection], None]


class Fate(StrEnum):
    """What became of one scan."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # a later scan of the same repository is among the files
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load. `host` is where repositories live, for `reuse_repository.url`."""

    registry: Registry | None = None
    create_tables: bool = False
    create_models: bool = False
    dry_run: bool = False
    host: str = "github.com"


@dataclass(slots=True)
class LoadReport:
    """What a load did, or would do: numbers, whatever the number of records."""

    fates: Counter[Fate] = field(default_factory=Counter)
    usages: int = 0
    models_created: int = 0
    repositories: int = 0
    links_added: int = 0
    links_removed: int = 0
    files_added: int = 0
    files_removed: int = 0
    problems: list[Problem] = field(default_factory=list)
    more_problems: int = 0

    def add(self, changes: Changes) -> None:
        """Take note of what one repository changed."""
        for name in ("repositories", "links_added", "links_removed", "files_added", "files_removed"):
            setattr(self, name, getattr(self, name) + getattr(changes, name))

    def fail(self, problem: Problem) -> None:
        """Take note of something that could not be read."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.more_problems += 1


def load(
    connection: Connection,
    files: Iterable[Path],
    options: LoadOptions,
    *,
    progress: Progress | None = None,
    look: Look | None = None,
) -> LoadReport:
    """Load the scans of the files; what cannot be read is in the report, and leaves its repository as it was.

    With `dry_run` the same work is done in one transaction that is rolled back in the end. `look` is called with the
    database as the load makes it, before that.

    Raises:
        DatabaseError, SideTableError: the database is none that can be loaded into.
    """
    files = tuple(files)
    report = LoadReport()
    newest = _newest(files)
    with _whole_run(connection, options):
        with _transaction(connection):
            lock(connection)
            if options.create_tables:
                create_tables(connection)
            check_tables(connection)
            migrate(connection)
            _catch_up(connection)
            loader = _Loader(connection, options)
        _load_all(connection, loader, _sections(files, newest, report, progress), report)
        with _transaction(connection):
            _catch_up(connection)
            if look is not None:
                look(connection)
    return report


def _newest(files: Iterable[Path]) -> dict[str, tuple[Path, int]]:
    """Where the last scan of each repository is."""
    return {section.header.repository: (section.file, section.offset) for section in latest_scans(files).sections}


def _sections(
    files: Sequence[Path], newest: Mapping[str, tuple[Path, int]], report: LoadReport, progress: Progress | None
) -> Iterator[Section]:
    """The scans that are to be loaded; what becomes of the others is in the report."""
    for number, file in enumerate(files, 1):
        for section in sections(file):
            if isinstance(section, Problem):
                report.fail(section)
            elif newest.get(section.header.repository) != (section.file, section.offset):
                report.fates[Fate.SUPERSEDED] += 1
            else:
                yield section
        if progress is not None:
            progress(number, len(files))


def _load_all(connection: Connection, loader: _Loader, found: Iterator[Section], report: LoadReport) -> None:
    """Load the scans, one after the other, in transactions of some length."""
    section = next(found, None)
    while section is not None:
        with _transaction(connection):
            lock(connection)
            end = time.monotonic() + TRANSACTION_SECONDS
            while section is not None:
                loader.load(section, report)
                section = next(found, None)
                if time.monotonic() >= end:
                    break


@contextmanager
def _whole_run(connection: Connection, options: LoadOptions) -> Iterator[None]:
    if not options.dry_run:
        yield
        return
    with connection.begin() as everything:
        yield
        everything.rollback()


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """A transaction, which is a savepoint in a run that is rolled back in the end."""
    with connection.begin_nested() if connection.in_transaction() else connection.begin():
        yield


def _catch_up(connection: Connection) -> None:
    """Bring PostgreSQL's sequences up to the ids that are in use, for whoever else adds rows."""
    if connection.dialect.name != "postgresql":
        return
    for name in ("model", "model_hub", "reuse_repository", "reuse_file"):
        sequence = connection.execute(select(func.pg_get_serial_sequence(name, "id"))).scalar()
        highest = connection.execute(select(func.max(table(name).c.id))).scalar()
        if sequence is not None and highest is not None:
            last = connection.execute(text(f"SELECT last_value FROM {sequence}")).scalar()  # noqa: S608  # its own name
            if last is None or last < highest:
                connection.execute(select(func.setval(sequence, highest)))


_INSERT_USAGES = insert(USAGE)


# --- one scan ---------------------------------------------------------------------------------------------------------


class _Loader:
    """Loads scans one after the other over one connection."""

    def __init__(self, connection: Connection, options: LoadOptions) -> None:
        self._connection, self._options = connection, options
        self._models = Models(connection, options.registry, create=options.create_models)

    def load(self, section: Section, report: LoadReport) -> None:
        """Load one scan as a whole, or leave the database as it was and say why."""
        created = self._models.created
        try:
            with self._connection.begin_nested():
                fate, changes = self._load(section)
        except (RecordFileError, OSError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            message = one_line(error) if isinstance(error, DBAPIError) else str(error)
            self._models.created = created
            self._models.forget()
            report.fates[Fate.FAILED] += 1
            report.fail(Problem(section.place, message))
            return
        report.fates[fate] += 1
        report.usages += section.header.usages
        report.models_created += self._models.created - created
        if changes is not None:
            report.add(changes)

    def _load(self, section: Section) -> tuple[Fate, Changes | None]:
        written = storable(section.header.repository)
        old = self._connection.execute(select(RUN).where(RUN.c.repository == written)).first()
        if old is not None and old.digest == section.digest and self._means_the_same(old.id):
            return Fate.UNCHANGED, None
        repository = links.repository_of(written, self._options.host)
        number = links.repository_id(self._connection, repository)
        there = links.present(self._connection, number)
        ours = Rows() if old is None else self._ours(old.id, repository)
        run_id = self._begin(section, old)
        wanted, diagnostics = self._insert(section, run_id, repository, _without(there, ours))
        changes = links.bring_about(
            self._connection,
            repository,
            number,
            there=there,
            ours=ours,
            wanted=wanted,
            made_repository=old is not None and bool(old.made_repository),
        )
        self._connection.execute(
            update(RUN)
            .where(RUN.c.id == run_id)
            .values(
                reuse_repository_id=changes.repository_id,
                made_repository=changes.made_repository,
                diagnostic_list=diagnostic_list(diagnostics),
            )
        )
        return (Fate.ADDED if old is None else Fate.REPLACED), changes

    def _means_the_same(self, run_id: int) -> bool:
        """Whether the models that a run names are still the rows that it was given; new ones may have come."""
        columns = (USAGE.c.model_name, USAGE.c.identifier, USAGE.c.hub, USAGE.c.library, USAGE.c.model_id)
        resolved = USAGE.c.model_outcome == str(ModelOutcome.RESOLVED)
        rows = self._connection.execute(select(*columns).where(USAGE.c.run_id == run_id, resolved).distinct()).all()
        references = [(_reference(row), row.library) for row in rows]
        self._models.prepare(references)
        matches = [self._models.match(*reference) for reference in references]
        return all((match and match.model_id) == row.model_id for match, row in zip(matches, rows, strict=True))

    def _ours(self, run_id: int, repository: Repository) -> Rows:
        """The rows of the link tables that an earlier load added for a run."""
        of_run = USAGE.c.run_id == run_id
        made = self._connection.execute(select(USAGE.c.model_id).where(of_run, USAGE.c.made_link).distinct()).scalars()
        files = self._connection.execute(
            select(USAGE.c.path, USAGE.c.model_id).where(of_run, USAGE.c.made_file).distinct()
        )
        return Rows(frozenset(made), frozenset((repository.path(path), model) for path, model in files))

    def _begin(self, section: Section, old: Any) -> int:
        """The row of the run, with its id; the usages of an older scan are gone."""
        row = {**run_row(section.header, section.digest), "made_repository": False, "diagnostic_list": "[]"}
        if old is not None:
            self._connection.execute(delete(USAGE).where(USAGE.c.run_id == old.id))
            self._connection.execute(update(RUN).where(RUN.c.id == old.id).values(row))
            return int(old.id)
        run_id: int = (self._connection.execute(select(func.max(RUN.c.id))).scalar() or 0) + 1
        self._connection.execute(insert(RUN), {**row, "id": run_id, "reuse_repository_id": None})
        return run_id

    def _insert(
        self, section: Section, run_id: int, repository: Repository, foreign: Rows
    ) -> tuple[Rows, list[Diagnostic]]:
        """Insert the usages, a chunk at a time; gives the rows of the link tables that they ask for, and the rest."""
        wanted_links: set[int] = set()
        wanted_files: set[tuple[str, int]] = set()
        diagnostics: list[Diagnostic] = []
        items = section.items()
        number = 0
        while chunk := list(islice(items, CHUNK)):
            usages = [item for item in chunk if isinstance(item, UsageRecord)]
            diagnostics += (item for item in chunk if isinstance(item, Diagnostic))
            rows = list(self._rows(usages, number))
            for row in rows:
                link, file = row["model_id"], (repository.path(row["path"]), row["model_id"])
                row["run_id"] = run_id
                row["made_link"] = row["is_link"] and link not in foreign.links
                row["made_file"] = row["is_link"] and file not in foreign.files
                if row["is_link"]:
                    wanted_links.add(link)
                    wanted_files.add(file)
            if rows:
                self._connection.execute(_INSERT_USAGES, rows)
            number += len(usages)
        return Rows(wanted_links, wanted_files), diagnostics

    def _rows(self, usages: list[UsageRecord], first: int) -> Iterator[dict[str, Any]]:
        self._models.prepare((model, usage.library) for usage in usages for model in usage.models)
        for number, usage in enumerate(usages, first):
            for model, row in usage_rows(usage):
                match = None if model is None else self._models.match(model, usage.library)
                row["usage_number"] = number
                row["model_id"] = None if match is None else match.model_id
                row["name_rule"] = None if match is None else str(match.rule)
                row["is_link"] = match is not None and usage.pretrained is not False
                yield row


def _without(there: Rows, ours: Rows) -> Rows:
    return Rows(there.links - ours.links, there.files - ours.files)


def _reference(row: Any) -> ModelReference:
    """As much of a reference as the name rules ask for."""
    return ModelReference(
        row.model_name, row.identifier, row.hub, None, ModelOutcome.RESOLVED, Origin.CODE, Via.LITERAL
    )
