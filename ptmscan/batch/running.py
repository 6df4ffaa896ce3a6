"""A run of a batch: list the repositories, have those scanned that need it, write what became of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from ptmscan import __version__
from ptmscan.batch.engines import Engine
from ptmscan.batch.jobs import Job, Report, Selection
from ptmscan.batch.manifest import Manifest, Versions, Waiting
from ptmscan.batch.shards import write_shards
from ptmscan.batch.states import look
from ptmscan.batch.sums import Totals, totals_of
from ptmscan.batch.worklist import Listed, repositories
from ptmscan.errors import UsageError

PARTS = "parts"
_LOCK = ".lock"
# Repositories that are listed in one transaction.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Shard:
    """The repositories of one of `of` parts, `number` from 0, chosen by their paths."""

    number: int
    of: int

    @property
    def folder(self) -> str:
        """The folder of the part below the batch's."""
        return f"{self.number}-of-{self.of}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do."""

    source: Path
    output: Path
    signatures_version: str
    selection: Selection
    shard: Shard | None = None
    retry_failed: bool = False
    restart: bool = False


class Watch(Protocol):
    """Whoever watches a run."""

    def listing(self, number: int) -> None:
        """So many repositories were listed so far."""

    def started(self, listed: int, waiting: int) -> None:
        """All are listed; the others are done and unchanged."""

    def began(self, job: Job) -> None:
        """A scan was handed out."""

    def finished(self, report: Report) -> None:
        """A scan came to an end, and its row is written."""


def run_batch(plan: Plan, engine: Callable[[], Engine], watch: Watch) -> Totals:
    """Do what a plan says; the sums over the whole batch. `engine` is called when there is something to do.

    Whatever ends a run, the next one goes on from the repositories that were finished.

    Raises:
        UsageError: no folder of clones, another batch in the output, or another run at work there.
        EngineError: the scans cannot be run.
        ManifestError: the results cannot be written.
    """
    folder = plan.output if plan.shard is None else plan.output / PARTS / plan.shard.folder
    listed = repositories(plan.source, plan.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error
    with locked(folder), Manifest(folder, writes=True) as manifest:
        _claim(manifest, plan)
        run = _list(manifest, plan, listed, watch)
        versions = Versions(__version__, plan.signatures_version)
        watch.started(*manifest.waiting_count(run, versions, retry_failed=plan.retry_failed))
        waiting = manifest.waiting(run, versions, retry_failed=plan.retry_failed)
        _scan(manifest, versions, waiting, plan, engine, watch)
        if plan.shard is None:
            write_shards(folder, manifest)
        return totals_of(manifest)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other runs; the system lets go of it when the process ends.

    Raises:
        UsageError: another run holds it.
    """
    import fcntl  # of POSIX only, as all of a batch

    with (folder / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{folder}: another run is at work there") from error
        except OSError:  # a file system without locks
            pass
        yield


def _claim(manifest: Manifest, plan: Plan) -> None:
    """Let a folder belong to one batch."""
    source, known = str(plan.source.absolute()), manifest.get("source")
    if known not in {None, source}:
        raise UsageError(f"{plan.output}: holds the batch of {known}; name another folder with --out")
    with manifest.changing():
        manifest.set("source", source)
    if plan.restart:
        manifest.forget()


def _list(manifest: Manifest, plan: Plan, listed: Iterator[Listed], watch: Watch) -> int:
    """Take all repositories of the plan into the manifest; the number of the run."""
    run, number = manifest.begin_run(), 0
    if plan.shard is not None:
        shard = plan.shard
        listed = (each for each in listed if each.is_in_shard(shard.number, shard.of))
    while chunk := list(islice(listed, _CHUNK)):
        rows = []
        for each in chunk:
            found = look(each.folder, _selection(plan, each.commit))
            rows.append((Waiting(each.path, str(each.folder), each.name, each.commit, found.state), found.weight))
            number += 1
            watch.listing(number)
        manifest.add_listed(run, rows)
    return run


def _selection(plan: Plan, commit: str | None) -> Selection:
    """A list may name a commit for a repository."""
    return plan.selection if commit is None else Selection(commit=commit)


def _scan(
    manifest: Manifest,
    versions: Versions,
    waiting: Iterator[Waiting],
    plan: Plan,
    make_engine: Callable[[], Engine],
    watch: Watch,
) -> None:
    first = next(waiting, None)
    if first is None:
        return
    states: dict[str, str | None] = {}

    def jobs() -> Iterator[Job]:
        for each in chain((first,), waiting):
            states[each.path] = each.state
            yield Job(each.path, each.folder, each.name, _selection(plan, each.commit))

    with contextlib.closing(make_engine()) as engine:
        for report in engine.run(jobs(), watch.began):
            manifest.finish(report, states.pop(report.path), versions)
            watch.finished(replace(report, content=b""))
