"""Where data goes: to standard output or, in one step, to a file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from ptmscan.cli.streams import OutputClosedError, flush_output
from ptmscan.errors import PtmscanError, UsageError

F = TypeVar("F", bound=Callable[..., Any])

STANDARD_OUTPUT = Path("-")


class OutputError(PtmscanError):
    """The output cannot be written."""


def output_option(command: F) -> F:
    """Add --output to a command whose result is one text: a file, or standard output."""
    return click.option(
        "--output",
        "-o",
        default=STANDARD_OUTPUT,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write to FILE in one step; - is standard output.",
    )(command)


def output_folder_option(help_text: str) -> Callable[[F], F]:
    """What adds --output to a command that writes several files: a folder, which has to be named."""
    return click.option(
        "--output",
        "-o",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help=help_text,
    )


def check_output(path: Path) -> None:
    """Find out before the work whether there is a place for its result.

    Raises:
        UsageError: the folder does not exist, or the path is a folder.
    """
    if path == STANDARD_OUTPUT:
        _standard_output()
    elif path.is_dir():
        raise UsageError(f"{path}: is a folder, -o takes a file")
    elif not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """A stream of UTF-8 text to standard output (`-`) or to a file, which appears under its name only when it is whole.

    Raises:
        OutputClosedError: the reader of standard output has gone.
        OutputError: the disk is full, no permission, and the like.
    """
    try:
        if path == STANDARD_OUTPUT:
            yield _standard_output()
            flush_output()
        elif _is_special(path):
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
        else:
            with _replaced(path) as stream:
                yield stream
    except BrokenPipeError as error:
        raise OutputClosedError from error
    except OSError as error:
        raise OutputError(f"cannot write {'standard output' if path == STANDARD_OUTPUT else path}: {error}") from error


def _standard_output() -> TextIO:
    """Standard output as UTF-8 with plain line ends; a terminal keeps its encoding, and gets escapes for the rest."""
    stream = sys.stdout
    if stream is None or stream.closed:
        raise UsageError("standard output is closed; name a file with -o")
    if hasattr(stream, "reconfigure"):
        if stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return stream


def _is_special(path: Path) -> bool:
    """Whether the path is something that cannot be replaced, such as /dev/stdout or a FIFO."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """Write beside the file, then rename; a link is followed, permissions stay, a failure leaves the old file."""
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    # Opened like any new file, so that the user's umask decides who may read it.
    with beside.open("x", encoding="utf-8", newline="\n") as stream:
        try:
            yield stream
            stream.flush()
            if target.exists():
                beside.chmod(stat.S_IMODE(target.stat().st_mode))
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
