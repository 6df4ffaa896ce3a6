"""`ptmscan hook`: the baseline and the policy, with output for git hooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cache import Cache
from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import baseline_option, cache_options, configuration_options, fail_on_option, settings
from ptmscan.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.cli.guarding import Guarded
    from ptmscan.guard import Verdict
    from ptmscan.records import ScanResult


@click.command(epilog="Exit codes: 0 nothing found, 1 findings at or above the level, 2 error.")
@click.argument("files", nargs=-1, metavar="[FILE]…", type=click.Path(path_type=Path))
@fail_on_option
@baseline_option
@cache_options
@configuration_options
def command(
    files: tuple[Path, ...],
    fail_on: str | None,
    baseline: Path | None,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> ExitCode:
    """Fail when the code loads a model that the baseline does not list, or breaks a rule of the policy.

    The whole repository around the working folder is scanned; with FILEs only the loads that stand in them are looked
    at, and names are still followed into all other files. Findings come one a line, then the command that accepts
    them. When all is well the models are listed, one a line.

    \b
    Examples:
      ptmscan hook
      ptmscan hook src/app.py notebooks/explore.ipynb
    """
    from ptmscan.discovery import is_python

    python = tuple(file for file in files if is_python(file.name))
    if files and not python:
        return ExitCode.DONE
    here = Path.cwd()
    config = settings(
        (here,), config_file=config_file, no_config=no_config, signatures=signatures, baseline=baseline, fail_on=fail_on
    )
    from ptmscan.cli.guarding import failing, open_guarded

    guarded = open_guarded(here, config, named=baseline, files=python)
    result, verdict = failing(guarded, config, config.policy, None if no_cache else Cache(cache))
    with open_output(STANDARD_OUTPUT) as stream:
        lines = failure(guarded, verdict) if len(verdict) else _all_well(guarded, verdict, result)
        stream.writelines(line + "\n" for line in lines)
    return ExitCode.FINDINGS if len(verdict) else ExitCode.DONE


def failure(guarded: Guarded, verdict: Verdict) -> Iterator[str]:
    """The findings, one a line, and how to go on."""
    from ptmscan.cli.guarding import accept_command
    from ptmscan.policy.rules import BASELINE_RULES
    from ptmscan.report.finding_lines import finding_lines

    yield from finding_lines(verdict.all)
    if any(finding.rule in BASELINE_RULES for finding in verdict.findings):
        state = "" if guarded.baseline_file.exists() else " (there is none yet)"
        yield f"To accept them, update {guarded.shown_file}{state} and commit it: {accept_command()}"
    if others := sorted({f.rule for f in verdict.findings} - BASELINE_RULES):
        yield f"To ignore one, write on its line: # ptmscan: ignore[{others[0]}] and the reason"


def _all_well(guarded: Guarded, verdict: Verdict, result: ScanResult) -> Iterator[str]:
    """The dependency list, which pre-commit shows when it is verbose."""
    from ptmscan.cli.guarding import accept_command
    from ptmscan.report.words import count

    if result.usages:
        from ptmscan.report.finding_lines import dependency_lines

        yield from dependency_lines(result)
    if verdict.gone:
        gone = count(len(verdict.gone), "use")
        yield f"{guarded.shown_file} lists {gone} that the code has no more; this drops them: {accept_command()}"
    if problems := len(result.diagnostics):
        yield f"{count(problems, 'diagnostic')} of files that were not read in full; `ptmscan scan .` lists them"
