"""From a file's bytes to text with a line map: decoding, notebook cells, magics."""

from __future__ import annotations

from ptmscan.source.model import Magic, Position, Source, Unit
from ptmscan.source.notebook_lines import CellLines
from ptmscan.source.reading import MAX_SOURCE_BYTES, read_source

__all__ = ["MAX_SOURCE_BYTES", "CellLines", "Magic", "Position", "Source", "Unit", "read_source"]
