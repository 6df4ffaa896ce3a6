"""`ptmscan config`: what is set, and where."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.config import KEYS, Config, load_config
from ptmscan.report.printable import printable


@click.group()
def command() -> None:
    """Show the configuration.

    Settings stand in [tool.ptmscan] of pyproject.toml or in ptmscan.toml, looked for from the scanned folder up to the
    top of its repository. The command line goes before the file, and the file before the defaults.

    \b
    Example of ptmscan.toml:
      signatures = ["our-signatures.yaml"]   # added to the built-in ones
      exclude = ["tests/", "*_generated.py"] # as in .gitignore
      format = "markdown"
    """


@command.command("show")
@click.argument("path", default=".", type=click.Path(path_type=Path, exists=True))
def show(path: Path) -> None:
    """Print the settings that hold for PATH, each with its origin.

    \b
    Example:
      ptmscan config show src
    """
    config = load_config(path)
    with open_output(STANDARD_OUTPUT) as stream:
        for key in KEYS:
            stream.write(f"{key} = {_toml(config, key)}  # {printable(config.origin(key))}\n")


def _toml(config: Config, key: str) -> str:
    value = getattr(config, key)
    plain = [str(each) for each in value] if isinstance(value, tuple) else value
    return printable(json.dumps(plain, ensure_ascii=False))
