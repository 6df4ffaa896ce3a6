"""One JSON document: {"scan": …, "usages": […], "diagnostics": […]} with the objects of JSON Lines, one a line.

A scan that looked for suspects has them in a further array, "suspects".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ptmscan.record_json import to_line
from ptmscan.records import Diagnostic, Suspect, UsageRecord

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import ScanResult


def render(result: ScanResult, stream: TextIO) -> None:
    """Write the result as one document."""
    stream.write('{"scan":\n' + to_line(result.header) + ',\n"usages":')
    _write_array(result.usages, stream)
    stream.write(',\n"diagnostics":')
    _write_array(result.diagnostics, stream)
    if result.header.suspects is not None:
        stream.write(',\n"suspects":')
        _write_array(result.suspects, stream)
    stream.write("}\n")


def _write_array(found: Sequence[UsageRecord | Diagnostic | Suspect], stream: TextIO) -> None:
    stream.write("[")
    stream.writelines((",\n" if number else "\n") + to_line(item) for number, item in enumerate(found))
    stream.write("]")
