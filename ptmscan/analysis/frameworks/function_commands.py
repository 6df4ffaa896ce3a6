"""Libraries that make a command of a function or a class: its parameters are the options, their defaults the defaults.

Interfaces: fire 0.7, typer 0.16, jsonargparse 4.40, tyro 0.9, defopt 7.0, plac 1.4, argh 0.31, cyclopts 3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.command_line import Flag, given_values, spelled
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.options import decorators, option_value, parameter_default, reason, texts
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.index import MODULE_SCOPE, ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    Mapping,
    Sequence,
    SequenceKind,
    Setting,
    StepKind,
    Value,
    known,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module

# Functions that take what they make a command of.
RUNNERS = frozenset(
    [
        "fire.Fire",
        "fire.core.Fire",
        "typer.run",
        "jsonargparse.CLI",
        "jsonargparse.auto_cli",
        "tyro.cli",
        "tyro.extras.subcommand_cli_from_dict",
        "defopt.run",
        "plac.call",
        "argh.dispatch_command",
        "argh.dispatch_commands",
        "cyclopts.run",
        "clize.run",
    ]
)
_FIRE = frozenset(["fire.Fire", "fire.core.Fire"])
_RUNNER_CALLS = re.compile(rb"Fire|run|CLI|auto_cli|cli|call|dispatch_commands?|subcommand_cli_from_dict")
_LIBRARIES = ("fire", "typer", "jsonargparse", "tyro", "defopt", "plac", "argh", "cyclopts", "clize")
_DECORATORS = re.compile(
    r"(typer\.Typer|cyclopts\.App)\(\)\.(command|callback|default)(\(\))?|plac\.\w+\(\)|argh\.arg\(\)"
)
_TYPER = ("typer.Option", "typer.Argument", "typer.params.Option", "typer.params.Argument")
MAX_FILES = 32


class FunctionCommands(Model):
    """The model of libraries that call a function with options."""

    names = frozenset(_TYPER)

    def __init__(self, launches: Launches) -> None:
        self._launches = launches
        self._commands: Once[None, set[tuple[str, int]]] = Once(set)

    def call(self, _ev: Evaluator, _callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """`typer.Option(default, …)` as a parameter's default."""
        default = arguments.positional[0] if arguments.positional else arguments.keyword("default")
        if default is None or default.single() == Const(...):
            default = NEVER
        return default.opened("an option of the command line").traced(env.step(span, StepKind.OPTION))

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The parameter's default and choices."""
        if parameter.name in ("self", "cls") or not self._is_command(ev, module, scope):
            return None
        if parameter.kind in (n.ParameterKind.VAR_KEYWORD, n.ParameterKind.VAR_POSITIONAL):
            return None
        default = parameter_default(ev, module, scope, parameter)
        value = option_value(default, _choices(ev, module, parameter), parameter.name)
        value = join((value, *self._launched(ev, module, parameter)))
        return Setting(value.traced(open_environment(ev, module, parameter.span).step(parameter.span, StepKind.OPTION)))

    def _launched(self, ev: Evaluator, module: Module, parameter: n.Parameter) -> list[Value]:
        """What launches pass by the parameter's name, or by names that `typer.Option` gives it."""
        names = spelled(parameter.name)
        if parameter.default is not None:
            call = module.expression(parameter.default)
            if isinstance(call, n.Call):
                env = open_environment(ev, module, parameter.span)
                given = calls.evaluate_arguments(ev, call.args, env)
                names += tuple(t for t in texts(given) if t.startswith("-"))
        flag = Flag(parameter.name, names)
        return [
            v.opened(reason(parameter.name))
            for launch in self._launches.of(ev, module.path)
            for v in given_values(launch.words, flag, (flag,))
        ]

    def _is_command(self, ev: Evaluator, module: Module, scope: Scope) -> bool:
        if scope.node is None:
            return False
        for value, _, _ in decorators(ev, module, scope):
            if any(isinstance(a.atom, External) and _DECORATORS.fullmatch(a.atom.name) for a in value.atoms):
                return True
        return (module.path, scope.id) in self._commands.get(ev, None, lambda: _all_commands(ev))


def _all_commands(ev: Evaluator) -> set[tuple[str, int]]:
    """The functions, also constructors and methods, that runners of the repository are given."""
    found: set[tuple[str, int]] = set()
    mentioned = ev.program.mentions(_LIBRARIES)
    for path in sorted({path for paths in mentioned.values() for path in paths})[:MAX_FILES]:
        module = ev.program.module(path)
        for span in module.calls(_RUNNER_CALLS) if module is not None else ():
            call = module.expression(span) if module is not None else None
            if module is not None and isinstance(call, n.Call):
                found |= _commands_of(ev, module, call)
    return found


def _commands_of(ev: Evaluator, module: Module, call: n.Call) -> set[tuple[str, int]]:
    env = open_environment(ev, module, call.span)
    names = {a.atom.name for a in ev.evaluate(call.func, env).atoms if isinstance(a.atom, External)}
    if not names & RUNNERS:
        return set()
    given = [a.value for a in call.args if a.name in (None, "component", "component_function", "components")]
    if not given and names & _FIRE:
        return _all_of(module)
    return {target for a in ev.evaluate(given[0], env).atoms for target in _targets(ev, a.atom)} if given else set()


def _all_of(module: Module) -> set[tuple[str, int]]:
    """`fire.Fire()`: everything that the module defines."""
    scopes = module.index.scopes
    return {(module.path, s.id) for s in scopes if s.kind is ScopeKind.FUNCTION and s.parent == MODULE_SCOPE}


def _targets(ev: Evaluator, atom: Atom) -> set[tuple[str, int]]:
    match atom:
        case FunctionRef(path=path, scope=scope):
            return {(path, scope)}
        case BoundMethod(function=function):
            return {(function.path, function.scope)}
        case ClassRef() | Instance():
            cls = atom.cls if isinstance(atom, Instance) else atom
            module, _ = classes.class_scope(ev, cls)
            return {
                (cls.path, s.id) for s in module.index.scopes if s.parent == cls.scope and s.kind is ScopeKind.FUNCTION
            }
        case Mapping(items=pairs):
            return {
                t for _, v in pairs for a in v.atoms if not isinstance(a.atom, Mapping) for t in _targets(ev, a.atom)
            }
        case Sequence(items=items):
            return {t for v in items for a in v.atoms if not isinstance(a.atom, Sequence) for t in _targets(ev, a.atom)}
        case _:
            return set()


def _choices(ev: Evaluator, module: Module, parameter: n.Parameter) -> Value | None:
    """The members of an Enum, or the values of a Literal, that annotates a parameter."""
    if parameter.annotation is None:
        return None
    env = open_environment(ev, module, parameter.span)
    node = module.expression(parameter.annotation)
    if isinstance(node, n.Subscript):
        named = {a.atom.name for a in ev.evaluate(node.value, env).atoms if isinstance(a.atom, External)}
        if named & {"typing.Literal", "typing_extensions.Literal"}:
            items = node.index.items if isinstance(node.index, n.TupleExpr) else (node.index,)
            return known(Sequence(SequenceKind.TUPLE, tuple(ev.evaluate(item, env) for item in items)))
        return None
    found = [a.atom for a in ev.evaluate(node, env).atoms if isinstance(a.atom, ClassRef)]
    if not found or not classes.is_enum(ev, found[0]):
        return None
    return known(Sequence(SequenceKind.TUPLE, classes.members(ev, found[0])))
