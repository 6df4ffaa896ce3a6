"""Abstract values: finite sets of alternatives, each with the trace that led to it, closed or open with a reason.

A `Value` stands for every object an expression may evaluate to. `atoms` are the alternatives that are known;
`open_reason` is None when there are no others (closed) and else says why there may be. No alternatives and open is
"unknown"; no alternatives and closed is "never happens".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import EllipsisType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ptmscan.syntax.nodes import Lambda, Span

MAX_TRACE = 24


class StepKind(StrEnum):
    """What one step of a trace does."""

    LITERAL = "literal"
    ASSIGNMENT = "assignment"
    MODULE_CONSTANT = "module constant"
    IMPORT = "import"
    CONTAINER = "container"
    ATTRIBUTE = "attribute"
    FORMAT = "text"
    LOOP = "loop"
    CONDITION = "condition"
    DEFAULT = "parameter default"
    ARGUMENT = "argument"
    RETURN = "return"
    OPTION = "option"
    ENVIRONMENT = "environment default"
    CONFIG_FILE = "configuration file"
    COMMAND_LINE = "command line"
    LIBRARY_DEFAULT = "library default"
    DEFINITION = "definition"
    DECLARATION = "declaration"  # of an option or a field whose value is given elsewhere


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A line of a file that is no Python module: 1-based, with its text; in a notebook, of `cell`."""

    line: int
    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the file, the span of the expression or statement, what it does. `label` replaces the source text.

    `place` is given, and the span means nothing, where the file is no Python: a configuration file or a shell script.
    """

    path: str
    span: Span
    kind: StepKind
    label: str | None = None
    place: TextPlace | None = None


Trace: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """A Python constant: text, bytes, number, bool, None or Ellipsis."""

    value: str | bytes | int | float | complex | bool | EllipsisType | None

    def __eq__(self, other: object) -> bool:
        # True == 1 in Python, but not as two alternatives of one value.
        return isinstance(other, Const) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Hole:
    """The unknown part of a text; `reason` says why it is unknown."""

    reason: str


@dataclass(frozen=True, slots=True)
class Text:
    """Text with holes: `f"{org}/bert"`. At least one part is a Hole."""

    parts: tuple[str | Hole, ...]


def _hashed(of: Sequence | Mapping | Arguments | Frame, content: object) -> int:
    """The hash of a content, kept: a configuration file holds thousands of values, which are compared all the time."""
    found = hash(content)
    object.__setattr__(of, "_hash", found)
    return found


class SequenceKind(StrEnum):
    """Which built-in collection a Sequence is."""

    LIST = "list"
    TUPLE = "tuple"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, tuple or set. `complete` is False when there may be more items, or items in another order."""

    kind: SequenceKind
    items: tuple[Value, ...]
    complete: bool = True
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __hash__(self) -> int:
        return self._hash or _hashed(self, (self.kind, self.items, self.complete))


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dictionary with known keys; `complete` is False when other keys may exist or values may have changed.

    `loose`: what may have been stored at some time, of use only under a key that is known.
    """

    items: tuple[tuple[Atom, Value], ...]
    complete: bool = True
    loose: bool = False
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __hash__(self) -> int:
        return self._hash or _hashed(self, (self.items, self.complete))


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the repository by its dotted name; a call's result is written `()`, an unknown part `?`.

    `receiver` is the object that a method belongs to, where a framework model follows that object.
    """

    name: str
    receiver: Made | Instance | ClassRef | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """An object of a library that a framework model follows: what it is, the call that made it, and its arguments.

    `changeable`: it holds items that the program may change; its arguments are not complete where it may have done so.
    """

    name: str
    path: str
    span: Span
    arguments: Arguments
    changeable: bool = False


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module or package of the repository; `path` is its file, or its folder for a namespace package."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function of the repository: module path and scope, with the frame of the enclosing function."""

    path: str
    scope: int
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class ClassRef:
    """A class of the repository: module path and scope. Not `exact`: the class or any subclass (`cls` of a method)."""

    path: str
    scope: int
    frame: Frame | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class LambdaRef:
    """A lambda expression with the place it stands in."""

    path: str
    node: Lambda
    scope: int
    frame: Frame | None = None
    outer: Locals | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a repository class, made by one constructor call; `arguments` None: any, also of a subclass."""

    cls: ClassRef
    arguments: Arguments | None = None


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A function of a class with its `self` or `cls` already given."""

    function: FunctionRef
    receiver: Atom


@dataclass(frozen=True, slots=True)
class Super:
    """`super()`: attribute lookup continues behind `after` in the order of the receiver's classes."""

    after: ClassRef
    receiver: Atom


@dataclass(frozen=True, slots=True)
class PartialCall:
    """`functools.partial(function, …)`."""

    function: Atom
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class PathObject:
    """A pathlib path of a known or partly known text."""

    parts: tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A member of an Enum class of the repository."""

    cls: ClassRef
    name: str
    value: Value


Atom: TypeAlias = (
    Const
    | Text
    | Sequence
    | Mapping
    | External
    | Made
    | ModuleRef
    | FunctionRef
    | ClassRef
    | LambdaRef
    | Instance
    | BoundMethod
    | Super
    | PartialCall
    | PathObject
    | EnumMember
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One object a value may be, and how it came about. Two alternatives with equal atoms are the same alternative."""

    atom: Atom
    trace: Trace = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """A set of alternatives; see the module's docstring."""

    atoms: tuple[Alternative, ...] = ()
    open_reason: str | None = field(default=None, compare=True)

    @property
    def closed(self) -> bool:
        """Whether the alternatives are all there are."""
        return self.open_reason is None

    def consts(self) -> tuple[Const, ...]:
        """The alternatives that are constants."""
        return tuple(a.atom for a in self.atoms if isinstance(a.atom, Const))

    def single(self) -> Atom | None:
        """The one atom of a closed value with one alternative, else None."""
        return self.atoms[0].atom if len(self.atoms) == 1 and self.open_reason is None else None

    def opened(self, reason: str) -> Value:
        """The same alternatives, but there may be others."""
        weightiest = weightier(self.open_reason, reason)
        return self if weightiest == self.open_reason else replace(self, open_reason=weightiest)

    def traced(self, step: Step) -> Value:
        """Every alternative with one more step at its end."""
        return Value(
            tuple(Alternative(a.atom, (*a.trace, step) if len(a.trace) < MAX_TRACE else a.trace) for a in self.atoms),
            self.open_reason,
        )


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call: positional, by keyword; `rest` is False when `*x` or `**x` of unknown shape follow."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    complete: bool = True
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __hash__(self) -> int:
        return self._hash or _hashed(self, (self.positional, self.keywords, self.complete))

    def keyword(self, name: str) -> Value | None:
        """The value passed by that name."""
        return next((v for k, v in self.keywords if k == name), None)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a library passes for a parameter of a function that it calls. `only`: nobody else calls that."""

    value: Value
    only: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One activation of a function: the values of its parameters, or None when the caller is not known.

    `parent` is the frame of the enclosing function. Frames compare by content, so that equal calls share results.
    """

    path: str
    scope: int
    parameters: tuple[tuple[str, Value], ...] | None
    parent: Frame | None = None
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __hash__(self) -> int:
        return self._hash or _hashed(self, (self.path, self.scope, self.parameters, self.parent))

    def get(self, name: str) -> Value | None:
        """The value of a parameter, None when the frame does not know it."""
        return next((v for k, v in self.parameters or () if k == name), None)


@dataclass(frozen=True, slots=True)
class Locals:
    """Names bound by an expression: a lambda's parameters or a comprehension's targets, innermost first."""

    names: tuple[tuple[str, Value], ...]
    outer: Locals | None = None

    def get(self, name: str) -> Value | None:
        """The value of a name, looked up outwards."""
        here: Locals | None = self
        while here is not None:
            for key, value in here.names:
                if key == name:
                    return value
            here = here.outer
        return None


# The unknown beginning of the absolute path of a file of the repository: `__file__` is this, a slash, and its path.
REPOSITORY = Hole("folder of the repository")

# How the reason begins of a value that is open only because the user may pass another one.
OPTION = "command-line option"

NEVER = Value()
NONE = Const(None)


def weightier(reason: str | None, other: str | None) -> str | None:
    """Of two reasons the one that tells more: one of what is passed from outside tells less than any other."""
    if reason is None or other is None:
        return reason or other
    return other if _is_from_outside(reason) and not _is_from_outside(other) else reason


def _is_from_outside(reason: str) -> bool:
    """Whether all is known that the repository itself passes."""
    return reason.startswith((OPTION, "parameter `")) or reason.endswith("may have other callers")


def unknown(reason: str) -> Value:
    """A value of which nothing is known."""
    return Value((), reason)


def known(atom: Atom, *trace: Step) -> Value:
    """A closed value of one alternative."""
    return Value((Alternative(atom, trace),))


def text_of(value: object) -> Value:
    """A closed constant without a trace."""
    return Value((Alternative(Const(value)),))  # type: ignore[arg-type]
