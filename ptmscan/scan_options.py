"""How a scan goes about its work."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ParserName(StrEnum):
    """The parsers that can do the work; the other one confirms."""

    TREE_SITTER = "tree-sitter"
    LIBCST = "libcst"


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How a scan goes about it; none of these changes what is found, but for `parser` on files that do not parse.

    `below`: only loads that stand in these files or folders are looked for; none given: in all. Names that modules
    elsewhere give to loading callables (`fetch = AutoModel.from_pretrained`) are not followed into them.
    """

    prefilter: bool = True
    parser: ParserName = ParserName.TREE_SITTER
    below: tuple[str, ...] = ()
    _wanted: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_wanted", frozenset(self.below))

    def is_asked_for(self, path: str) -> bool:
        """Whether loads of a file are looked for. Takes no longer for many names: a hook may give thousands."""
        if not self.below or path in self._wanted:
            return True
        end = path.rfind("/")
        while end > 0:
            if path[:end] in self._wanted:
                return True
            end = path.rfind("/", 0, end)
        return False
