"""How a scan goes about its work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ParserName(StrEnum):
    """The parsers that can do the work; the other one confirms."""

    TREE_SITTER = "tree-sitter"
    LIBCST = "libcst"


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How a scan goes about it; none of these changes what is found, but for `parser` on files that do not parse.

    `below`: only loads that stand in these files or folders are looked for; none given: in all.
    """

    prefilter: bool = True
    parser: ParserName = ParserName.TREE_SITTER
    below: tuple[str, ...] = ()

    def is_asked_for(self, path: str) -> bool:
        """Whether loads of a file are looked for."""
        return not self.below or any(path == part or path.startswith(f"{part}/") for part in self.below)
