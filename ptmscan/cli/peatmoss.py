"""`ptmscan peatmoss`: usage records into a PeaTMOSS database, and out of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from ptmscan.cli.output import STANDARD_OUTPUT, check_output, open_output, output_folder_option
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.settings import FILE
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, UsageError
from ptmscan.report.printable import printable
from ptmscan.report.words import count

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

    from ptmscan.peatmoss.funnel import UnknownModel
    from ptmscan.peatmoss.loader import LoadOptions, LoadReport
    from ptmscan.registry.index import Registry

# The most unknown models, and the most problems, that are named on standard error.
MAX_SHOWN, MAX_PROBLEMS = 20, 100


@click.group()
def command() -> None:
    """Load usage records into a PeaTMOSS database, export its links, print its funnel.

    \b
    Examples:
      ptmscan peatmoss load results/ --db sqlite:///PeaTMOSS.db
      ptmscan peatmoss funnel PeaTMOSS.db
      ptmscan peatmoss export --db sqlite:///PeaTMOSS.db -o links
    """


@command.command("load")
@click.argument("records", nargs=-1, metavar="[RECORDS…]", type=click.Path(path_type=Path))
@click.option("--db", "database", required=True, metavar="URL", help="The database, or the path of a SQLite file.")
@click.option("--create", is_flag=True, help="Make the tables of PeaTMOSS first, those that are not there.")
@click.option(
    "--create-models", is_flag=True, help="Add models that the database does not have, those of the two hubs."
)
@click.option(
    "--registry", type=FILE, metavar="FILE", help="Ask a registry, too; --create-models adds only its models."
)
@click.option("--unknown", type=click.Path(path_type=Path), metavar="FILE", help="Write all unknown models, as CSV.")
@click.option("--host", default="github.com", show_default=True, metavar="NAME", help="Where the repositories live.")
@click.option("--dry-run", is_flag=True, help="Change nothing, say what would change.")
def load_records(
    records: tuple[Path, ...],
    database: str,
    create: bool,
    create_models: bool,
    registry: Path | None,
    unknown: Path | None,
    host: str,
    dry_run: bool,
) -> ExitCode:
    """Load RECORDS (JSON Lines files of scans, folders of them, results of a batch) into a PeaTMOSS database.

    Each repository is loaded as a whole. Loading again changes nothing, a newer scan replaces the older one.

    \b
    Examples:
      ptmscan peatmoss load models.jsonl --db sqlite:///PeaTMOSS.db --dry-run
      ptmscan peatmoss load results/ --db postgresql+psycopg://localhost/peatmoss
      ptmscan peatmoss load --create --db new.db
    """
    require_sqlalchemy()
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.peatmoss.database import database_url
    from ptmscan.peatmoss.loader import LoadOptions
    from ptmscan.registry.index import Registry

    if not records and not create:
        raise UsageError("name the files of records to load; --create alone makes an empty database")
    if unknown is not None:
        check_output(unknown)
    url, files = database_url(database), record_paths(records)
    with ExitStack() as stack:
        known: Registry | None = stack.enter_context(Registry(registry)) if registry is not None else None
        options = LoadOptions(known, create, create_models, dry_run, host)
        return _load(url, files, options, unknown)


@command.command("export")
@click.option("--db", "database", required=True, metavar="URL", help="The database, or the path of a SQLite file.")
@output_folder_option("Write HuggingFace.json and PyTorch.json to FOLDER.")
def export(database: str, output: Path) -> None:
    """Write all links as the data set's intermediate JSON, one file a hub.

    \b
    Example:
      ptmscan peatmoss export --db sqlite:///PeaTMOSS.db -o links
    """
    require_sqlalchemy()
    from ptmscan.peatmoss.database import database_url, reading
    from ptmscan.peatmoss.export import write_links
    from ptmscan.registry.model import KnownHub

    if not output.is_dir():
        raise UsageError(f"{output}: there is no such folder")
    with reading(database_url(database)) as connection:
        for hub in KnownHub:
            file = output / f"{hub}.json"
            with open_output(file) as stream:
                number = write_links(connection, hub, stream)
            say(f"{file}: {count(number, 'model')}")


@command.command("funnel")
@click.argument("database", metavar="DB")
@click.option(
    "--format",
    "-f",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to write it [text].",
)
def show_funnel(database: str, output_format: str) -> None:
    """Print the funnel of the scans that were loaded into DB, a URL or the path of a SQLite file, and usage by library.

    \b
    Example:
      ptmscan peatmoss funnel PeaTMOSS.db
    """
    require_sqlalchemy()
    from ptmscan.peatmoss.database import database_url, reading
    from ptmscan.peatmoss.funnel import by_library, funnel
    from ptmscan.peatmoss.side_tables import check_version

    with reading(database_url(database)) as connection:
        check_version(connection)
        steps, libraries = funnel(connection), by_library(connection)
    with open_output(STANDARD_OUTPUT) as stream:
        if output_format == "json":
            document = {
                "funnel": {step.name.strip(): step.count for step in steps},
                "libraries": [asdict(row) for row in libraries],
            }
            stream.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
            return
        _write_table(stream, ((step.name, f"{step.count:,}") for step in steps))
        if libraries:
            stream.write("\n")
            heads = ("library", "repositories", "PTMs", "links", "calls")
            rows = ((r.library, *(f"{n:,}" for n in (r.repositories, r.models, r.links, r.calls))) for r in libraries)
            _write_table(stream, (heads, *rows))


# --- loading ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unknown:
    """The models that the database does not have in the end: how many, and those of most repositories."""

    file: Path | None
    count: int = 0
    first: list[UnknownModel] = field(default_factory=list)

    def look(self, connection: Connection) -> None:
        """Ask the database, and write them all where that is asked for."""
        from ptmscan.peatmoss.funnel import unknown_count, unknown_models

        self.count = unknown_count(connection)
        self.first = list(islice(unknown_models(connection), MAX_SHOWN))
        if self.file is not None:
            with open_output(self.file) as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(("hub", "name", "repositories", "calls"))
                writer.writerows(
                    (m.hub, printable(m.name), m.repositories, m.calls) for m in unknown_models(connection)
                )


def _load(url: URL, files: Sequence[Path], options: LoadOptions, unknown: Path | None) -> ExitCode:
    from ptmscan.peatmoss.database import writing
    from ptmscan.peatmoss.loader import load

    found = _Unknown(unknown)
    with (
        DelayedProgress("Loading") as progress,
        writing(url, create=options.create_tables, dry_run=options.dry_run) as connection,
    ):
        report = load(connection, files, options, progress=progress, look=found.look)
    with open_output(STANDARD_OUTPUT) as stream:
        if options.dry_run:
            stream.write("Nothing was changed; a load would do this:\n\n")
        _write_table(stream, _summary(report, found.count))
    _say_unknown(found)
    _say_problems(report)
    return ExitCode.INCOMPLETE if report.problems else ExitCode.DONE


def _summary(report: LoadReport, unknown: int) -> Iterator[tuple[str, ...]]:
    """The summary table: repositories by what became of them, then rows of the tables of PeaTMOSS."""
    from ptmscan.peatmoss.loader import Fate

    yield "", "added", "removed", "replaced", "unchanged", "failed"
    fates = [report.fates[fate] for fate in (Fate.ADDED, Fate.REPLACED, Fate.UNCHANGED, Fate.FAILED)]
    yield "repositories", f"{fates[0]:,}", "", *(f"{number:,}" for number in fates[1:])
    if superseded := report.fates[Fate.SUPERSEDED]:
        yield "  older scans left out", f"{superseded:,}"
    yield "reuse_repository", f"{max(report.repositories, 0):,}", f"{max(-report.repositories, 0):,}"
    yield "model_to_reuse_repository", f"{report.links_added:,}", f"{report.links_removed:,}"
    yield "reuse_file", f"{report.files_added:,}", f"{report.files_removed:,}"
    yield "model", f"{report.models_created:,}"
    yield "calls read", f"{report.usages:,}"
    yield "models not in the database", f"{unknown:,}"


def _say_unknown(found: _Unknown) -> None:
    if not found.count:
        return
    more = f", {len(found.first)} of them here (--unknown FILE writes all)" if found.count > len(found.first) else ""
    say(f"models that calls name and the database does not have{more}:")
    for model in found.first:
        where = (
            f"{model.repositories} repositor{'y' if model.repositories == 1 else 'ies'}, {count(model.calls, 'call')}"
        )
        say(f"  {model.name} ({model.hub or 'hub not known'}): {where}")


def _say_problems(report: LoadReport) -> None:
    for problem in report.problems[:MAX_PROBLEMS]:
        say(f"not loaded: {problem}")
    left = len(report.problems) - MAX_PROBLEMS + report.more_problems
    if left > 0:
        say(f"not loaded: {left} more")


def _write_table(stream: TextIO, rows: Iterable[Sequence[str]]) -> None:
    """Columns with two spaces between them; all but the first are numbers, and end in line."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(max(len(row) for row in cells))]
    for row in cells:
        first, *rest = row
        line = first.ljust(widths[0]) + "".join(f"  {cell:>{widths[i]}}" for i, cell in enumerate(rest, 1))
        stream.write(line.rstrip() + "\n")


def require_sqlalchemy() -> None:
    """Say how to get SQLAlchemy where it is missing.

    Raises:
        UsageError: it is.
    """
    from importlib.util import find_spec

    if find_spec("sqlalchemy") is None:
        raise UsageError("this needs SQLAlchemy: pip install 'ptmscan[peatmoss]'")
