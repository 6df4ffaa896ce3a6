"""Standard error for what is said beside the data, and the ends of standard output. Light: every start imports it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from ptmscan.report.printable import printable

# The most problems that are told one by one.
MAX_TOLD = 20


class OutputClosedError(Exception):
    """The reader of our output has gone, as `head` does."""


def say(text: str) -> None:
    """Write lines to standard error, if there is one, without control characters of what was scanned."""
    lines = "\n".join(printable(line) for line in text.rstrip("\n").split("\n"))
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"ptmscan: {lines}\n")
        sys.stderr.flush()


def tell(problems: Sequence[object]) -> None:
    """Say on standard error what could not be read."""
    for problem in problems[:MAX_TOLD]:
        say(f"not read: {problem}")
    if len(problems) > MAX_TOLD:
        say(f"not read: {len(problems) - MAX_TOLD} more")


def flush_output() -> None:
    """Send what is buffered for standard output, so that its errors are met here and not when Python ends."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def silence_output() -> None:
    """Let what is still buffered for standard output go nowhere; Python would complain about it when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
