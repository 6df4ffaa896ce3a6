"""The neutral tree that both parsers lower to: frozen, picklable, with spans and nothing else.

A span is (start, end) in bytes of the module's joined UTF-8 text (`ptmscan.source.Source.data`).
Statements are lowered eagerly and hold their expressions as spans, except for assignment targets;
expressions are lowered on demand through `ParsedModule.expression`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import EllipsisType
from typing import Protocol, TypeAlias

Span: TypeAlias = tuple[int, int]
ConstantValue: TypeAlias = str | bytes | int | float | complex | bool | EllipsisType | None


# --- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """`x`"""

    span: Span
    id: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value.attr`"""

    span: Span
    value: Expr
    attr: str


@dataclass(frozen=True, slots=True)
class Subscript:
    """`value[index]`; several indices are one Tuple."""

    span: Span
    value: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Slice:
    """`lower:upper:step` inside a subscript."""

    span: Span
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. Adjacent string literals are joined: `"a" "b"` is one Constant."""

    span: Span
    value: ConstantValue


@dataclass(frozen=True, slots=True)
class Interpolation:
    """`{value!conversion:spec}` inside an f-string. `{x=}` is a Constant part "x=" and this with conversion "r"."""

    span: Span
    value: Expr
    conversion: str | None
    spec: Expr | None


@dataclass(frozen=True, slots=True)
class FString:
    """An f-string; parts are Constant (str) and Interpolation. Adjacent literals are merged into it."""

    span: Span
    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class TupleExpr:
    """`a, b` with or without parentheses."""

    span: Span
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ListExpr:
    """`[a, b]`"""

    span: Span
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SetExpr:
    """`{a, b}`"""

    span: Span
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class DictExpr:
    """`{k: v, **m}`; a key of None stands for `**`."""

    span: Span
    items: tuple[tuple[Expr | None, Expr], ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: `value`, `name=value`, `*value` (star 1) or `**value` (star 2)."""

    span: Span
    name: str | None
    value: Expr
    star: int


@dataclass(frozen=True, slots=True)
class Call:
    """`func(args)`. A bare generator argument `f(x for x in y)` is one positional Comprehension."""

    span: Span
    func: Expr
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class UnaryOp:
    """`op operand` with op one of `not - + ~`."""

    span: Span
    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class BinaryOp:
    """`left op right` with an arithmetic or bitwise operator."""

    span: Span
    left: Expr
    op: str
    right: Expr


@dataclass(frozen=True, slots=True)
class BoolOp:
    """`a and b` or `a or b`: two values, left-associative as parsed (`a or b or c` nests on the left)."""

    span: Span
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right op right…` with ops such as `==`, `not in`, `is not`."""

    span: Span
    left: Expr
    ops: tuple[str, ...]
    comparators: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class IfExp:
    """`body if test else orelse`"""

    span: Span
    test: Expr
    body: Expr
    orelse: Expr


class ParameterKind(StrEnum):
    """How an argument can reach a parameter."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL = "positional"
    VAR_POSITIONAL = "var-positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "var-keyword"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` and `annotation` are spans of expressions. Py2 tuple parameters have an empty name."""

    span: Span
    name: str
    kind: ParameterKind
    default: Span | None
    annotation: Span | None


@dataclass(frozen=True, slots=True)
class Lambda:
    """`lambda params: body`"""

    span: Span
    params: tuple[Parameter, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Clause:
    """`for target in iterable if condition…` of a comprehension."""

    span: Span
    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...]


class ComprehensionKind(StrEnum):
    """What a comprehension builds."""

    LIST = "list"
    SET = "set"
    DICT = "dict"
    GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[element for …]`; for a dict `element` is the key and `value` the value."""

    span: Span
    kind: ComprehensionKind
    element: Expr
    value: Expr | None
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class NamedExpr:
    """`name := value`"""

    span: Span
    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Starred:
    """`*value` in a display or target."""

    span: Span
    value: Expr


@dataclass(frozen=True, slots=True)
class Await:
    """`await value`"""

    span: Span
    value: Expr


@dataclass(frozen=True, slots=True)
class Yield:
    """`yield value` or `yield from value` as an expression."""

    span: Span
    value: Expr | None
    is_from: bool


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An expression that could not be lowered; `kind` says what stood there (`error`, `too-deep`, a node type)."""

    span: Span
    kind: str


Expr: TypeAlias = (
    Name
    | Attribute
    | Subscript
    | Slice
    | Constant
    | Interpolation
    | FString
    | TupleExpr
    | ListExpr
    | SetExpr
    | DictExpr
    | Call
    | UnaryOp
    | BinaryOp
    | BoolOp
    | Compare
    | IfExp
    | Lambda
    | Comprehension
    | NamedExpr
    | Starred
    | Await
    | Yield
    | Unsupported
)


# --- patterns of match ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PatternValue:
    """`case "a"`, `case pkg.NAME`, `case None`"""

    value: Expr


@dataclass(frozen=True, slots=True)
class PatternCapture:
    """`case name` or `case _` (name None)."""

    name: str | None


@dataclass(frozen=True, slots=True)
class PatternAs:
    """`case pattern as name`"""

    pattern: Pattern
    name: str


@dataclass(frozen=True, slots=True)
class PatternOr:
    """`case a | b`"""

    alternatives: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class PatternSequence:
    """`case [a, *rest]`"""

    items: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class PatternStar:
    """`*rest` inside a sequence pattern (name None for `*_`)."""

    name: str | None


@dataclass(frozen=True, slots=True)
class PatternMapping:
    """`case {"k": pattern, **rest}`"""

    items: tuple[tuple[Expr, Pattern], ...]
    rest: str | None


@dataclass(frozen=True, slots=True)
class PatternClass:
    """`case Cls(a, key=b)`"""

    cls: Expr
    positional: tuple[Pattern, ...]
    keywords: tuple[tuple[str, Pattern], ...]


Pattern: TypeAlias = (
    PatternValue
    | PatternCapture
    | PatternAs
    | PatternOr
    | PatternSequence
    | PatternStar
    | PatternMapping
    | PatternClass
)


# --- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assign:
    """`a = b = value`; targets are lowered (names, tuples, attributes, subscripts, Starred)."""

    span: Span
    targets: tuple[Expr, ...]
    value: Span


@dataclass(frozen=True, slots=True)
class AnnAssign:
    """`target: annotation = value`"""

    span: Span
    target: Expr
    annotation: Span
    value: Span | None


@dataclass(frozen=True, slots=True)
class AugAssign:
    """`target op= value`; op without `=`."""

    span: Span
    target: Expr
    op: str
    value: Span


@dataclass(frozen=True, slots=True)
class ExprStmt:
    """An expression as a statement. For `receiver.method(…)` with a dotted or subscripted receiver, both are given."""

    span: Span
    value: Span
    receiver: Expr | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class ImportName:
    """One `name as alias`; `name` is dotted as written, `span` covers it and its alias."""

    span: Span
    name: str
    alias: str | None


@dataclass(frozen=True, slots=True)
class Import:
    """`import a.b as c, d`"""

    span: Span
    names: tuple[ImportName, ...]


@dataclass(frozen=True, slots=True)
class ImportFrom:
    """`from ..module import a as b`; `names` is None for a star import; `module` is "" for `from . import x`."""

    span: Span
    module: str
    level: int
    names: tuple[ImportName, ...] | None


@dataclass(frozen=True, slots=True)
class FunctionDef:
    """`def name(params): body`, also async. `span` starts at the first decorator, `name_span` is the name."""

    span: Span
    name_span: Span
    name: str
    params: tuple[Parameter, ...]
    decorators: tuple[Span, ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class BaseArgument:
    """One argument in a class header: a base (`name` None) or a keyword such as `metaclass=`; star as in Argument."""

    name: str | None
    value: Span
    star: int


@dataclass(frozen=True, slots=True)
class ClassDef:
    """`class name(arguments): body`. `span` starts at the first decorator."""

    span: Span
    name_span: Span
    name: str
    arguments: tuple[BaseArgument, ...]
    decorators: tuple[Span, ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`"""

    span: Span
    value: Span | None


@dataclass(frozen=True, slots=True)
class Raise:
    """`raise …`"""

    span: Span
    values: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """`break`"""

    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    """`continue`"""

    span: Span


@dataclass(frozen=True, slots=True)
class Delete:
    """`del targets`"""

    span: Span
    targets: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Global:
    """`global names`"""

    span: Span
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nonlocal:
    """`nonlocal names`"""

    span: Span
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assert:
    """`assert test, message`"""

    span: Span
    values: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class If:
    """`if test: body else: orelse`; `elif` nests in orelse."""

    span: Span
    test: Span
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class While:
    """`while test: body else: orelse`"""

    span: Span
    test: Span
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class For:
    """`for target in iterable: body else: orelse`, also async."""

    span: Span
    target: Expr
    iterable: Span
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class ExceptHandler:
    """`except type as name: body`"""

    span: Span
    type: Span | None
    name: str | None
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """`try: body except …: … else: orelse finally: finalbody`"""

    span: Span
    body: tuple[Stmt, ...]
    handlers: tuple[ExceptHandler, ...]
    orelse: tuple[Stmt, ...]
    finalbody: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class WithItem:
    """`value as target`"""

    value: Span
    target: Expr | None


@dataclass(frozen=True, slots=True)
class With:
    """`with items: body`, also async."""

    span: Span
    items: tuple[WithItem, ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class MatchCase:
    """`case pattern if guard: body`"""

    span: Span
    pattern: Pattern
    guard: Span | None
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """`match subject: cases`"""

    span: Span
    subject: Span
    cases: tuple[MatchCase, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Any other statement: `pass`, `type X = …`, Python 2 `exec`/`print`, an error region; expressions as spans."""

    span: Span
    kind: str
    values: tuple[Span, ...] = ()


Stmt: TypeAlias = (
    Assign
    | AnnAssign
    | AugAssign
    | ExprStmt
    | Import
    | ImportFrom
    | FunctionDef
    | ClassDef
    | Return
    | Raise
    | Break
    | Continue
    | Delete
    | Global
    | Nonlocal
    | Assert
    | If
    | While
    | For
    | Try
    | With
    | Match
    | Other
)


# --- a parsed module --------------------------------------------------------------------------------------------------


class ParsedModule(Protocol):
    """What a parser gives for one source: statements at once, expressions and call sites on demand.

    It may hold native trees, cannot be pickled, and is meant to live in a small cache.
    """

    @property
    def statements(self) -> tuple[Stmt, ...]:
        """The module's statements in source order, cells joined."""

    @property
    def error_lines(self) -> tuple[int, ...]:
        """1-based lines of the joined text that did not parse or that repair blanked; empty when all is well."""

    @property
    def problem(self) -> str | None:
        """Why the source was given up in part or whole: `too-deep`, `too-large`, `timeout`; else None."""

    def expression(self, span: Span) -> Expr:
        """Lower the expression that covers exactly `span` (as a statement of this module gave it)."""

    def detached(self) -> Callable[[Span], Expr | None] | None:
        """What `expression` does, without the trees of the module; None if that cannot be had for this source.

        It gives None for the spans that it cannot read so.
        """

    def excerpts(self) -> Callable[[Iterable[Span]], ParsedModule] | None:
        """Parses some of the module's own statements by themselves; None if that cannot be had for this source.

        What it gives finds and lowers what stands in them as the module does.
        """

    def calls(self, names: re.Pattern[bytes]) -> tuple[Span, ...]:
        """Spans of the call expressions whose callee ends in an identifier that `names` fully matches, in source order.

        The callee's last identifier is `f` in `f(…)`, `m` in `a.b.m(…)` and `x[0].m(…)`; parentheses do not matter.
        """

    def references(self, names: re.Pattern[bytes]) -> tuple[Span, ...]:
        """Spans of `Name` and `Attribute` expressions ending in a name that `names` fully matches and that are not the
        callee of a call, an import, a parameter, a keyword name or a definition: `load = AutoModel.from_pretrained`."""

    def walrus(self) -> tuple[Span, ...]:
        """Spans of all `name := value` expressions (NamedExpr), in source order."""
