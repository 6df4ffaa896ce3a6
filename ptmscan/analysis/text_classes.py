"""Classes of libraries whose objects are texts, so that they name models as any other text does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import formatting
from ptmscan.analysis.alternatives import combine, mapped, text_value, with_hole
from ptmscan.analysis.collection_functions import Function, first
from ptmscan.analysis.values import Arguments, Atom, Const, Hole, Value, text_of, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def _joined(between: str, names: tuple[str, str]) -> Function:
    """A class that makes one text of its two arguments."""

    def function(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        left, right = (first(arguments, name, i) for i, name in enumerate(names))
        if left is None or right is None:
            return unknown("a name that is made without its parts")
        return combine(
            with_hole(left),
            with_hole(right),
            lambda a, b: text_value((*formatting.text_form(a), between, *formatting.text_form(b))),
        )

    return function


def _environment_name(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    given = first(arguments, "gym_id")
    return unknown("a name that is made of nothing") if given is None else mapped(with_hole(given), _normalised)


def _normalised(atom: Atom) -> Value:
    """The name of an environment behind its module, without slashes."""
    if isinstance(atom, Const) and isinstance(atom.value, str):
        return text_of(atom.value.replace("/", "-").rpartition(":")[2])
    return text_value((Hole("name of an environment that is not known"),))


# huggingface_sb3 3.0: naming_schemes.py
_SB3: dict[str, Function] = {
    "EnvironmentName": _environment_name,
    "ModelName": _joined("-", ("algo_name", "environment_name")),
    "ModelRepoId": _joined("/", ("org", "model_name")),
}
FUNCTIONS = {f"huggingface_sb3.{part}{name}": f for part in ("", "naming_schemes.") for name, f in _SB3.items()}
