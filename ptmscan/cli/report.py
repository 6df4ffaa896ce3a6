"""`ptmscan report`: a page to look at, made from the records of one scan or of many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import check_output, open_output, output_option
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.streams import tell
from ptmscan.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from ptmscan.record_files import Latest, Problem, Section


@click.command(epilog="Exit codes: 0 done, 2 error, 3 some records could not be read.")
@click.argument("records", nargs=-1, required=True, metavar="RECORDS…", type=click.Path(path_type=Path))
@output_option
@click.option("--repository", metavar="NAME", help="Of several scans, report the one of this repository.")
def command(records: tuple[Path, ...], output: Path, repository: str | None) -> ExitCode:
    """Write an HTML page about RECORDS: JSON Lines files of scans, or folders of them.

    One scan gives the page of a repository, several give counts and charts. The page is one file that loads nothing.

    \b
    Examples:
      ptmscan report models.jsonl -o report.html
      ptmscan report results/ -o report.html
      ptmscan report results/ --repository owner/name -o report.html
    """
    check_output(output)
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.record_files import latest_scans

    latest = latest_scans(record_paths(records))
    if not latest.sections:
        tell(latest.problems)
        raise UsageError("there are no records to report")
    if repository is None and len(latest.sections) > 1:
        problems: Sequence[Problem] = _many(records, latest, output)
    else:
        _one(_chosen(latest, repository), output)
        problems = latest.problems
    tell(problems)
    return ExitCode.INCOMPLETE if problems else ExitCode.DONE


def _chosen(latest: Latest, repository: str | None) -> Section:
    if repository is None:
        return latest.sections[0]
    names = {section.header.repository: section for section in latest.sections}
    if repository not in names:
        from difflib import get_close_matches

        close = get_close_matches(repository, names, n=1)
        raise UsageError(f"no scan of {repository!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    return names[repository]


def _one(section: Section, output: Path) -> None:
    from ptmscan.report import renderer

    try:
        result = section.result()
    except OSError as error:
        raise UsageError(f"{section.file}: {error.strerror or error}") from error
    with open_output(output) as stream:
        renderer("html")(result, stream)


def _many(records: Sequence[Path], latest: Latest, output: Path) -> Sequence[Problem]:
    """Write the page of many scans; what could not be read."""
    from ptmscan.batch.noted import runs_beside
    from ptmscan.survey.counting import survey_of
    from ptmscan.survey.page import render

    with DelayedProgress("Counting") as progress:
        survey = survey_of(latest, runs_beside(records), progress)
    with open_output(output) as stream:
        render(survey, stream)
    return survey.problems
