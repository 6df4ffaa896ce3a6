"""The small notations inside signatures.yaml: calls, conditions, tables. ValueError says what is wrong."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from ptmscan.records import Component, Json
from ptmscan.signatures import tables
from ptmscan.signatures.model import ArgumentSpec, GateTest

_CALL = re.compile(r"(?P<pattern>[^\s(]+?(?:\(\)[^\s(]+?)*)(?:\((?P<parameters>.*)\))?", re.DOTALL)
_PARAMETER = re.compile(
    r"(?P<mark><)?(?P<names>[A-Za-z_]\w*(?:\|[A-Za-z_]\w*)*)(?(mark)>)(?:@(?P<place>[1-9]\d?))?(?:\s*=\s*(?P<default>.+))?"
)
_CONDITION = re.compile(r"(?P<name>\w+) is (?P<test>.+)")
_TABLE = re.compile(r"(?P<table>\w+)(?:\((?P<column>\w+)=(?P<value>[\w-]*)\))?")
_WORDS: dict[str, Json] = {"None": None, "True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call: its place and names, its default, and whether `<…>` marks it as naming the model."""

    argument: ArgumentSpec
    default: Json = None
    marked: bool = False

    @property
    def name(self) -> str:
        """The newest name."""
        return self.argument.keywords[0]


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one parameter: ``pretrained is true``, ``repo_type is not dataset, space``."""

    name: str
    test: GateTest
    values: tuple[Json, ...] = ()


def parse_call(text: str) -> tuple[str, tuple[Parameter, ...]]:
    """Split ``timm.create_model(model_name, pretrained=False)`` into its pattern and its parameters.

    Parameters are written as in Python: in order, `*` before keyword-only ones, `=` before a literal default; older
    names follow the newest after a `|`, and `<name>` names the model. Only those that a rule needs, and those before
    them, are listed; behind the `*`, `name@5` may also be the fifth argument.
    """
    match = _CALL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no call such as `package.function(model, *, revision)`")
    return match["pattern"], _parameters(match["parameters"] or "")


def parse_kind(text: str) -> tuple[str, Component | None, str | None]:
    """Split ``CALL -> COMPONENT IDENTITY`` into the call and what it gives; either word may be missing."""
    call, arrow, kind = text.rpartition(" -> ")
    if not arrow:
        return text, None, None
    first, _, rest = kind.strip().partition(" ")
    if first in {component.value for component in Component}:
        return call, Component(first), rest.strip() or None
    return call, None, kind.strip()


def parse_condition(text: str) -> Condition:
    """Read ``NAME is true``, or ``is set``, ``unset``, ``A, B``, ``not A, B``, ``like A*``, ``unlike A*``."""
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no condition such as `pretrained is true` or `repo_type is not dataset, space`")
    test = match["test"]
    if test in (GateTest.TRUE, GateTest.SET, GateTest.UNSET):
        return Condition(match["name"], GateTest(test))
    for word in (GateTest.NOT, GateTest.LIKE, GateTest.UNLIKE):
        if test.startswith(f"{word} "):
            return Condition(match["name"], word, _values(test[len(word) + 1 :]))
    return Condition(match["name"], GateTest.IS, _values(test))


def names_of_table(text: str) -> frozenset[str]:
    """The first column of ``TABLE`` or of its rows where ``TABLE(COLUMN=VALUE)`` holds."""
    match = _TABLE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no table such as `timm_defaults` or `torchvision_builders(subpackage=video)`")
    if match["table"] not in tables.names():
        raise ValueError(f"there is no table {match['table']!r}")
    if match["column"] is None:
        return tables.first_column(match["table"])
    if match["column"] not in tables.columns(match["table"]):
        raise ValueError(f"table {match['table']} has no column {match['column']!r}")
    index = tables.columns(match["table"]).index(match["column"])
    found = frozenset(row[0] for row in tables.rows(match["table"]) if row[index] == match["value"])
    if not found:
        raise ValueError(f"no row of {match['table']} has {match['column']}={match['value']}")
    return found


def _parameters(text: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    keyword_only = False
    for piece in _split(text):
        if piece == "*":
            keyword_only = True
            continue
        match = _PARAMETER.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece!r} is no parameter such as `name`, `new|old`, `name=None`")
        position = int(match["place"]) - 1 if match["place"] else None if keyword_only else len(found)
        argument = ArgumentSpec(position, tuple(match["names"].split("|")))
        found.append(Parameter(argument, _default(match["default"]), match["mark"] is not None))
    seen = [name for parameter in found for name in parameter.argument.keywords]
    if len(seen) != len(set(seen)):
        raise ValueError(f"a parameter is named twice in ({text})")
    return tuple(found)


def _split(text: str) -> list[str]:
    """Split at commas outside quotes."""
    pieces = re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,])+", text) if text.strip() else []
    return [re.sub(r"\s*\|\s*", "|", piece.strip()) for piece in pieces]


def _default(text: str | None) -> Json:
    if text is None:
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise ValueError(f"the default {text} is no Python literal") from None
    if not isinstance(value, str | int | float | bool | None):
        raise ValueError(f"the default {text} is neither text, number, truth value nor None")
    return value


def _values(text: str) -> tuple[Json, ...]:
    return tuple(_WORDS.get(word, word) for word in (word.strip().strip("'\"") for word in text.split(",")))
