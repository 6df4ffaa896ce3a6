"""`ptmscan diff`: which models a change adds, removes or re-pins."""

from __future__ import annotations

from pathlib import Path

import click

from ptmscan.cache import Cache
from ptmscan.cli.output import STANDARD_OUTPUT, check_output, open_output
from ptmscan.cli.settings import cache_options, configuration_options, settings
from ptmscan.cli.streams import say

FORMATS = ("text", "json")


@click.command()
@click.argument("revision", metavar="REV")
@click.argument("other", metavar="[REV2]", required=False)
@click.option(
    "--repository",
    default=".",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A folder in the repository [the working folder].",
)
@click.option(
    "--format", "-f", "output_format", type=click.Choice(FORMATS), default="text", help="How to write it [text]."
)
@click.option("--output", "-o", default=STANDARD_OUTPUT, type=click.Path(path_type=Path), help="Write to FILE.")
@cache_options
@configuration_options
def command(
    revision: str,
    other: str | None,
    repository: Path,
    output_format: str,
    output: Path,
    signatures: tuple[Path, ...],
    config_file: Path | None,
    no_config: bool,
    cache: Path,
    no_cache: bool,
) -> None:
    """List the models added (+), removed (-) and re-pinned (~) from commit REV to REV2, or to the work tree.

    Commits are read from git's objects: nothing is checked out.

    \b
    Examples:
      ptmscan diff HEAD              # what is not committed yet
      ptmscan diff origin/main HEAD  # what this branch brings
    """
    check_output(output)
    config = settings((repository,), config_file=config_file, no_config=no_config, signatures=signatures)
    from ptmscan.cli.guarding import repository_top
    from ptmscan.cli.scanning import scanned
    from ptmscan.cli.trees import open_commit, open_paths
    from ptmscan.policy.changes import changes
    from ptmscan.report.change_lines import change_lines, changes_json
    from ptmscan.scan_options import ScanOptions

    top = repository_top(repository)
    before = open_commit(top, revision, config.exclude)
    after = open_commit(top, other, config.exclude) if other else open_paths([top], config.exclude).tree
    store = None if no_cache else Cache(cache)
    old, new = (scanned(tree, ScanOptions(), config, store) for tree in (before, after))
    found = changes(old.usages, new.usages)
    with open_output(output) as stream:
        if output_format == "json":
            stream.write(changes_json(found))
        else:
            stream.writelines(line + "\n" for line in change_lines(found))
    say(_summary(old.header.commit or revision, other and new.header.commit, len(found.models)))


def _summary(before: str, after: str | None, number: int) -> str:
    from ptmscan.report.words import count

    return f"{count(number, 'model')} changed from {before[:12]} to {after[:12] if after else 'the work tree'}"
