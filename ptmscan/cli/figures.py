"""`ptmscan figures`: charts for papers, and their data."""

from __future__ import annotations

from pathlib import Path

import click

from ptmscan.cli.output import output_folder_option
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.streams import say, tell
from ptmscan.errors import ExitCode, UsageError
from ptmscan.report.words import count


@click.command(epilog="Exit codes: 0 done, 2 error, 3 some records could not be read.")
@click.argument("records", nargs=-1, required=True, metavar="RECORDS…", type=click.Path(path_type=Path))
@output_folder_option("Write the files to FOLDER, which is made if it is not there.")
def command(records: tuple[Path, ...], output: Path) -> ExitCode:
    """Draw RECORDS (JSON Lines files of scans, or folders of them) as PNG and SVG, each with its data as CSV.

    The charts are those of `ptmscan report`. It needs matplotlib: pip install 'ptmscan[figures]'

    \b
    Example:
      ptmscan figures results/ -o figures
    """
    require_matplotlib()
    from ptmscan.batch.noted import runs_beside
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.record_files import latest_scans
    from ptmscan.survey.counting import survey_of
    from ptmscan.survey.figures import write_figures
    from ptmscan.survey.tables import tables

    latest = latest_scans(record_paths(records))
    if not latest.sections:
        tell(latest.problems)
        raise UsageError("there are no records to draw")
    with DelayedProgress("Counting") as progress:
        survey = survey_of(latest, runs_beside(records), progress)
    try:
        output.mkdir(exist_ok=True)
        number = sum(1 for _ in write_figures(tables(survey), output))
    except OSError as error:
        raise UsageError(f"{error.filename or output}: {error.strerror or error}") from error
    say(f"{output}: {count(number, 'file')}")
    tell(survey.problems)
    return ExitCode.INCOMPLETE if survey.problems else ExitCode.DONE


def require_matplotlib() -> None:
    """Say how to get matplotlib where it is missing.

    Raises:
        UsageError: it is.
    """
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise UsageError("this needs matplotlib: pip install 'ptmscan[figures]'")
