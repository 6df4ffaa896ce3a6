"""`ptmscan explain`: why a call loads what it loads, why its model is not known, or why it is no load."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import configuration_options, settings
from ptmscan.cli.streams import say
from ptmscan.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from ptmscan.discovery import FileTree

_TARGET = re.compile(r"(?P<path>.+?)(?::(?P<first>\d{1,9}))?:(?P<last>\d{1,9})")


@dataclass(frozen=True, slots=True)
class Target:
    """A line of a file, in a notebook of a cell."""

    path: Path
    cell: int | None
    line: int


@click.command()
@click.argument("target", metavar="PATH[:CELL]:LINE")
@configuration_options
def command(target: str, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool) -> ExitCode:
    """Tell what the calls on a line load, and the chain of evidence for it.

    Cells are counted from 0 among all cells of the notebook, lines from 1. A place as `scan` prints it can be pasted.

    \b
    Examples:
      ptmscan explain service/classifier.py:12
      ptmscan explain notebooks/explore.ipynb:3:2
    """
    wanted = parse_target(target)
    config = settings((wanted.path,), config_file=config_file, no_config=no_config, signatures=signatures)
    tree, path = _located(wanted.path)

    from ptmscan.explain import explain_line
    from ptmscan.report.explanation import render_explanation
    from ptmscan.signatures.catalogue import load_catalogue

    explanation = explain_line(tree, path, wanted.cell, wanted.line, load_catalogue(config.signatures))
    if not explanation.calls:
        say(f"{target}: there is no call on that line")
        return ExitCode.DONE
    with open_output(STANDARD_OUTPUT) as stream:
        render_explanation(explanation, stream)
    return ExitCode.DONE


def parse_target(text: str) -> Target:
    """`a.py:12`, `a.py:12:5` (the column is of no account) or `a.ipynb:3:2` (cell 3, line 2).

    Raises:
        UsageError: the line is missing, or the cell of a notebook.
    """
    found = _TARGET.fullmatch(text)
    if found is None:
        raise UsageError(f"{text}: expected PATH:LINE, or PATH:CELL:LINE in a notebook")
    path, first, last = Path(found["path"]), found["first"], int(found["last"])
    if path.suffix != ".ipynb":
        return Target(path, None, int(first) if first else last)
    if first is None:
        raise UsageError(f"{text}: in a notebook name the cell, too: {path}:CELL:{last}")
    return Target(path, int(first), last)


def _located(path: Path) -> tuple[FileTree, str]:
    """The repository around a file, and the file's path in it: names lead into other files, one file is not enough."""
    from ptmscan.cli.trees import open_paths
    from ptmscan.discovery.clones import enclosing_top

    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    located = path.parent.resolve() / path.name
    here = Path.cwd()
    top = enclosing_top(located.parent) or (here if located.is_relative_to(here) else located.parent)
    tree = open_paths([top]).tree
    inside = located.relative_to(top).as_posix()
    if not tree.is_file(inside):
        raise UsageError(f"{path}: not among the files that git tracks or that .gitignore leaves")
    return tree, inside
