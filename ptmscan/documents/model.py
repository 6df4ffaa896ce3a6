"""What a configuration file says: scalars, lists and tables, each with its 1-based line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

# Beyond these a file is data, not configuration; nesting is bounded for the sake of whatever walks the tree.
MAX_NODES = 20_000
MAX_DEPTH = 64

Plain: TypeAlias = str | int | float | bool | None


class DocumentError(Exception):
    """A file cannot be read as what its name says, or is beyond a limit; the text says why."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value."""

    value: Plain
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary, its keys unique, in the order of the file."""

    pairs: tuple[tuple[Plain, Node], ...]
    line: int

    def get(self, key: Plain) -> Node | None:
        """The node of a key."""
        return next((node for k, node in self.pairs if k == key and type(k) is type(key)), None)


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is no plain value: a tag of the program's own, a date, binary data."""

    what: str
    line: int


Node: TypeAlias = Scalar | Items | Table | Opaque


def table(pairs: list[tuple[Plain, Node]], line: int) -> Table:
    """A table of pairs in the order of a file; of equal keys the last one holds."""
    kept: dict[tuple[type, Plain], tuple[Plain, Node]] = {}
    for key, node in pairs:
        kept[type(key), key] = (key, node)
    return Table(tuple(kept.values()), line)
