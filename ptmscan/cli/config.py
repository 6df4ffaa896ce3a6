"""`ptmscan config`: what is set, and where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from ptmscan.cli.output import STANDARD_OUTPUT, open_output
from ptmscan.cli.settings import configuration_options, settings
from ptmscan.config import KEYS, Config
from ptmscan.policy.baseline import BASELINE_FILE
from ptmscan.policy.rules import RULES
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
      rules = {unpinned-model = "error"}     # docs/policy.md tells of these
    """


@command.command("show")
@click.argument("path", default=".", type=click.Path(path_type=Path, exists=True))
@configuration_options
def show(path: Path, signatures: tuple[Path, ...], config_file: Path | None, no_config: bool) -> None:
    """Print the settings that hold for PATH, each with the place that set it: default, a file, or the command line.

    \b
    Examples:
      ptmscan config show src
      ptmscan config show --config strict.toml
    """
    config = settings((path,), config_file=config_file, no_config=no_config, signatures=signatures)
    with open_output(STANDARD_OUTPUT) as stream:
        for key in KEYS:
            for name, value in _values(config, key):
                stream.write(f"{printable(f'{name} = {_toml(value)}')}  # {printable(config.origin(key))}\n")


def _values(config: Config, key: str) -> Iterator[tuple[str, object]]:
    """A key with its value as TOML has it; of a table the key and value of each row."""
    policy = config.policy
    match key:
        case "signatures":
            yield key, [str(path) for path in config.signatures]
        case "exclude":
            yield key, list(config.exclude)
        case "format":
            yield key, config.format
        case "baseline":
            yield key, str(config.baseline or BASELINE_FILE)
        case "fail-on":
            yield key, policy.fail_on.value
        case "allow" | "deny":
            yield key, [pattern.text for pattern in (policy.allow if key == "allow" else policy.deny)]
        case "rules":
            for rule in RULES:
                yield f"rules.{rule.name}", policy.level(rule).value
        case "per-path-ignores":
            rows = {exception.pattern: sorted(exception.rules) for exception in policy.exceptions}
            yield key, rows
        case _:
            raise AssertionError(key)


def _toml(value: object) -> str:
    """A string, a list of strings or a table of these, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
