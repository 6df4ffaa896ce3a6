"""YAML files that start programs: CI workflows and compose files. Every text under a key of that kind is shell text.

Formats: GitHub Actions, GitLab CI, CircleCI, Azure Pipelines, Travis CI, Bitbucket Pipelines, Docker Compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptmscan.documents import DocumentError, Format, Items, Node, Scalar, Table, read_document
from ptmscan.launches.model import MAX_COMMANDS, UNKNOWN, Command, Piece, Variable, Word
from ptmscan.launches.shell import interpolated, shell_commands

_SHELL_KEYS = frozenset(
    ["run", "script", "before_script", "after_script", "bash", "install", "before_install", "after_success", "command"]
)
_ENVIRONMENT_KEYS = frozenset(["env", "environment", "variables"])
_EXPRESSION = re.compile(r"\$\{\{([^{}]*)\}\}")


def workflow_commands(text: str) -> tuple[list[Command], list[Variable]]:
    """The commands and variables of a YAML file; none when it is malformed (whoever uses it says so)."""
    try:
        root = read_document(text, Format.YAML)
    except DocumentError:
        return [], []
    reader = _Reader(text.split("\n"))
    if root is not None:
        reader.walk(root)
    return reader.commands, reader.variables


class _Reader:
    """Walks a file's tree; its depth is bounded by the reader of documents."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.commands: list[Command] = []
        self.variables: list[Variable] = []
        self.matrix: dict[str, tuple[str, ...]] = {}
        self.seen: set[int] = set()

    def walk(self, node: Node) -> None:
        """Read what a node and the nodes inside it say."""
        if id(node) in self.seen or len(self.commands) > MAX_COMMANDS:
            return
        self.seen.add(id(node))
        match node:
            case Table(pairs=pairs):
                for key, inner in pairs:
                    if key == "matrix" and isinstance(inner, Table):
                        self.read_matrix(inner)
                for key, inner in pairs:
                    self.entry(str(key), inner)
            case Items(nodes=nodes):
                for inner in nodes:
                    self.walk(inner)
            case _:
                return

    def entry(self, key: str, node: Node) -> None:
        """One key of a table."""
        if key in _ENVIRONMENT_KEYS:
            self.variables += list(_variables(node))
        elif key == "command" and isinstance(node, Items) and all(isinstance(i, Scalar) for i in node.nodes):
            self.commands.append(
                Command(tuple(Word(interpolated(str(i.value)), i.line) for i in node.nodes if isinstance(i, Scalar)))
            )
        elif key in _SHELL_KEYS and isinstance(node, (Scalar, Items)):
            self.shell(node)
        else:
            self.walk(node)

    def shell(self, node: Scalar | Items) -> None:
        """Shell text; the items of a list run one after the other."""
        rows = [node] if isinstance(node, Scalar) else [i for i in node.nodes if isinstance(i, Scalar)]
        texts: list[str] = []
        numbers: list[int] = []
        for row in rows:
            if isinstance(row.value, str):
                texts.append(row.value.rstrip("\n"))
                numbers += self.numbers(row.value.rstrip("\n"), row.line)
        given = {v.name: v.value.texts for v in self.variables}
        found = {f"{_PREFIX}{name}": texts for name, texts in self.matrix.items()}
        text = _EXPRESSION.sub(_shell_name, "\n".join(texts))
        self.commands += shell_commands(Piece(text, tuple(numbers)), {**given, **found})
        if isinstance(node, Items):
            for inner in node.nodes:
                self.walk(inner)

    def numbers(self, text: str, first: int) -> list[int]:
        """The lines of the file on which the lines of a text stand: those of a block begin below its key."""
        found: list[int] = []
        at = first - 1
        for line in text.split("\n"):
            wanted = line.strip()
            hit = next(
                (i for i in range(at, min(at + 40, len(self.lines))) if wanted and wanted in self.lines[i]), None
            )
            found.append((hit if hit is not None else min(at, len(self.lines) - 1)) + 1)
            at = hit + 1 if hit is not None else at
        return found

    def read_matrix(self, node: Table) -> None:
        """The values that a job's matrix gives its variables."""
        for key, inner in node.pairs:
            if isinstance(inner, Items):
                texts = tuple(str(i.value) for i in inner.nodes if isinstance(i, Scalar))
                if texts:
                    self.matrix[str(key)] = texts[:16]


_PREFIX = "__matrix_"


def _shell_name(found: re.Match[str]) -> str:
    """`${{ matrix.name }}` and `${{ env.NAME }}` as a variable of the shell."""
    kind, _, name = found[1].strip().partition(".")
    if not re.fullmatch(r"\w+", name):
        return UNKNOWN
    return f"${{{_PREFIX}{name}}}" if kind == "matrix" else f"${{{name}}}" if kind == "env" else UNKNOWN


def _variables(node: Node) -> Iterator[Variable]:
    """`NAME: value`, or a list of `NAME=value`."""
    match node:
        case Table(pairs=pairs):
            for key, inner in pairs:
                if isinstance(inner, Scalar) and inner.value is not None:
                    yield Variable(str(key), Word(interpolated(_EXPRESSION.sub(UNKNOWN, str(inner.value))), inner.line))
        case Items(nodes=nodes):
            for inner in nodes:
                name, joined, value = str(inner.value).partition("=") if isinstance(inner, Scalar) else ("", "", "")
                if joined:
                    yield Variable(name, Word(interpolated(_EXPRESSION.sub(UNKNOWN, value)), inner.line))
        case _:
            return
