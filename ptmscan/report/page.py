"""Lines of styled text, put on a terminal (wrapped, coloured) or into a pipe (one line each, plain)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.text import Text


# Below this a terminal is too narrow for any layout; lines are then longer than it is wide.
_MIN_ROOM = 20
# On a wide terminal the right part stays within sight of the left.
_RIGHT_EDGE = 110


class Style(StrEnum):
    """What a piece of text is, with its look on a terminal as rich writes styles."""

    PLAIN = ""
    HEADING = "bold cyan"
    TITLE = "bold"
    PLACE = "blue"
    ASIDE = "dim"
    GOOD = "green"
    CAREFUL = "yellow"
    BAD = "bold red"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. The text must be printable."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line: spans side by side, perhaps one at the right edge. What wraps is indented by `hang` columns more."""

    spans: tuple[Span, ...] = ()
    indent: int = 0
    right: Span | None = None
    hang: int = 0

    @property
    def plain(self) -> str:
        """The line without styles, however long."""
        text = " " * self.indent + "".join(span.text for span in self.spans)
        return f"{text}  {self.right.text}" if self.right else text


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write lines: for a terminal fitted to its width and styled, else one text line each."""
    if stream.isatty() or os.environ.get("FORCE_COLOR"):
        _show_on_terminal(lines, stream)
    else:
        stream.writelines(line.plain.rstrip() + "\n" for line in lines)


def _show_on_terminal(lines: Iterable[Line], stream: TextIO) -> None:
    from rich.console import Console

    console = Console(file=stream, markup=False, emoji=False, highlight=False)
    for line in lines:
        for text in _fitted(line, console):
            console.print(text, no_wrap=True, overflow="ignore", crop=False)


def _fitted(line: Line, console: Console) -> Iterator[Text]:
    """The line as the lines of a terminal of that width, the right part in the same line where there is room."""
    from rich.text import Text

    left = Text.assemble(*((span.text, span.style.value) for span in line.spans))
    right = Text(line.right.text, style=line.right.style.value) if line.right else Text()
    room = console.width - line.indent
    gap = min(room, _RIGHT_EDGE - line.indent) - left.cell_len - right.cell_len
    if line.right and gap >= 2:
        left, right = Text.assemble(left, " " * gap, right), Text()
    first, *rest = _wrapped(left, room, line.hang, console)
    yield Text(" " * line.indent) + first
    for part in (*rest, *(_wrapped(right, room, line.hang, console) if right else ())):
        yield Text(" " * (line.indent + line.hang)) + part


def _wrapped(text: Text, room: int, hang: int, console: Console) -> list[Text]:
    """The text in lines that fit into `room` columns even when all but the first are indented by `hang`."""
    if text.cell_len <= room:
        return [text]
    lines = list(text.wrap(console, max(room - hang, _MIN_ROOM), overflow="fold"))
    for line in lines:
        line.rstrip()
    return lines
