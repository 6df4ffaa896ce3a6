"""`ptmscan export`: records as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import OutputError, check_output, output_folder_option
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, RecordFileError, UsageError
from ptmscan.report.words import count

if TYPE_CHECKING:
    from ptmscan.records import ScanResult

_EPILOG = "Exit codes: 0 done, 2 error, 3 some records could not be read."
_RECORDS = click.argument("records", nargs=-1, required=True, metavar="RECORDS…", type=click.Path(path_type=Path))
_FOLDER = output_folder_option("Write a file for each table into FOLDER.")
# The most problems that are told on standard error.
_MAX_TOLD = 20


@click.group()
def command() -> None:
    """Write records as tables: scans, usages with models and evidence, diagnostics.

    \b
    Examples:
      ptmscan export parquet results -o tables
      ptmscan export sqlite models.jsonl -o models.db
    """


@command.command("parquet", epilog=_EPILOG)
@_RECORDS
@_FOLDER
def export_parquet(records: tuple[Path, ...], output: Path) -> ExitCode:
    """Write RECORDS (files, folders of them, results of a batch) as Parquet.

    \b
    Example:
      ptmscan export parquet results -o tables
    """
    from ptmscan.exporting.parquet import require_pyarrow, write_parquet

    require_pyarrow()
    _make(output)
    return _export(records, lambda scans: write_parquet(scans, output), output)


@command.command("sqlite", epilog=_EPILOG)
@_RECORDS
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The database to write."
)
def export_sqlite(records: tuple[Path, ...], output: Path) -> ExitCode:
    """Write RECORDS (files, folders of them, results of a batch) as a SQLite database.

    \b
    Example:
      ptmscan export sqlite results -o models.db
    """
    from ptmscan.exporting.sqlite import write_sqlite

    check_output(output)
    return _export(records, lambda scans: write_sqlite(scans, output), output)


@command.command("csv", epilog=_EPILOG)
@_RECORDS
@_FOLDER
def export_csv(records: tuple[Path, ...], output: Path) -> ExitCode:
    """Write RECORDS (files, folders of them, results of a batch) as CSV, a file for each table.

    \b
    Example:
      ptmscan export csv results -o tables
    """
    from ptmscan.exporting.csv_files import write_csv

    _make(output)
    return _export(records, lambda scans: write_csv(scans, output), output)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error


def _export(records: tuple[Path, ...], write: Callable[[Iterable[ScanResult]], None], output: Path) -> ExitCode:
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.record_files import latest_scans

    latest = latest_scans(record_paths(records))
    problems = [str(problem) for problem in latest.problems]
    sections = sorted(latest.sections, key=lambda section: section.header.repository)
    usages = 0

    def scans() -> Iterator[ScanResult]:
        nonlocal usages
        for number, section in enumerate(sections, 1):
            try:
                scan = section.result()
            except (RecordFileError, OSError) as error:
                problems.append(f"{section.place}: {error}")
                continue
            usages += len(scan.usages)
            yield scan
            progress(number, len(sections))

    with DelayedProgress("Exporting") as progress:
        try:
            write(scans())
        except OSError as error:
            raise OutputError(f"cannot write {output}: {error}") from error
    for problem in problems[:_MAX_TOLD]:
        say(f"not exported: {problem}")
    if len(problems) > _MAX_TOLD:
        say(f"not exported: {len(problems) - _MAX_TOLD} more")
    say(f"{output}: {count(usages, 'call')} in {count(len(sections), 'repository', 'repositories')}")
    return ExitCode.INCOMPLETE if problems else ExitCode.DONE
