"""`ptmscan scan`: find the models of a repository and write them in one of the formats."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cache import Cache
from ptmscan.cli.known_models import marked, naming, opened
from ptmscan.cli.output import check_output, open_output, output_option
from ptmscan.cli.settings import FILE, cache_options, configuration_options, settings
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, UsageError
from ptmscan.policy.model import Severity
from ptmscan.report import ALWAYS_JUDGED, FORMATS, WITH_FINDINGS, findings_renderer, renderer

if TYPE_CHECKING:
    from ptmscan.cli.trees import Opened
    from ptmscan.config import Config
    from ptmscan.discovery import FileTree
    from ptmscan.guard import Verdict
    from ptmscan.records import ScanResult
    from ptmscan.scan_options import ScanOptions

PARSERS = ("tree-sitter", "libcst")


@click.command(
    epilog="Exit codes: 0 done, 1 findings (with --fail-on), 2 error, 3 some input could not be read (with --strict)."
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option(
    "--format", "-f", "output_format", type=click.Choice(list(FORMATS)), help="How to write the result [text]."
)
@output_option
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out files, as a line of .gitignore would.")
@click.option("--strict", is_flag=True, help="Exit with 3 when some input could not be read.")
@click.option("--no-prefilter", is_flag=True, help="Look into every file, also those that name no known call.")
@click.option(
    "--parser",
    type=click.Choice(PARSERS),
    default=PARSERS[0],
    show_default=True,
    help="The parser that does the work; libcst is for comparison.",
)
@click.option("--registry", type=FILE, metavar="FILE", help="Say of each model whether this registry knows it.")
@click.option(
    "--suspects", is_flag=True, help="With --registry: list calls that no signature knows but that name a known model."
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Exit with 1 when the policy finds something of this severity or a graver one.",
)
@click.option("--baseline", type=FILE, metavar="FILE", help="Compare with this file of accepted models.")
@cache_options
@configuration_options
def command(
    paths: tuple[Path, ...],
    output_format: str | None,
    output: Path,
    exclude: tuple[str, ...],
    strict: bool,
    no_prefilter: bool,
    parser: str,
    registry: Path | None,
    suspects: bool,
    fail_on: str | None,
    baseline: Path | None,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> ExitCode:
    """List the pre-trained models that the code at PATH loads.

    PATH is a folder or a file: a git clone (its tracked files are read), or any folder (without what .gitignore names).

    \b
    Examples:
      ptmscan scan .
      ptmscan scan . --format markdown -o models.md
      ptmscan scan src notebooks --format jsonl --strict
      ptmscan scan . --fail-on warning --baseline .ptmscan-baseline.json
    """
    check_output(output)
    config = settings(
        paths,
        config_file=config_file,
        no_config=no_config,
        signatures=signatures,
        exclude=exclude,
        output_format=output_format,
        baseline=baseline,
        fail_on=fail_on,
    )
    if suspects and registry is None:
        raise UsageError("--suspects asks a registry; name it with --registry FILE")
    from ptmscan.cli.trees import open_paths
    from ptmscan.scan_options import ParserName, ScanOptions

    around = open_paths(paths, config.exclude)
    options = ScanOptions(prefilter=not no_prefilter, parser=ParserName(parser), below=around.below)
    # What is kept of a scan has no suspects, and they depend on the registry.
    store = None if no_cache or suspects else Cache(cache)
    result = _scan(around, config, store, registry, options=options, suspects=suspects)
    gate = Gate(fail_on, baseline)
    verdict = _verdict(around.tree, result, config, options, gate)
    _write(result, output, config.format, verdict)
    say(_summary(result))
    return _exit_code(result, verdict, config, gate, strict=strict)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the command line asks of the policy: to fail on a level, and to compare with a baseline."""

    fail_on: str | None
    baseline: Path | None


def _scan(
    opened_paths: Opened,
    config: Config,
    store: Cache | None,
    registry: Path | None,
    *,
    options: ScanOptions,
    suspects: bool,
) -> ScanResult:
    """The result of a scan, or the one that is kept, with what a registry knows of the models."""
    from ptmscan.cli.scanning import scanned

    with ExitStack() as stack:
        known = stack.enter_context(opened(registry)) if registry is not None else None
        asked = naming(known) if known is not None and suspects else None
        result = scanned(opened_paths.tree, options, config, store, asked)
        return result if known is None else marked(result, known)


def _verdict(tree: FileTree, result: ScanResult, config: Config, options: ScanOptions, gate: Gate) -> Verdict | None:
    """What the policy finds; None: nobody asked, and the format has no place for findings of a configured policy."""
    shown = config.format in ALWAYS_JUDGED or (config.format in WITH_FINDINGS and config.has_policy)
    wanted = gate.fail_on or gate.baseline or shown
    if not wanted:
        return None
    from ptmscan.cli.guarding import read_baseline
    from ptmscan.guard import judge

    accepted = read_baseline(gate.baseline) if gate.baseline else None
    return judge(tree, result, config.policy, baseline=accepted, is_scanned=options.is_asked_for)


def _write(result: ScanResult, output: Path, name: str, verdict: Verdict | None) -> None:
    findings = None if verdict is None else verdict.all
    with open_output(output) as stream:
        if name in WITH_FINDINGS:
            findings_renderer(name)(result, stream, findings)
        else:
            renderer(name)(result, stream)


def _exit_code(result: ScanResult, verdict: Verdict | None, config: Config, gate: Gate, *, strict: bool) -> ExitCode:
    """The exit code; the findings that decide it are told on standard error."""
    from ptmscan.report.finding_lines import finding_lines

    failing = verdict.reaching(config.policy.fail_on) if verdict is not None and gate.fail_on else None
    if failing:
        say("\n".join(finding_lines(failing.all)))
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if strict and result.incomplete else ExitCode.DONE


def _summary(result: ScanResult) -> str:
    """What the scan did, in one line."""
    from ptmscan.report.overview import overview
    from ptmscan.report.words import count

    view, header = overview(result), result.header
    unknown = f", {len(view.unknown)} of them with a model that is not known" if view.unknown else ""
    problems = f", {count(header.diagnostics, 'diagnostic')}" if header.diagnostics else ""
    suspects = f", {count(header.suspects, 'suspect')}" if header.suspects else ""
    return (
        f"{count(len(view.models), 'model')} in {count(header.usages, 'call')}{unknown}{suspects}; "
        f"{header.files_read} of {count(header.files, 'file')} read{problems}; {result.seconds:.1f} s"
    )
