"""Renderers of a scan: each module has `render(result, stream)`; they read records and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from ptmscan.records import ScanResult
    from ptmscan.report.remarks import AnyFinding

# The public name of each format and the module that renders it, imported when it is asked for.
FORMATS = {
    "text": "text",
    "json": "json_document",
    "jsonl": "json_lines",
    "csv": "csv_table",
    "markdown": "markdown",
    "sarif": "sarif",
    "cyclonedx": "cyclonedx",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "html": "html.repository",
}
# Those that show the findings of a policy in place of a note on each usage.
WITH_FINDINGS = frozenset({"sarif", "github", "gitlab", "junit", "html"})
# Those for which the policy is asked in any case: they show usages and findings beside each other.
ALWAYS_JUDGED = frozenset({"html"})


class Renderer(Protocol):
    """The function `render` of a format."""

    def __call__(self, result: ScanResult, stream: TextIO) -> None:
        """Write the result to a stream that takes text; the same result gives the same characters."""


class FindingsRenderer(Protocol):
    """The function `render` of a format of WITH_FINDINGS."""

    def __call__(self, result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
        """As a renderer does; the findings are written in the order in which they come."""


def renderer(name: str) -> Renderer:
    """The renderer of a format.

    Raises:
        KeyError: there is no such format.
    """
    return cast("Renderer", import_module(f"ptmscan.report.{FORMATS[name]}").render)


def findings_renderer(name: str) -> FindingsRenderer:
    """The renderer of a format that takes findings.

    Raises:
        KeyError: there is no such format.
    """
    if name not in WITH_FINDINGS:
        raise KeyError(name)
    return cast("FindingsRenderer", renderer(name))
