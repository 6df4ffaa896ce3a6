"""pytest: the parameters of a test are the values of `@pytest.mark.parametrize("name, size", [("bert", 1), …])`.

Interface: pytest 8.4 (https://docs.pytest.org/en/stable/reference/reference.html#pytest-mark-parametrize).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.options import decorators, made_of
from ptmscan.analysis.index import ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Const,
    External,
    Made,
    Sequence,
    Setting,
    StepKind,
    Value,
    known,
    unknown,
)

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.syntax import nodes as n

PARAMETRIZE = "pytest.mark.parametrize()"
PARAM = "pytest.param()"


class PytestParameters(Model):
    """The model of pytest's parametrized tests."""

    names = frozenset(["pytest.mark.parametrize", "pytest.param"])
    objects = frozenset([PARAMETRIZE, PARAM])

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A mark, or one row of its values; applied to a function a mark leaves it what it is."""
        return known(Made(f"{callee.name}()", env.module.path, span, arguments))

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The values that a mark of the test or of its class lists for the parameter."""
        above = module.scope(scope.parent) if scope.parent is not None else None
        marked = (scope, above) if above is not None and above.kind is ScopeKind.CLASS else (scope,)
        for place in marked:
            for value, span, env in decorators(ev, module, place):
                for made in made_of(value, PARAMETRIZE):
                    found = _values(made.arguments, parameter.name)
                    if found is not None:
                        return Setting(found.traced(env.step(span, StepKind.ARGUMENT)), only=True)
        return None


def _values(arguments: Arguments, wanted: str) -> Value | None:
    """What a mark lists for a parameter; None when it is about others, or hands its values to a fixture first."""
    named, listed = _argument(arguments, "argnames", 0), _argument(arguments, "argvalues", 1)
    indirect = _argument(arguments, "indirect", 2)
    names = _names(named) if named is not None else ()
    if wanted not in names or listed is None or (indirect is not None and indirect.single() != Const(False)):
        return None
    rows = containers.elements(listed)
    found = [_part(row, names.index(wanted), len(names)) for row in rows.items]
    value = join(found) if found else NEVER
    return value if rows.complete else value.opened(f"parameter `{wanted}` of a test")


def _argument(arguments: Arguments, name: str, position: int) -> Value | None:
    if position < len(arguments.positional):
        return arguments.positional[position]
    return arguments.keyword(name)


def _names(value: Value) -> tuple[str, ...]:
    """The parameters of a mark: a text with commas, or a list of texts."""
    single = value.single()
    if isinstance(single, Const) and isinstance(single.value, str):
        return tuple(name.strip() for name in single.value.split(",") if name.strip())
    items = single.items if isinstance(single, Sequence) and single.complete else ()
    texts = [item.single() for item in items]
    return tuple(t.value if isinstance(t, Const) and isinstance(t.value, str) else "" for t in texts)


def _part(row: Value, position: int, count: int) -> Value:
    """What a row of values has for one of the parameters."""
    params = made_of(row, PARAM)
    if params:
        given = params[0].arguments
        has = position < len(given.positional) and len(row.atoms) == 1
        return given.positional[position] if has else unknown("row of a parametrized test")
    return row if count == 1 else containers.item(row, position)
