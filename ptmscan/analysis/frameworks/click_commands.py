"""click: the parameters of a command are its options and arguments.

Interface: click 8.2 (https://click.palletsprojects.com/en/stable/options/); rich-click, asyncclick and cloup keep it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.command_line import Flag, Words, given_values
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.options import decorators, flag_value, is_true, made_of, option_value, reason, texts
from ptmscan.analysis.values import (
    Arguments,
    Const,
    External,
    Made,
    Mapping,
    Sequence,
    SequenceKind,
    Setting,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module

OPTION = "click.option()"
CHOICE = "click.Choice()"
_LIBRARIES = ("click", "rich_click", "asyncclick", "cloup", "click.decorators")
_OPTIONS = frozenset(f"{library}.{kind}" for library in _LIBRARIES for kind in ("option", "argument"))
_CHOICES = frozenset(f"{library}.Choice" for library in _LIBRARIES)


class ClickCommands(Model):
    """The model of click."""

    names = _OPTIONS | _CHOICES

    def __init__(self, launches: Launches) -> None:
        self._launches = launches

    def owns(self, made: Made) -> bool:
        """Options, not yet applied to a function, and their types."""
        return made.name in (OPTION, CHOICE)

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """An option as an object; applied to a function it leaves the function what it is."""
        return known(Made(CHOICE if callee.name in _CHOICES else OPTION, env.module.path, span, arguments))

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The value of the option that is passed by the parameter's name."""
        found = options_of(ev, module, scope)
        if not found:
            return None
        self._add_launched(ev, module, scope, found)
        if parameter.kind is n.ParameterKind.VAR_KEYWORD:
            named = {p.name for p in scope.parameters}
            rows = tuple((Const(dest), join(values)) for dest, values in found.items() if dest not in named)
            return Setting(known(Mapping(rows)), only=True)
        values = found.get(parameter.name)
        return Setting(
            join(values) if values else unknown(f"parameter `{parameter.name}` is passed by click"), only=True
        )

    def _add_launched(self, ev: Evaluator, module: Module, scope: Scope, found: dict[str, list[Value]]) -> None:
        """Add what the launches of the repository pass."""
        declared = {
            flag: env.step(span, StepKind.DECLARATION)
            for value, span, env in decorators(ev, module, scope)
            for made in made_of(value, OPTION)
            for flag in _flags(made)
        }
        flags = list(declared)
        for launch in self._launches.of(ev, module.path):
            words = _of_command(ev, module, scope, launch.words)
            for flag in flags:
                if not flag.is_switch:
                    given = given_values(words, flag, flags)
                    found[flag.dest] += [v.opened(reason(flag.dest)).traced(declared[flag]) for v in given]


def _flags(made: Made) -> list[Flag]:
    names = texts(made.arguments)
    dest = destination(names)
    dashed = tuple(name for name in names if name.startswith("-"))
    return [Flag(dest, dashed or (dest,), is_true(made.arguments.keyword("is_flag")))] if dest is not None else []


def _of_command(ev: Evaluator, module: Module, scope: Scope, words: Words) -> Words:
    """The words behind a subcommand's name; all of them for what is no subcommand, none for another one's."""
    if not any(_is_in_group(ev, module, span, env) for _, span, env in decorators(ev, module, scope)):
        return words
    names = {scope.name, scope.name.replace("_", "-")}
    position = next((i for i, (word, _) in enumerate(words) if word in names), None)
    return words[position + 1 :] if position is not None else ()


def _is_in_group(ev: Evaluator, module: Module, span: n.Span, env: Environment) -> bool:
    """Whether a decorator is `group.command()`, of a group of the program and not of the library itself."""
    node = module.expression(span)
    function = node.func if isinstance(node, n.Call) else node
    if not isinstance(function, n.Attribute) or function.attr not in ("command", "group"):
        return False
    value = ev.evaluate(function.value, env)
    return not any(isinstance(a.atom, External) and a.atom.name in _LIBRARIES for a in value.atoms)


def options_of(ev: Evaluator, module: Module, scope: Scope) -> dict[str, list[Value]]:
    """The options that decorate a function, by the parameter they are passed as."""
    found: dict[str, list[Value]] = {}
    for value, span, env in decorators(ev, module, scope):
        for made in made_of(value, OPTION):
            dest = destination(texts(made.arguments))
            if dest is not None:
                step = env.step(span, StepKind.OPTION)
                found.setdefault(dest, []).append(_value(made.arguments, dest).traced(step))
    return found


def destination(names: tuple[str, ...]) -> str | None:
    """The parameter of an option with these names: one that is an identifier, else the first of the longest dashes."""
    plain = [name for name in names if name.isidentifier()]
    if plain:
        return plain[-1].lower() if len(names) == 1 else plain[-1]
    spelled = [name.split("/", 1)[0] for name in names if name.startswith("-")]
    if not spelled:
        return names[0].replace("-", "_").lower() if names else None
    chosen = max(spelled, key=lambda name: len(name) - len(name.lstrip("-")))
    return chosen.lstrip("-").replace("-", "_").lower()


def _value(arguments: Arguments, dest: str) -> Value:
    default = arguments.keyword("default")
    if is_true(arguments.keyword("is_flag")) and arguments.keyword("flag_value") is None:
        return flag_value()
    kinds = arguments.keyword("type")
    choices = made_of(kinds, CHOICE) if kinds is not None else []
    row = choices[0].arguments.positional[0] if choices and choices[0].arguments.positional else None
    flag = arguments.keyword("flag_value")
    if default is None and not is_true(arguments.keyword("required")) and arguments.keyword("prompt") is None:
        default = text_of(None)
    value = option_value(default, row, dest)
    value = value if flag is None else join((value, flag))
    if is_true(arguments.keyword("multiple")) and row is not None:
        return known(Sequence(SequenceKind.TUPLE, (value,), complete=False))
    return value
