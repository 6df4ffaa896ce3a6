"""Notebooks: `!python …`, `%run …`, `%cd …` and `%%bash` cells.

Interface: https://ipython.readthedocs.io/en/stable/interactive/magics.html (IPython 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ptmscan.launches.model import UNKNOWN, Command, Piece, whole
from ptmscan.launches.shell import shell_commands
from ptmscan.source import Magic

_CELL = re.compile(r"%%(?:bash|sh|script[ \t]+(?:ba)?sh|shell)[^\n]*\n")
_INTERPOLATED = re.compile(r"(?<!\{)\{[^{}\n]{1,80}\}(?!\})")


def notebook_commands(magics: Iterable[Magic]) -> list[Command]:
    """The commands of a notebook's magics. Python's variables in them (`{name}`) are not known here."""
    found: list[Command] = []
    folder: str | None = ""
    for magic in magics:
        for command in shell_commands(_piece(magic)):
            if command.folder == "" and folder != "":
                command = replace(command, folder=folder)
            found.append(replace(command, cell=magic.cell))
        moved = re.match(r"[%!]cd[ \t]+(\S+)", magic.text)
        if moved is not None:
            folder = moved[1].strip("'\"") or None
    return found


def _piece(magic: Magic) -> Piece:
    cell = _CELL.match(magic.text)
    if cell is not None:
        return whole(magic.text[cell.end() :], magic.line + 1, magic.cell)
    text = magic.text.lstrip()
    if text.startswith("%run "):
        text = "python " + text.removeprefix("%run ")
    elif text.startswith("!"):
        text = text.lstrip("!")
    else:
        return Piece("", ())
    return whole(_INTERPOLATED.sub(UNKNOWN, text), magic.line, magic.cell)
