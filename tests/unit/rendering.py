"""Renders results as tests need them: into a pipe or onto a terminal of a certain width."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING
from unittest.mock import patch

from ptmscan.report import renderer

if TYPE_CHECKING:
    from ptmscan.records import ScanResult


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def rendered(name: str, scan: ScanResult) -> str:
    """The output of a format in a pipe."""
    stream = io.StringIO()
    renderer(name)(scan, stream)
    return stream.getvalue()


def on_terminal(scan: ScanResult, columns: int, **environment: str) -> str:
    """The text report on a terminal with 256 colours."""
    stream = Terminal()
    with patch.dict(os.environ, {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}, clear=True):
        renderer("text")(scan, stream)
    return stream.getvalue()
