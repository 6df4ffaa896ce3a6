"""`ptmscan registry`: the offline index of known models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import check_output
from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.settings import FILE
from ptmscan.cli.streams import say
from ptmscan.errors import UsageError
from ptmscan.report.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.registry.building import Builder
    from ptmscan.registry.model import KnownModel


@click.group()
def command() -> None:
    """Build the registry of known models that `scan --registry` asks.

    \b
    Examples:
      ptmscan registry build -o known.ptms --db sqlite:///PeaTMOSS.db
      ptmscan scan . --registry known.ptms
    """


@command.command("build")
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The registry to make."
)
@click.option("--db", "database", metavar="URL", help="Take the models of a PeaTMOSS database.")
@click.option(
    "--list", "lists", multiple=True, type=FILE, metavar="FILE", help="Take the models of a CSV, TSV or JSONL file."
)
@click.option("--hub", is_flag=True, help="Take the models of the Hugging Face hub.")
@click.option("--endpoint", metavar="URL", help="Where the hub is; HF_ENDPOINT or huggingface.co unless given.")
@click.option("--restart", is_flag=True, help="Do not go on where an interrupted build stopped.")
def build(
    output: Path, database: str | None, lists: tuple[Path, ...], hub: bool, endpoint: str | None, restart: bool
) -> None:
    """Make a registry from one or several sources; what a later one says of a model goes before an earlier one.

    A build from the hub that was interrupted goes on where it stopped when the same command runs again.

    \b
    Examples:
      ptmscan registry build -o known.ptms --db sqlite:///PeaTMOSS.db --list our-models.csv
      ptmscan registry build -o hub.ptms --hub
    """
    from ptmscan.registry.building import Builder

    if not (database or lists or hub):
        raise UsageError("name a source: --db URL, --list FILE or --hub")
    if endpoint and not hub:
        raise UsageError("--endpoint goes with --hub")
    check_output(output)
    with Builder(output) as builder:
        if restart or not hub:
            builder.discard()
        if database:
            _add_database(builder, database)
        for file in lists:
            builder.add(_listed(file))
        if hub:
            _add_hub(builder, endpoint)
        number = builder.finish()
    say(f"{output}: {count(number, 'model')}")


def _listed(file: Path) -> Iterator[KnownModel]:
    from ptmscan.registry.lists import read_list

    return read_list(file)


def _add_database(builder: Builder, database: str) -> None:
    from ptmscan.cli.peatmoss import require_sqlalchemy

    require_sqlalchemy()
    from ptmscan.peatmoss.database import database_url, reading
    from ptmscan.peatmoss.models import known_models

    with reading(database_url(database)) as connection:
        builder.add(known_models(connection))


def _add_hub(builder: Builder, endpoint: str | None) -> None:
    from ptmscan.registry.hub import add_hub, hub_client

    with DelayedProgress("Asking the hub") as progress:
        add_hub(builder, hub_client(endpoint), lambda models: progress(models, None))
