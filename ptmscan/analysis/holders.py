"""Holders of objects, how they relate to an object, and what is done with it: the data of `uses` and `sharing`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

# How the value of an expression (or what a holder stands for) relates to the object in question: the object itself (0),
# a container that holds it so many levels down (> 0), a new container with the same items, or something inside it.
Level: TypeAlias = int
SAME, COPY, ITEM = 0, -1, -2
MAX_LEVEL = 3


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


Holder: TypeAlias = NameHolder | AttributeHolder | ResultHolder


class UseKind(StrEnum):
    """What a use does."""

    CHANGE = "change"  # its content changes
    ALIAS = "alias"  # another holder stands for it, too
    RETURN = "return"  # the function hands it to its caller
    ESCAPE = "escape"  # it goes where it is not followed
    CAPTURE = "capture"  # an inner function uses it


@dataclass(frozen=True, slots=True)
class Use:
    """One use. `seen`: a change that the flow of the holder shows. `passing`: an alias for the time of a call only."""

    kind: UseKind
    level: Level = SAME
    holder: Holder | None = None
    seen: bool = False
    passing: bool = False


ESCAPE = Use(UseKind.ESCAPE)


def item_of(level: Level) -> Level:
    """The level after taking an item."""
    return level - 1 if level > 0 else ITEM


def held(level: Level) -> Level:
    """The level of a container that holds the value."""
    return ITEM if level == ITEM else min(max(level, SAME) + 1, MAX_LEVEL)


def copied(level: Level) -> Level:
    """The level of a new container with the same items."""
    return COPY if level == SAME else level


def composed(outer: Level, inner: Level) -> Level:
    """How B relates to the object if A relates to it by `outer` and B to A by `inner`."""
    if outer == SAME:
        return inner
    if outer == ITEM:
        return ITEM
    if inner == SAME:
        return outer
    if inner == ITEM:
        return item_of(outer)
    if inner == COPY:
        return outer
    return min(max(outer, SAME) + inner, MAX_LEVEL)
