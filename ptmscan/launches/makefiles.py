"""Makefiles: the recipe lines as shell text, with the makefile's own variables filled in.

Syntax: GNU Make 4.4 (https://www.gnu.org/software/make/manual/make.html), variables without functions.
"""

from __future__ import annotations

import re

from ptmscan.launches.model import MAX_COMMANDS, UNKNOWN, Command, Piece
from ptmscan.launches.shell import shell_commands

MAX_DEPTH = 8
MAX_TEXT = 20_000
_VARIABLE = re.compile(r"^(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*(?:\?|:{1,3}|\+)?=[ \t]*(.*)$")
_REFERENCE = re.compile(r"\$(?:\(([^()$]*)\)|\{([^{}$]*)\}|(\$)|([A-Za-z@<^?*]))")


def makefile_commands(text: str) -> list[Command]:
    """The commands of all recipes; each line of a recipe runs in a shell of its own."""
    variables: dict[str, str] = {}
    found: list[Command] = []
    for number, line in _logical_lines(text):
        if line.startswith("\t"):
            recipe = _filled(line.lstrip("\t @-+"), variables)
            count = line.count("\n") + 1
            found += shell_commands(Piece(recipe, tuple(range(number, number + count))))
        elif (assigned := _VARIABLE.match(line.replace("\\\n", " "))) is not None:
            variables[assigned[1]] = assigned[2].split(" #", 1)[0].strip()
        if len(found) > MAX_COMMANDS:
            break
    return found


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their continuations and their first number."""
    found: list[tuple[int, str]] = []
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        first = i
        while lines[i].endswith("\\") and i + 1 < len(lines):
            i += 1
        found.append((first + 1, "\n".join(lines[first : i + 1])))
        i += 1
    return found


def _filled(recipe: str, variables: dict[str, str], depth: int = 0) -> str:
    """A recipe with the makefile's variables put in; `$$` is the shell's dollar."""

    def put(found: re.Match[str]) -> str:
        if found[3]:
            return "$"
        name = (found[1] or found[2] or "").strip()
        value = variables.get(name)
        if value is None or depth > MAX_DEPTH:
            return UNKNOWN
        return _filled(value, variables, depth + 1)

    return _REFERENCE.sub(put, recipe)[:MAX_TEXT]
