"""Libraries that make a command of a function or a class: its parameters are the options, their defaults the defaults.

Interfaces: fire 0.7, typer 0.16, jsonargparse 4.40, tyro 0.9, defopt 7.0, plac 1.4, argh 0.31, cyclopts 3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.command_line import Flag, Words, given_values, spelled
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
_REST = (n.ParameterKind.VAR_KEYWORD, n.ParameterKind.VAR_POSITIONAL)
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
        if parameter.kind in _REST:
            return None
        default = parameter_default(ev, module, scope, parameter)
        value = option_value(default, _choices(ev, module, parameter), parameter.name)
        env = open_environment(ev, module, parameter.span)
        value = value.traced(env.step(parameter.span, StepKind.OPTION))
        step = env.step(parameter.span, StepKind.DECLARATION)
        launched = [v.opened(reason(parameter.name)) for v in self._launched(ev, module, scope, parameter)]
        return Setting(join((value, *(v.traced(step) for v in launched))))

    def _launched(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> list[Value]:
        """What launches pass by the parameter's name, by names that `typer.Option` gives it, or by its position."""
        launches = self._launches.of(ev, module.path)
        if not launches:
            return []
        parameters = [p for p in scope.parameters if p.name not in ("self", "cls") and p.kind not in _REST]
        flags = [_flag(ev, module, p) for p in parameters]
        placed = [f for f, p in zip(flags, parameters, strict=True) if _is_placed(module, p)]
        flag = flags[parameters.index(parameter)]
        found = []
        for launch in launches:
            given = given_values(launch.words, flag, flags)
            words = _of_command(module, scope, launch.words) if not given and flag in placed else ()
            found += given or _by_position(words, flag, flags, placed)
        return found

    def _is_command(self, ev: Evaluator, module: Module, scope: Scope) -> bool:
        if scope.node is None:
            return False
        for value, _, _ in decorators(ev, module, scope):
            if any(isinstance(a.atom, External) and _DECORATORS.fullmatch(a.atom.name) for a in value.atoms):
                return True
        return (module.path, scope.id) in self._commands.get(ev, None, lambda: _all_commands(ev))


def _flag(ev: Evaluator, module: Module, parameter: n.Parameter) -> Flag:
    """The names of a parameter on the command line."""
    names = spelled(parameter.name)
    node = module.expression(parameter.default) if parameter.default is not None else None
    if isinstance(node, n.Call):
        given = calls.evaluate_arguments(ev, node.args, open_environment(ev, module, parameter.span))
        names += tuple(t for t in texts(given) if t.startswith("-"))
    return Flag(parameter.name, names, isinstance(node, n.Constant) and isinstance(node.value, bool))


def _is_placed(module: Module, parameter: n.Parameter) -> bool:
    """Whether a parameter takes a word without a name: it has no default, or its declaration says so."""
    if parameter.kind is n.ParameterKind.KEYWORD_ONLY:
        return False
    written = b" ".join(module.source.data[slice(*s)] for s in (parameter.annotation, parameter.default) if s)
    return b"Argument(" in written or (parameter.default is None and b"Option(" not in written)


def _of_command(module: Module, scope: Scope, words: Words) -> Words:
    """The words behind a command's own name; all of them where they begin with no function's, else none."""
    names = (scope.name, scope.name.replace("_", "-"))
    position = next((i for i, (word, _) in enumerate(words) if word in names), None)
    if position is not None:
        return words[position + 1 :]
    functions = {s.name for s in module.index.scopes if s.kind is ScopeKind.FUNCTION}
    return words if not any(word.replace("-", "_") in functions for word, _ in words[:1]) else ()


def _by_position(words: Words, flag: Flag, flags: list[Flag], placed: list[Flag]) -> list[Value]:
    """The word at a parameter's place among those without a name; a parameter that is given by name takes none."""
    named = [f for f in flags if f not in placed or given_values(words, f, flags)]
    rest = {f.dest: Flag(f.dest, (f.dest,)) for f in placed if f not in named}
    return given_values(words, rest[flag.dest], [*named, *rest.values()]) if flag.dest in rest else []


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
