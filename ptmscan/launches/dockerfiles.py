"""Dockerfiles: RUN, CMD and ENTRYPOINT in both forms, ENV and ARG as variables.

Syntax: https://docs.docker.com/reference/dockerfile/ (Dockerfile 1.16).
"""

from __future__ import annotations

import json
import re

from ptmscan.launches.model import Command, Piece, Variable, Word
from ptmscan.launches.shell import shell_commands

_INSTRUCTION = re.compile(r"[ \t]*(RUN|CMD|ENTRYPOINT|ENV|ARG)[ \t]+", re.IGNORECASE)
_PAIR = re.compile(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*+"|'[^']*'|[^\s]*)""")
_OLD_PAIR = re.compile(r"([A-Za-z_]\w*)[ \t]+(.*)")
_FLAGS = re.compile(r"(?:--[\w.-]+(?:=\S+)?[ \t]+)*")


def dockerfile_commands(text: str) -> tuple[list[Command], list[Variable]]:
    """The commands, and the environment variables that the image sets."""
    variables: list[Variable] = []
    known: dict[str, tuple[str, ...]] = {}
    found: list[Command] = []
    entry: tuple[Word, ...] = ()
    for number, instruction, rest in _instructions(text):
        if instruction in ("ENV", "ARG"):
            for name, value, line in _pairs(rest, number):
                known[name] = (value,)
                if instruction == "ENV":
                    variables.append(Variable(name, Word((value,), line)))
            continue
        words = _json_words(rest, number)
        if words is None:
            found += shell_commands(_piece(rest, number), known)
        elif instruction == "CMD" and entry:
            # The entry point takes the words of CMD as its arguments.
            found.append(Command((*entry, *words)))
        else:
            found.append(Command(words))
        entry = words or () if instruction == "ENTRYPOINT" else entry
    return found, variables


def _instructions(text: str) -> list[tuple[int, str, str]]:
    """(first line, instruction, the rest of it); comment lines inside a continued instruction are blanked."""
    lines = text.split("\n")
    found: list[tuple[int, str, str]] = []
    i = 0
    while i < len(lines):
        first = i
        opened = _INSTRUCTION.match(lines[i])
        while opened and i + 1 < len(lines) and (lines[i].rstrip().endswith("\\") or lines[i].lstrip().startswith("#")):
            i += 1
        if opened is not None:
            whole = "\n".join(
                "\\" if k > first and lines[k].lstrip().startswith("#") else lines[k] for k in range(first, i + 1)
            )
            rest = _FLAGS.sub("", whole[opened.end() :], count=1)
            found.append((first + 1, opened[1].upper(), rest))
        i += 1
    return found


def _piece(text: str, first: int) -> Piece:
    return Piece(text, tuple(range(first, first + text.count("\n") + 1)))


def _pairs(rest: str, first: int) -> list[tuple[str, str, int]]:
    """The names and values of ENV or ARG, each with its line."""
    found = [(m[1], m[2].strip("\"'"), first + rest.count("\n", 0, m.start())) for m in _PAIR.finditer(rest)]
    if not found and (old := _OLD_PAIR.match(rest)) is not None:
        found = [(old[1], old[2].strip().strip("\"'"), first)]
    return found


def _json_words(rest: str, first: int) -> tuple[Word, ...] | None:
    """The words of the JSON form, None for the shell form."""
    if not rest.lstrip().startswith("["):
        return None
    try:
        row = json.loads(rest.replace("\\\n", "\n").strip())
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, list) or not row or not all(isinstance(word, str) for word in row):
        return None
    return tuple(Word((word,), _line_of(word, rest, first)) for word in row)


def _line_of(word: str, rest: str, first: int) -> int:
    at = rest.find(json.dumps(word))
    return first + (rest.count("\n", 0, at) if at >= 0 else 0)
