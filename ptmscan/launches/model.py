"""What the files that start programs say, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

# Stands for the part of a text that only the run can tell: an argument of the script, the output of a command.
UNKNOWN = "\0"

MAX_TEXTS = 16
MAX_WORDS = 512
MAX_COMMANDS = 5_000


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command: what it may be (several texts from a loop), and its 1-based line."""

    texts: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The first of the texts."""
        return self.texts[0]


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that a command gets, or that a file sets for all of them."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words, the folder it runs in as far as the file tells, the variables set for it.

    `folder` is relative to where the file's commands start; None: somewhere else.
    """

    words: tuple[Word, ...]
    folder: str | None = ""
    variables: tuple[Variable, ...] = ()
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The Python program that a command starts: a script's path or a module's dotted name, and its arguments."""

    target: str
    is_module: bool
    arguments: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of shell text inside a file; `lines` are those of the file, one for each line of the text."""

    text: str
    lines: tuple[int, ...]
    cell: int | None = None

    def line(self, index: int) -> int:
        """The file's line of a 0-based line of the text."""
        return self.lines[min(index, len(self.lines) - 1)] if self.lines else index + 1


def whole(text: str, first: int = 1, cell: int | None = None) -> Piece:
    """A piece that is a whole file, or begins at a line of one."""
    return Piece(text, tuple(range(first, first + text.count("\n") + 1)), cell)
