"""`ptmscan batch`: a folder of clones, on this machine or on a cluster."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from ptmscan.cli.batch_values import cores, part, selection, size
from ptmscan.cli.settings import FILE, cache_options
from ptmscan.cli.streams import say
from ptmscan.config import stranger_config
from ptmscan.errors import ExitCode, UsageError
from ptmscan.report.words import count

if TYPE_CHECKING:
    from ptmscan.batch.engines import Engine
    from ptmscan.batch.jobs import Conditions
    from ptmscan.batch.running import Plan
    from ptmscan.batch.sums import Totals

# As a shell reports a process that the signal ended.
_TERMINATED, _INTERRUPTED = 128 + signal.SIGTERM, 128 + signal.SIGINT
FOLDER = click.Path(path_type=Path, file_okay=False)


class TerminatedError(BaseException):
    """SIGTERM arrived. No `except Exception` is to stop it."""


@click.group()
def command() -> None:
    """Scan a folder of clones, each in a process of its own; go on where an earlier run stopped.

    \b
    Examples:
      ptmscan batch run clones --out results
      ptmscan batch status results
      ptmscan peatmoss load results --db sqlite:///PeaTMOSS.db
    """


@command.command("run", epilog="Exit codes: 0 done, 2 error, 3 done, but some repositories have no result.")
@click.argument("clones", metavar="CLONES", type=click.Path(path_type=Path))
@click.option("--out", "output", required=True, type=FOLDER, metavar="DIR", help="Where results are, and grow.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Scans at a time [one a core].")
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=300.0, metavar="S", help="Seconds for a repository [300]."
)
@click.option("--memory", default="4G", metavar="SIZE", help="Memory for a repository [4G].")
@click.option(
    "--at-date", metavar="DATE", help="Scan the last commit of that day (UTC) or before, out of git's objects."
)
@click.option("--commit", "revision", metavar="REV", help="Scan this commit of each clone, out of git's objects.")
@click.option("--resume/--restart", default=True, help="Go on [default], or drop what earlier runs found.")
@click.option("--retry-failed", is_flag=True, help="Scan those again, too, that gave no result.")
@click.option("--shard", metavar="I/N", help="Scan part I (from 0) of N only; `batch merge` puts them together.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="What runs the scans [local].")
@click.option("--scheduler", metavar="ADDRESS", help="With --engine dask: the scheduler, or the file that it wrote.")
@click.option("--slurm", type=click.IntRange(min=1), metavar="N", help="With --engine dask: start N jobs of SLURM.")
@click.option(
    "--slurm-option", "slurm_options", multiple=True, metavar="KEY=VALUE", help="A setting of these jobs: queue=gpu …"
)
@click.option("--signatures", multiple=True, type=FILE, metavar="FILE", help="Add the signatures of a file.")
@click.option("--config", "config_file", type=FILE, metavar="FILE", help="Read this configuration; clones have no say.")
@cache_options
def run_command(
    clones: Path,
    output: Path,
    jobs: int | None,
    timeout: float,
    memory: str,
    at_date: str | None,
    revision: str | None,
    resume: bool,
    retry_failed: bool,
    shard: str | None,
    engine: str,
    scheduler: str | None,
    slurm: int | None,
    slurm_options: tuple[str, ...],
    signatures: tuple[Path, ...],
    config_file: Path | None,
    cache: Path,
    no_cache: bool,
) -> int:
    """Scan every clone below CLONES, or those that the file CLONES lists, and keep the results in DIR.

    Running the same command again does what is missing, and what has changed since.

    \b
    Examples:
      ptmscan batch run clones --out results
      ptmscan batch run clones --out results --at-date 2023-07-12 --jobs 16
      ptmscan batch run clones --out results --shard "$SLURM_ARRAY_TASK_ID/100"
      ptmscan batch run clones --out results --engine dask --scheduler tcp://node1:8786
    """
    from ptmscan.batch.jobs import Conditions
    from ptmscan.batch.running import Plan
    from ptmscan.signatures.catalogue import load_catalogue

    config = stranger_config(config_file)
    signatures = tuple(file.absolute() for file in (*config.signatures, *signatures))
    plan = Plan(
        clones,
        output,
        load_catalogue(signatures).version,
        selection(at_date, revision),
        part(shard),
        retry_failed=retry_failed,
        restart=not resume,
    )
    store = None if no_cache else str(cache.absolute())
    conditions = Conditions(timeout, size(memory), store, tuple(map(str, signatures)))
    where = _Where(engine, jobs, scheduler, slurm, slurm_options)
    where.check()
    return _run(plan, conditions, where)


@command.command("status")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--limit", type=click.IntRange(min=0), default=10, metavar="N", help="How many rows of each list [10].")
def status_command(folder: Path, limit: int) -> None:
    """Tell how far the batch in DIR is, which repositories took longest, and which have no result and why.

    \b
    Example:
      ptmscan batch status results
    """
    from ptmscan.batch.merging import standing
    from ptmscan.cli.batch_view import write_standing
    from ptmscan.cli.output import STANDARD_OUTPUT, open_output

    found = standing(folder, limit)
    with open_output(STANDARD_OUTPUT) as stream:
        write_standing(found, stream)


@command.command("merge", epilog="Exit codes: 0 done, 2 error, 3 done, but a part is missing.")
@click.argument("folder", metavar="DIR", type=FOLDER)
def merge_command(folder: Path) -> ExitCode:
    """Put the parts of --shard together in DIR, and write the records of what is done so far.

    \b
    Example:
      ptmscan batch merge results
    """
    from ptmscan.batch.merging import merge
    from ptmscan.record_files import RECORDS

    done = merge(folder)
    say(f"{count(done.totals.done, 'repository', 'repositories')} in {count(done.files, 'file')} of {folder / RECORDS}")
    if done.same_names:
        say(f"{count(done.same_names, 'name')} belong to several clones; all of them are in the records")
    if done.missing:
        say(f"parts that were never begun: {', '.join(done.missing[:20])}{' …' if len(done.missing) > 20 else ''}")
    return ExitCode.INCOMPLETE if done.missing else ExitCode.DONE


# --- a run ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Where:
    """What runs the scans, as the command line says it."""

    engine: str
    jobs: int | None
    scheduler: str | None
    slurm: int | None
    slurm_options: tuple[str, ...]

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            UsageError: saying what.
        """
        if self.engine == "local":
            if self.scheduler or self.slurm or self.slurm_options:
                raise UsageError("--scheduler, --slurm and --slurm-option go with --engine dask")
        elif bool(self.scheduler) == bool(self.slurm):
            raise UsageError("--engine dask takes either --scheduler ADDRESS or --slurm N")
        elif self.jobs:
            raise UsageError("--jobs goes with --engine local; the workers of dask have threads of their own")
        if self.slurm_options and not self.slurm:
            raise UsageError("--slurm-option goes with --slurm N")

    def make(self, conditions: Conditions) -> Callable[[], Engine]:
        """A function that makes the engine."""
        if self.engine == "local":
            from ptmscan.batch.engines.local import LocalEngine

            return lambda: LocalEngine(conditions, self.jobs or cores())
        from ptmscan.batch.engines import slurm
        from ptmscan.batch.engines.dask import DaskEngine

        if self.slurm is None:
            return lambda: DaskEngine(conditions, self.scheduler or "")
        jobs, settings = self.slurm, slurm.settings(self.slurm_options)
        return lambda: DaskEngine(conditions, slurm.cluster(jobs, settings))


def _run(plan: Plan, conditions: Conditions, where: _Where) -> int:
    from ptmscan.batch.running import run_batch
    from ptmscan.cli.batch_view import watching

    with watching() as watch:
        try:
            with _signals():
                totals = run_batch(plan, where.make(conditions), watch)
        except (KeyboardInterrupt, TerminatedError) as error:
            watch.close()
            is_interrupt = isinstance(error, KeyboardInterrupt)
            say(f"{'interrupted' if is_interrupt else 'terminated'}; the same command goes on from here")
            return _INTERRUPTED if is_interrupt else _TERMINATED
    _prune(conditions)
    say(_summary(totals, watch.scanned, watch.seconds, plan))
    return ExitCode.INCOMPLETE if totals.failed else ExitCode.DONE


def _summary(totals: Totals, scanned: int, seconds: float, plan: Plan) -> str:
    failed = f", {totals.failed} without a result (ptmscan batch status {plan.output})" if totals.failed else ""
    return (
        f"{count(totals.done, 'repository', 'repositories')}{failed}, {count(totals.usages, 'call')}; "
        f"{scanned} scanned in this run, {seconds:.1f} s"
    )


def _prune(conditions: Conditions) -> None:
    """What no child does for the cache that all of them share."""
    if conditions.cache is not None:
        from ptmscan.cache import Cache

        Cache(Path(conditions.cache)).prune()


@contextmanager
def _signals() -> Iterator[None]:
    """Turn SIGTERM into an exception, as Python does with SIGINT; a shell in the background leaves both ignored."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        # A second signal must not break off the end that the first one brings about.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else TerminatedError

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
