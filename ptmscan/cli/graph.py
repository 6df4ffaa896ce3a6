"""`ptmscan graph`: records, or the imports of a repository, as a graph for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptmscan.cache import Cache
from ptmscan.cli.output import check_output, open_output, output_option
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.settings import cache_options, configuration_options, settings
from ptmscan.cli.streams import say, tell
from ptmscan.errors import ExitCode, RecordFileError, UsageError
from ptmscan.report.words import count

if TYPE_CHECKING:
    from ptmscan.config import Config
    from ptmscan.record_files import Problem

FORMATS = ("graphml", "gexf", "dot", "json")
PROJECTIONS = ("links", "models", "repositories")


@click.command(epilog="Exit codes: 0 done, 2 error, 3 some records could not be read.")
@click.argument("records", nargs=-1, metavar="[RECORDS…]", type=click.Path(path_type=Path))
@output_option
@click.option(
    "--format", "-f", "output_format", type=click.Choice(FORMATS), help="How to write it [the ending of FILE tells]."
)
@click.option(
    "--project",
    type=click.Choice(PROJECTIONS),
    help="Only links of repositories and models, or models or repositories that share them.",
)
@click.option(
    "--max-fan",
    type=click.IntRange(min=2),
    default=500,
    show_default=True,
    metavar="N",
    help="With --project: what joins more than N nodes joins none.",
)
@click.option(
    "--min-weight",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="With --project: leave out edges of fewer than N shared nodes.",
)
@click.option("--no-measures", is_flag=True, help="Leave out centrality and communities, which take the most time.")
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="The seed of communities and estimates."
)
@click.option(
    "--modules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="PATH",
    help="In place of records: the imports around the loads of the code at PATH.",
)
@click.option(
    "--distance",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    metavar="N",
    help="With --modules: up to N imports away from a load.",
)
@cache_options
@configuration_options
def command(
    records: tuple[Path, ...],
    output: Path,
    output_format: str | None,
    project: str | None,
    max_fan: int,
    min_weight: int,
    no_measures: bool,
    seed: int,
    modules: Path | None,
    distance: int,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> ExitCode:
    """Write RECORDS (JSON Lines files of scans, or folders of them) as a graph.

    Repositories contain files, files contain calls, calls load models, models belong to organisations and hubs.

    \b
    Examples:
      ptmscan graph results/ -o usage.gexf
      ptmscan graph results/ --project models -o together.graphml
      ptmscan graph --modules . -o imports.dot
    """
    check_output(output)
    name = _format(output, output_format)
    if bool(records) == (modules is not None):
        raise UsageError("name files of records, or a folder of code with --modules")
    problems: list[Problem] = []
    if modules is not None:
        config = settings((modules,), config_file=config_file, no_config=no_config, signatures=signatures)
        graph = _imports(modules, config, None if no_cache else Cache(cache), distance)
    else:
        graph, problems = _of_records(records, project, max_fan, min_weight)
    _finish(graph, output, name, None if no_measures else seed)
    tell(problems)
    return ExitCode.INCOMPLETE if problems else ExitCode.DONE


def _format(output: Path, wanted: str | None) -> str:
    name = wanted or output.suffix.removeprefix(".").lower()
    if name not in FORMATS:
        raise UsageError(f"{output}: the ending tells no format; name one with --format {'|'.join(FORMATS)}")
    return name


def _of_records(
    records: Sequence[Path], wanted: str | None, max_fan: int, min_weight: int
) -> tuple[Any, list[Problem]]:
    from ptmscan.cli.record_paths import record_paths
    from ptmscan.graph.building import Builder, links_only
    from ptmscan.graph.projections import Projection, project
    from ptmscan.record_files import Problem, latest_scans
    from ptmscan.records import UsageRecord

    latest = latest_scans(record_paths(records))
    problems = list(latest.problems)
    builder = Builder(calls=wanted is None)
    with DelayedProgress("Reading") as progress:
        for number, section in enumerate(latest.sections, 1):
            try:
                usages = [item for item in section.items() if isinstance(item, UsageRecord)]
            except (RecordFileError, OSError) as error:
                problems.append(Problem(section.place, str(error)))
            else:
                builder.add(section.header, usages)
            progress(number, len(latest.sections))
    if wanted is None:
        return builder.graph, problems
    links = links_only(builder.graph)
    if wanted == Projection.LINKS:
        return links, problems
    projected = project(links, Projection(wanted), max_fan=max_fan, min_weight=min_weight)
    if projected.left_out:
        number, first = len(projected.left_out), projected.left_out[0]
        say(f"left out, because each joins more than {max_fan} nodes: {first}{_others(number - 1)}")
    return projected.graph, problems


def _others(number: int) -> str:
    return f" and {count(number, 'other')}" if number else ""


def _imports(folder: Path, config: Config, store: Cache | None, distance: int) -> Any:
    from ptmscan.cli.scanning import scanned
    from ptmscan.cli.trees import open_paths
    from ptmscan.import_graph import import_graph
    from ptmscan.scan_options import ScanOptions
    from ptmscan.signatures.catalogue import load_catalogue

    around = open_paths((folder,), config.exclude)
    result = scanned(around.tree, ScanOptions(below=around.below), config, store)
    with DelayedProgress("Reading imports") as progress:
        return import_graph(
            around.tree, result, load_catalogue(config.signatures), distance=distance, progress=progress
        )


def _finish(graph: Any, output: Path, name: str, seed: int | None) -> None:
    from ptmscan.graph.measures import add_measures
    from ptmscan.graph.writing import write

    pivots = None if seed is None else add_measures(graph, seed)
    with open_output(output) as stream:
        write(graph, name, stream)
    estimate = f"; betweenness is an estimate from {pivots} nodes" if pivots else ""
    say(f"{count(graph.number_of_nodes(), 'node')} and {count(graph.number_of_edges(), 'edge')}{estimate}")
