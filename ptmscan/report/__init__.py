"""Renderers of a scan: each module has `render(result, stream)`; they read records and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import ScanResult

# The public name of each format and the module that renders it, imported when it is asked for.
FORMATS = {
    "text": "text",
    "json": "json_document",
    "jsonl": "json_lines",
    "csv": "csv_table",
    "markdown": "markdown",
    "sarif": "sarif",
}


class Renderer(Protocol):
    """The function `render` of a format."""

    def __call__(self, result: ScanResult, stream: TextIO) -> None:
        """Write the result to a stream that takes text; the same result gives the same characters."""


def renderer(name: str) -> Renderer:
    """The renderer of a format.

    Raises:
        KeyError: there is no such format.
    """
    return cast("Renderer", import_module(f"ptmscan.report.{FORMATS[name]}").render)
