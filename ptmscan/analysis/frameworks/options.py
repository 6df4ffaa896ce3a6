"""What command-line options have in common, whichever library defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers, lookup
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.values import NEVER, OPTION, Arguments, Const, Made, Value, text_of

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.syntax import nodes as n


def reason(dest: str) -> str:
    """Why an option's value is open: the user may pass another one."""
    return f"{OPTION} `{dest}`"


def option_value(default: Value | None, choices: Value | None, dest: str) -> Value:
    """What an option may be: its default and its choices, and whatever the user passes."""
    values = [default] if default is not None else []
    if choices is not None:
        values += containers.elements(choices).items
    return (join(values) if values else NEVER).opened(reason(dest))


def texts(arguments: Arguments) -> tuple[str, ...]:
    """The positional arguments that are constant texts: an option's names."""
    return tuple(c.value for v in arguments.positional for c in v.consts()[:1] if isinstance(c.value, str))


def is_true(value: Value | None) -> bool:
    """Whether an argument is the constant True."""
    return value is not None and value.single() == Const(True)


def flag_value() -> Value:
    """What a switch may be."""
    return join((text_of(False), text_of(True)))


def made_of(value: Value, *names: str) -> list[Made]:
    """The objects of the given kinds that a value may be."""
    return [a.atom for a in value.atoms if isinstance(a.atom, Made) and a.atom.name in names]


def decorators(ev: Evaluator, module: Module, scope: Scope) -> list[tuple[Value, n.Span, Environment]]:
    """The values of a function's decorators, with their places."""
    if scope.node is None or not scope.node.decorators or scope.parent is None:
        return []
    outer = module.scope(scope.parent)
    env = lookup.environment(module, outer, ev.open_frame(module, outer))
    return [(ev.evaluate_span(span, env), span, env) for span in scope.node.decorators]


def parameter_default(ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Value:
    """A parameter's default, whoever calls."""
    return lookup.default_value(ev, module, scope, None, parameter)
