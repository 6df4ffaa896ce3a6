"""What files say about the releases of distributions."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Beyond these a file is data, not a list of requirements.
MAX_LINES = 100_000
MAX_LINE = 1_000


class UnreadRequirementsError(Exception):
    """A file that should declare requirements cannot be read as what its name says; the text says why."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One requirement of a file: PyPI name in normal form, PEP 440 specifier ("" for any release), 1-based line."""

    distribution: str
    specifier: str
    line: int


@dataclass(frozen=True, slots=True)
class Include:
    """A further requirements or constraints file that a file names, as it is written."""

    path: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a repository asks for of one distribution, and where: one of `specifiers` holds (each a PEP 440 set)."""

    distribution: str
    specifiers: tuple[str, ...]
    path: str
    line: int

    @property
    def text(self) -> str:
        """The specifiers as one text."""
        return " or ".join(self.specifiers)


def normal(name: str) -> str:
    """The normal form of a distribution's name (PyPA names specification)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
