"""Holders of objects, how they relate to an object, and what is done with it: the data of `uses` and `sharing`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

# How the value of an expression (or what a holder stands for) relates to the object in question: so many layers of
# new containers around what lies so many items deep in the object. (0, 0) is the object itself, (1, 0) a list that
# holds it, (1, 1) another list with the same items, (0, 1) one of its items.
Level: TypeAlias = tuple[int, int]
SAME: Level = (0, 0)
MAX_LAYERS, MAX_DEPTH = 3, 4


@dataclass(frozen=True, slots=True)
class NameHolder:
    """A name of a scope."""

    path: str
    scope: int
    name: str


@dataclass(frozen=True, slots=True)
class AttributeHolder:
    """An attribute of that name, of whatever object."""

    attr: str


@dataclass(frozen=True, slots=True)
class ResultHolder:
    """What the calls of a function of that name give; `path` and `scope` are the function's."""

    path: str
    scope: int
    name: str


@dataclass(frozen=True, slots=True)
class DottedHolder:
    """An attribute as the flow of a module reaches it by one dotted name: `consts.ROWS`, `obj.rows`."""

    path: str
    receiver: str
    attr: str


Holder: TypeAlias = NameHolder | AttributeHolder | ResultHolder | DottedHolder


class UseKind(StrEnum):
    """What a use does."""

    CHANGE = "change"  # its content changes
    ALIAS = "alias"  # another holder stands for it, too
    RETURN = "return"  # the function hands it to its caller
    ESCAPE = "escape"  # it goes where it is not followed
    CAPTURE = "capture"  # an inner function uses it


class Tie(StrEnum):
    """What an alias says of the object, as the analysis reads it."""

    LASTING = "lasting"  # the object as it was when the alias was made
    PASSING = "passing"  # the same, but the alias lives only as long as a call
    SHOWN = "shown"  # passing, and what the call does with it is shown by the flow
    ANY_TIME = "any time"  # the object at any time: the alias is made where the order of things is not known


@dataclass(frozen=True, slots=True)
class Use:
    """One use. `seen`: a change that the flow of the holder shows; `at`: where it stands in that flow, -1 elsewhere.

    `where`: file and place of it, where that is asked for.
    """

    kind: UseKind
    level: Level = SAME
    holder: Holder | None = None
    seen: bool = False
    tie: Tie = Tie.LASTING
    at: int = -1
    where: tuple[str, int] | None = None


ESCAPE = Use(UseKind.ESCAPE)


def item_of(level: Level) -> Level:
    """The level after taking an item."""
    layers, depth = level
    return (layers - 1, depth) if layers else (0, min(depth + 1, MAX_DEPTH))


def held(level: Level) -> Level:
    """The level of a new container that holds the value."""
    return min(level[0] + 1, MAX_LAYERS), level[1]


def copied(level: Level) -> Level:
    """The level of a new container with the same items."""
    return level if level[0] else held(item_of(level))


def composed(outer: Level, inner: Level) -> Level:
    """How B relates to the object if A relates to it by `outer` and B to A by `inner`."""
    layers = inner[0] + max(outer[0] - inner[1], 0)
    depth = outer[1] + max(inner[1] - outer[0], 0)
    return min(layers, MAX_LAYERS), min(depth, MAX_DEPTH)


def nearest(levels: Iterable[Level]) -> Level | None:
    """The level that assumes the least of several: few layers, small depth; None of none."""
    rows = list(levels)
    return (min(r[0] for r in rows), min(r[1] for r in rows)) if rows else None
