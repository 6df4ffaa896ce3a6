"""Where a generator takes its decisions from: a seed here (repeatable), hypothesis in `strategies` (it shrinks)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """A source of decisions; the smaller a number, the simpler what it stands for."""

    def below(self, bound: int) -> int:
        """A number in [0, bound)."""


class Seeded:
    """Decisions that follow from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)


def pick(choices: Choices, options: Sequence[T]) -> T:
    """One of the options."""
    return options[choices.below(len(options))]


def weighted(choices: Choices, options: Sequence[tuple[int, T]]) -> T:
    """One of the options, each as likely as its weight says."""
    at = choices.below(sum(weight for weight, _ in options))
    for weight, option in options:
        at -= weight
        if at < 0:
            return option
    raise AssertionError(options)


def chance(choices: Choices, percent: int) -> bool:
    """True in so many cases of a hundred; False is the simpler answer."""
    return choices.below(100) >= 100 - percent
