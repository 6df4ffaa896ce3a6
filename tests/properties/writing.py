"""What all parts of the generator share: the text that is written, the names that can be used in it, fresh names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from choices import Choices, chance, pick, weighted

T = TypeVar("T")

KEYS = ("a", "b", "c")
# Kinds of expressions that a place can use. VAR, LIST_VAR, … are names that can be assigned to.
TEXT, VAR = "text", "var"
LIST, LIST_VAR, TUPLE, DICT, DICT_VAR, NEST = "list", "list-var", "tuple", "dict", "dict-var", "nest"
MAKER, FILTER, LOADER, LOAD, FLAG, NUMBER, PATH = "maker", "filter", "loader", "load", "flag", "number", "path"
OBJECT, CLASS = "object", "class"


@dataclass(slots=True)
class Place:
    """Where code is being written: the usable expressions by kind, outer ones behind `outer`."""

    scope: str  # module, function or class
    outer: Place | None = None
    usable: dict[str, list[str]] = field(default_factory=dict)
    in_loop: bool = False
    depth: int = 0

    def add(self, kind: str, expression: str) -> None:
        rows = self.usable.setdefault(kind, [])
        if expression not in rows:
            rows.append(expression)

    def all(self, kind: str) -> list[str]:
        """Every expression of a kind that can be read here."""
        found: list[str] = []
        here: Place | None = self
        while here is not None:
            found += [e for e in here.usable.get(kind, ()) if e not in found]
            here = here.outer
        return found

    def assignable(self, kind: str) -> list[str]:
        """The names of a kind that an assignment here rebinds: those of the same scope."""
        found: list[str] = []
        here: Place | None = self
        while here is not None:
            found += here.usable.get(kind, ())
            if here.scope != "block":
                break
            here = here.outer
        return found

    def block(self, *, in_loop: bool = False) -> Place:
        """A nested block of the same scope; what is first bound in it is used in it only."""
        return Place("block", self, in_loop=in_loop or self.in_loop, depth=self.depth + 1)

    @property
    def owner(self) -> Place:
        """The scope that the place belongs to."""
        here = self
        while here.scope == "block" and here.outer is not None:
            here = here.outer
        return here


class Writer:
    """Writes one program: takes decisions, makes names, keeps the lines of the file at hand."""

    def __init__(self, choices: Choices, body: Callable[[Writer, Place, int], None]) -> None:
        """`body` writes so many statements of a block: definitions hold statements, which hold definitions."""
        self.choices, self._body = choices, body
        self.lines: list[str] = []
        self.indent = 0
        self.numbers: dict[str, int] = {}
        self.sinks: dict[int, str] = {}
        self.imports: set[str] = set()
        self.environment: list[str] = []
        self.budget = 0
        self.made: list[str] = []

    def body(self, place: Place, count: int) -> None:
        """Write so many statements at a place."""
        self._body(self, place, count)

    # --- decisions ----------------------------------------------------------------------------------------------------

    def below(self, bound: int) -> int:
        return self.choices.below(bound)

    def pick(self, options: Sequence[T]) -> T:
        return pick(self.choices, options)

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        return weighted(self.choices, options)

    def chance(self, percent: int) -> bool:
        return chance(self.choices, percent)

    # --- text ---------------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def perhaps(self, text: str) -> None:
        """A statement that some runs skip, in most cases."""
        if self.chance(30):
            self.line(text)
            return
        self.need("import coin")
        with self.block("if coin.flip():"):
            self.line(text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """An indented block under a header (decorators on lines of their own); never empty."""
        for line in header.split("\n"):
            self.line(line)
        self.indent += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.indent -= 1

    def fresh(self, prefix: str) -> str:
        number = self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}{number}"

    def literal(self) -> str:
        """A model's name, new in most cases."""
        if self.made and self.chance(15):
            return f'"{self.pick(self.made)}"'
        name = self.fresh("m/")
        self.made.append(name)
        return f'"{name}"'

    def need(self, statement: str) -> None:
        """An import that the file needs at its top."""
        self.imports.add(statement)

    def sink(self, label: str) -> str:
        """A comment that tells a load apart in reports."""
        number = len(self.sinks) + 1
        self.sinks[number] = label
        return f"  # load {number}"

    def take(self) -> str:
        """The lines of the file at hand, with its imports; the writer goes on with an empty one."""
        text = "\n".join([*sorted(self.imports), *self.lines]) + "\n"
        self.lines, self.imports = [], set()
        return text
