"""`ptmscan scan`: find the models of a repository and write them in one of the formats."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cache import Cache
from ptmscan.cli.known_models import marked, naming, opened
from ptmscan.cli.output import STANDARD_OUTPUT, check_output, open_output
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.settings import FILE, cache_options, configuration_options, settings
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, UsageError
from ptmscan.report import FORMATS, renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ptmscan.analysis.suspects import NamesModel
    from ptmscan.config import Config
    from ptmscan.records import ScanResult

PARSERS = ("tree-sitter", "libcst")


@click.command(epilog="Exit codes: 0 done, 2 error, 3 done but some input could not be read (with --strict).")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option(
    "--format", "-f", "output_format", type=click.Choice(list(FORMATS)), help="How to write the result [text]."
)
@click.option(
    "--output",
    "-o",
    default=STANDARD_OUTPUT,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE in one step; - is standard output.",
)
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
    """
    check_output(output)
    config = settings(
        paths,
        config_file=config_file,
        no_config=no_config,
        signatures=signatures,
        exclude=exclude,
        output_format=output_format,
    )
    if suspects and registry is None:
        raise UsageError("--suspects asks a registry; name it with --registry FILE")
    # What is kept of a scan has no suspects, and they depend on the registry.
    store = None if no_cache or suspects else Cache(cache)
    with ExitStack() as stack:
        known = stack.enter_context(opened(registry)) if registry is not None else None
        asked = naming(known) if known is not None and suspects else None
        result = _scan(paths, config, store, asked, parser=parser, prefilter=not no_prefilter)
        if known is not None:
            result = marked(result, known)
    with open_output(output) as stream:
        renderer(config.format)(result, stream)
    say(_summary(result))
    return ExitCode.INCOMPLETE if strict and result.incomplete else ExitCode.DONE


def _scan(
    paths: Sequence[Path],
    config: Config,
    store: Cache | None,
    names_model: NamesModel | None,
    *,
    parser: str,
    prefilter: bool,
) -> ScanResult:
    """The result of a scan, or the one that is kept; with suspects where `names_model` is given."""
    from ptmscan.cli.trees import open_paths
    from ptmscan.kept_results import kept_or_new
    from ptmscan.scan_options import ParserName, ScanOptions

    opened = open_paths(paths, config.exclude)
    options = ScanOptions(prefilter=prefilter, parser=ParserName(parser), below=opened.below)

    def scan() -> ScanResult:
        from ptmscan.scan import scan_tree
        from ptmscan.signatures.catalogue import load_catalogue

        catalogue = load_catalogue(config.signatures)
        with DelayedProgress("Scanning") as progress:
            return scan_tree(
                opened.tree, catalogue=catalogue, options=options, progress=progress, names_model=names_model
            )

    if store is None:
        return scan()
    result = kept_or_new(store, opened.tree, options, config.signatures, scan)
    if store.problem:
        say(store.problem)
    return result


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
