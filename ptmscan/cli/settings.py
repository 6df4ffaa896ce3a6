"""Options that several commands share, joined with the configuration file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from ptmscan.config import COMMAND_LINE, Config, check_patterns, load_config, read_config
from ptmscan.errors import UsageError
from ptmscan.policy.model import Severity
from ptmscan.report import FORMATS

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)


def configuration_options(command: F) -> F:
    """Add --config, --no-config and --signatures to a command."""
    for option in (
        click.option("--no-config", is_flag=True, help="Read no configuration file."),
        click.option("--config", "config_file", type=FILE, metavar="FILE", help="Read this configuration file."),
        click.option("--signatures", multiple=True, type=FILE, metavar="FILE", help="Add the signatures of a file."),
    ):
        command = option(command)
    return command


def cache_options(command: F) -> F:
    """Add --cache and --no-cache to a command."""
    for option in (
        click.option("--no-cache", is_flag=True, help="Neither use nor keep the results of earlier scans."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path, file_okay=False),
            default=default_cache,
            metavar="DIR",
            help="Keep results in DIR [$PTMSCAN_CACHE_DIR, else the user's folder for caches].",
        ),
    ):
        command = option(command)
    return command


def fail_on_option(command: F) -> F:
    """Add --fail-on to a command that has a level of its own in the configuration."""
    return click.option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        help="The least severity of findings that are shown and make it fail [error].",
    )(command)


def baseline_option(command: F) -> F:
    """Add --baseline to a command."""
    return click.option(
        "--baseline", type=FILE, metavar="FILE", help="The file of accepted models [.ptmscan-baseline.json]."
    )(command)


def default_cache() -> Path:
    """Where results are kept when no folder is named."""
    named = os.environ.get("PTMSCAN_CACHE_DIR")
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("ptmscan", appauthor=False)


def settings(
    scanned: Sequence[Path],
    *,
    config_file: Path | None = None,
    no_config: bool = False,
    signatures: Sequence[Path] = (),
    exclude: Sequence[str] = (),
    output_format: str | None = None,
    baseline: Path | None = None,
    fail_on: str | None = None,
) -> Config:
    """The configuration for the scanned paths, with what the command line adds to it or puts in its place.

    Raises:
        UsageError: the file or the options are wrong.
    """
    if config_file is not None and no_config:
        raise UsageError("--config and --no-config exclude each other")
    found = read_config(config_file) if config_file else Config() if no_config else load_config(_common_folder(scanned))
    mistakes: list[str] = []
    check_patterns(tuple(exclude), mistakes)
    chosen = output_format or found.format
    if chosen not in FORMATS:
        mistakes.append(_unknown_format(chosen, found.origin("format")))
    if mistakes:
        raise UsageError("; ".join(mistakes))
    given = {
        "signatures": bool(signatures),
        "exclude": bool(exclude),
        "format": output_format is not None,
        "baseline": baseline is not None,
        "fail-on": fail_on is not None,
    }
    return replace(
        found,
        signatures=(*found.signatures, *signatures),
        exclude=(*found.exclude, *exclude),
        format=chosen,
        baseline=baseline or found.baseline,
        policy=replace(found.policy, fail_on=Severity(fail_on)) if fail_on else found.policy,
        origins=found.set_by(COMMAND_LINE, *(key for key, is_given in given.items() if is_given)),
    )


def _common_folder(paths: Sequence[Path]) -> Path:
    return Path(os.path.commonpath([path.absolute() for path in paths])) if paths else Path.cwd()


def _unknown_format(name: str, origin: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, FORMATS, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return f"{origin}: unknown format {name!r}{hint} (known: {', '.join(FORMATS)})"
