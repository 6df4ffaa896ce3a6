"""The command line: one module for each group of commands, imported when the command is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ptmscan.cli.commands import PROGRAM, root
from ptmscan.cli.streams import OutputClosedError, flush_output, say, silence_output
from ptmscan.errors import ExitCode, PtmscanError

# As a shell reports a process that the signal ended: SIGINT is 2, SIGPIPE 13.
INTERRUPTED = 128 + 2
OUTPUT_CLOSED = 128 + 13


def run(arguments: Sequence[str]) -> int:
    """Run a command line (without the program's name) and give its exit code; no exception leaves it."""
    context = None
    try:
        with root.make_context(PROGRAM, list(arguments)) as context:
            code = root.invoke(context)
        flush_output()
        return int(code or ExitCode.DONE)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        silence_output()
        say("interrupted")
        return INTERRUPTED
    except (OutputClosedError, BrokenPipeError):
        silence_output()
        return OUTPUT_CLOSED
    except click.ClickException as error:
        say(f"error: {_one_line(error)}")
        return ExitCode.ERROR
    except PtmscanError as error:
        say(f"error: {error}")
        return ExitCode.ERROR
    except Exception as error:  # the last resort: nobody is to see a bare traceback
        if context is not None and context.params.get("debug"):
            import traceback

            say(traceback.format_exc())
        else:
            say(f"internal error: {type(error).__name__}: {error} ({PROGRAM} --debug … shows where)")
        return ExitCode.ERROR


def _one_line(error: click.ClickException) -> str:
    """What click says in three lines, and which help to read."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    where = f" ({context.command_path} --help tells more)" if context is not None else ""
    return " ".join(error.format_message().split()) + where
