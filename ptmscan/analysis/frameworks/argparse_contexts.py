"""In which calls of the function around it an option is defined: `def add(parser, prefix): parser.add_argument(…)`.

An option whose name, default or choices depend on parameters is another one for each call of its function. A parser
that such a function makes is another one for each call, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ptmscan.analysis import nested
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import Arguments, Frame, FunctionRef, Made, Value, known
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module

# The keyword under which a parser keeps the activation of the function that made it.
_MADE_IN = "activation"


def contexts(ev: Evaluator, module: Module, call: n.Call, parser: Made) -> tuple[list[Environment], bool]:
    """The environments in which a method of a parser is called, and whether there are surely no others."""
    env = open_environment(ev, module, call.span)
    frame = env.frame
    if frame is None or not depends(module.scope(env.scope), call):
        return [env], True
    made_in = activation(parser)
    if made_in is not None and (made_in.path, made_in.scope) == (frame.path, frame.scope):
        return [replace(env, frame=made_in)], True
    names = _touched(ev, call, env)
    if not names:
        return [env], True
    frames, reason = ev.frames_of(frame, names)
    return ([replace(env, frame=f) for f in frames], reason is None) if frames else ([env], True)


def depends(scope: Scope, call: n.Call) -> bool:
    """Whether an argument of a call may depend on a parameter of the function that it stands in."""
    if not scope.parameters:
        return False
    own = {p.name for p in scope.parameters} | scope.bindings.keys()
    return any(name in own for argument in call.args for name in _names(argument.value))


def _names(expr: n.Expr) -> Iterator[str]:
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, n.Name):
            yield node.id
        pending += nested.children(node)


def _touched(ev: Evaluator, call: n.Call, env: Environment) -> frozenset[str]:
    """The parameters that the arguments of a call depend on, with those of its receiver."""
    with ev.question():
        for argument in call.args:
            ev.evaluate(argument.value, env)
        if not any(f == env.frame for f, _ in ev.touched):
            return frozenset()
        if isinstance(call.func, n.Attribute):
            ev.evaluate(call.func.value, env)
        return frozenset(name for f, name in ev.touched if f == env.frame)


# --- parsers ----------------------------------------------------------------------------------------------------------


def marked(arguments: Arguments, env: Environment, defining: re.Pattern[bytes]) -> Arguments:
    """The arguments of a parser with the activation that it is made in, where options there depend on parameters."""
    frame = env.frame
    if frame is None or frame.parameters is None:
        return arguments
    module, scope = env.module, env.module.scope(env.scope)
    spans = module.calls(defining)
    here = (module.expression(span) for span in spans if module.index.scope_at(span[0]).id == env.scope)
    if not any(isinstance(call, n.Call) and depends(scope, call) for call in here):
        return arguments
    activation_of = known(FunctionRef(frame.path, frame.scope, frame))
    return replace(arguments, keywords=(*arguments.keywords, (_MADE_IN, activation_of)))


def activation(parser: Made) -> Frame | None:
    """The activation that a parser was made in, if its options depend on it."""
    kept = parser.arguments.keyword(_MADE_IN)
    atom = kept.single() if kept is not None else None
    return atom.frame if isinstance(atom, FunctionRef) else None


def unmarked(arguments: Arguments) -> Arguments:
    """The arguments of a namespace whose parsers are taken for one, whichever activation made them."""

    def plain(value: Value) -> Value:
        return Value(
            tuple(replace(a, atom=_plain(a.atom)) if isinstance(a.atom, Made) else a for a in value.atoms),
            value.open_reason,
        )

    return replace(arguments, positional=(*(plain(v) for v in arguments.positional[:1]), *arguments.positional[1:]))


def _plain(parser: Made) -> Made:
    kept = tuple(row for row in parser.arguments.keywords if row[0] != _MADE_IN)
    return replace(parser, arguments=replace(parser.arguments, keywords=kept))
