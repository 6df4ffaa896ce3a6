"""The root of the command line: which commands there are, and where they live."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from ptmscan import __version__

PROGRAM = "ptmscan"

EXIT_CODES = """
\b
Exit codes:
  0  done
  1  there are findings under a gate
  2  the command line, the configuration or ptmscan itself is wrong
  3  done, but some input could not be read (with --strict)
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed: `module` is a module of this package with `command`."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names of the commands, in the order in which they are to be read."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of that name, if there is one."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = importlib.import_module(f"{__package__}.{self._modules[cmd_name]}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line, or say which one may have been meant."""
        name = args[0]
        if name not in self._modules and not name.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(name, self._modules, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(self._modules)}."
            raise click.UsageError(f"no such command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


root = LazyGroup(
    name=PROGRAM,
    modules={
        "scan": "scan",
        "explain": "explain",
        "hook": "hook",
        "baseline": "baseline",
        "diff": "diff",
        "report": "report",
        "graph": "graph",
        "figures": "figures",
        "batch": "batch",
        "export": "export",
        "signatures": "signatures",
        "registry": "registry",
        "peatmoss": "peatmoss",
        "config": "config",
    },
    help=f"""Find every pre-trained model that a Python code base loads.

    The sources are read and never run; nothing is asked of the network.

    \b
    Examples:
      {PROGRAM} scan .                              # a report to read, grouped by model
      {PROGRAM} scan . --format jsonl -o out.jsonl  # one record a line, for programs
      {PROGRAM} explain app.py:12                   # why this line loads what it loads
    """,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
    params=[click.Option(["--debug"], is_flag=True, help="Show a traceback when ptmscan itself fails.")],
)
click.version_option(__version__, message="%(prog)s %(version)s")(root)
