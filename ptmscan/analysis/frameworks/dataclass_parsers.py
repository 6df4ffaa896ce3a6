"""HfArgumentParser and its like: command lines parsed into dataclasses, whose defaults are the options' defaults.

Interfaces: transformers.HfArgumentParser (4.57), trl.TrlParser (0.20), simple_parsing 0.1, tyro 0.9, draccus 0.11,
pyrallis 0.3, typed-argument-parser 1.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, containers, data_classes
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.command_line import Flag, Words, given_values, has_known_options, spelled
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.options import decorators, reason
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    ClassRef,
    Const,
    External,
    Instance,
    Made,
    Mapping,
    Sequence,
    SequenceKind,
    Setting,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.syntax import nodes as n

PARSER = "transformers.HfArgumentParser()"
PARSED = "transformers.HfArgumentParser().parse_args_into_dataclasses()[]"
_CONSTRUCTORS = (
    "transformers.HfArgumentParser",
    "transformers.hf_argparser.HfArgumentParser",
    "trl.TrlParser",
    "trl.scripts.utils.TrlParser",
    "trl.commands.cli_utils.TrlParser",
)
_FILES = {"parse_json_file": Format.JSON, "parse_yaml_file": Format.YAML}
_METHODS = ("parse_args_into_dataclasses", "parse_dict", "parse_args_and_config", *_FILES)
_DIRECT = ("tyro.cli", "simple_parsing.parse", "draccus.parse", "pyrallis.parse", "chz.entrypoint")
_WRAPPERS = frozenset(
    ["pyrallis.wrap()", "draccus.wrap()", "simple_parsing.decorators.main()", "simple_parsing.decorators.main"]
)
_TAP = ("tap.Tap.parse_args", "tap.tap.Tap.parse_args", "tap.Tap.from_dict")
# What HfArgumentParser's string_to_bool makes of words.
_SWITCHES = {
    **dict.fromkeys(["yes", "true", "t", "y", "1"], True),
    **dict.fromkeys(["no", "false", "f", "n", "0"], False),
}
_CONFIG = Flag("config", ("--config", "--config_path", "--config_file"))


class DataclassParsers(Model):
    """The model of parsers that fill dataclasses."""

    names = frozenset([*_CONSTRUCTORS, *_DIRECT, *_TAP, *(f"{PARSER}.{m}" for m in _METHODS)])

    def __init__(self, files: SettingsFiles, launches: Launches) -> None:
        self._files, self._launches = files, launches

    def owns(self, made: Made) -> bool:
        """The parsers, and the objects that they make of a library's own classes."""
        return made.name in (PARSER, PARSED)

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """A field of a library's class, as far as launches pass it; else a method of the parser."""
        if made.name == PARSER:
            return known(External(f"{PARSER}.{attr}", made))
        module = ev.program.module(made.path) or env.module
        launches = [launch.words for launch in self._launches.of(ev, module.path)]
        values = self._passed(ev, launches, attr, module)
        owner = made.arguments.positional[0].single()
        name = owner.name if isinstance(owner, External) else PARSED
        return join((*values, known(External(f"{name}().{attr}")))) if values else known(External(f"{name}().{attr}"))

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A parser, or the tuple of objects that parsing gives."""
        receiver = callee.receiver
        if callee.name in _DIRECT:
            first = arguments.positional[0] if arguments.positional else arguments.keyword("config_class")
            return unknown("no class to parse into") if first is None else self._filled(ev, first, env)
        if isinstance(receiver, Instance):
            return self._filled(ev, known(receiver.cls), env)
        if not isinstance(receiver, Made):
            return known(Made(PARSER, env.module.path, span, arguments))
        classes = receiver.arguments.positional[0] if receiver.arguments.positional else None
        classes = classes if classes is not None else receiver.arguments.keyword("dataclass_types")
        if classes is None:
            return unknown("no class to parse into")
        method = callee.name.rpartition(".")[2]
        row = containers.elements(classes)
        objects = [self._parsed(ev, method, item, arguments, env) for item in row.items or (classes,)]
        return known(Sequence(SequenceKind.TUPLE, tuple(objects), True))

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The object that `@pyrallis.wrap()` and its like pass, of the class that the parameter is annotated with."""
        if parameter.annotation is None or not scope.parameters or scope.parameters[0] is not parameter:
            return None
        names = {
            a.atom.name for v, _, _ in decorators(ev, module, scope) for a in v.atoms if isinstance(a.atom, External)
        }
        if not names & _WRAPPERS:
            return None
        env = open_environment(ev, module, parameter.span)
        return Setting(self._filled(ev, ev.evaluate_span(parameter.annotation, env), env), only=True)

    def _parsed(self, ev: Evaluator, method: str, cls: Value, arguments: Arguments, env: Environment) -> Value:
        """The object that one method makes of one class."""
        given = arguments.positional[0] if arguments.positional else None
        if method in _FILES:
            path = given if given is not None else arguments.keyword(method.removeprefix("parse_"))
            if path is None:
                return self._filled(ev, cls, env)
            return _made_of(cls, self._files.at(ev.program, env.module, path, _FILES[method]))
        if method == "parse_dict":
            table = given if given is not None else arguments.keyword("args")
            return self._filled(ev, cls, env) if table is None else _made_of(cls, calls.contents(ev, table, env))
        return self._filled(ev, cls, env)

    def _filled(self, ev: Evaluator, cls: Value, env: Environment) -> Value:
        """Objects whose fields are their defaults, what launches pass, and whatever the user passes."""
        launches = [launch.words for launch in self._launches.of(ev, env.module.path)]
        return mapped(cls, lambda a: self._object(ev, a, launches, env))

    def _object(self, ev: Evaluator, atom: Atom, launches: list[Words], env: Environment) -> Value:
        if isinstance(atom, External):
            return known(Made(PARSED, env.module.path, (0, 0), Arguments((known(atom),))))
        if not isinstance(atom, ClassRef):
            return unknown("a class that is not known")
        if self._launches.assumed and launches:
            return known(Instance(atom, self._given(ev, atom, launches, env)))
        plain = Instance(atom, Arguments(complete=False))
        passed: dict[str, list[Value]] = {}
        for name, (owner, statement) in data_classes.fields(ev, atom).items():
            values = self._passed(ev, launches, name, env.module, _is_switch(ev, owner, statement))
            if values:
                default = data_classes.field_value(ev, plain, name)
                passed[name] = [*([default] if default is not None else []), *values]
        keywords = tuple((name, join(values).opened(reason(name))) for name, values in passed.items())
        return known(Instance(atom, Arguments((), keywords, complete=False)))

    def _given(self, ev: Evaluator, cls: ClassRef, launches: list[Words], env: Environment) -> Arguments:
        """What an object is made of if there are no other launches: a field that is not passed has its default."""
        sure = all(map(has_known_options, launches))
        keywords: list[tuple[str, Value]] = []
        for name, (owner, statement) in data_classes.fields(ev, cls).items():
            is_switch = _is_switch(ev, owner, statement)
            rows = [self._passed(ev, [words], name, env.module, is_switch) for words in launches]
            if any(rows):
                default = data_classes.field_value(ev, Instance(cls, Arguments()), name)
                left = [] if all(rows) or default is None else [default]
                value = join((*left, *(v for row in rows for v in row)))
                keywords.append((name, value if sure else value.opened(reason(name))))
        return Arguments((), tuple(keywords), complete=sure)

    def _passed(
        self, ev: Evaluator, launches: list[Words], name: str, module: Module, is_switch: bool = False
    ) -> list[Value]:
        """What launches give a field, on the command line or in a file."""
        passed = [v for words in launches for v in _on_line(words, name, is_switch=is_switch)]
        return [*passed, *(v for words in launches for v in self._from_file(ev, words, name, module))]

    def _from_file(self, ev: Evaluator, words: Words, name: str, module: Module) -> list[Value]:
        """The field in a file that a launch names with `--config`."""
        found = []
        for path in given_values(words, _CONFIG, (_CONFIG,)):
            table = self._files.at(ev.program, module, path)
            found.append(
                mapped(table, lambda a: containers.lookup(a, text_of(name)) if isinstance(a, Mapping) else unknown(""))
            )
        return [v for v in found if v.atoms]


def _on_line(words: Words, name: str, *, is_switch: bool) -> list[Value]:
    """What a command line gives a field; a switch needs no value, and `--no_name` turns it off."""
    flag = Flag(name, spelled(name))
    given = given_values(words, flag, (flag,))
    if not is_switch:
        return given
    if not given:
        on = given_values(words, Flag(name, flag.flags, is_switch=True), (flag,))
        off = given_values(words, Flag(name, spelled(f"no_{name}"), is_switch=True), (), whole=True)
        return [mapped(v, lambda _: text_of(True)) for v in on] + [mapped(v, lambda _: text_of(False)) for v in off]
    return [
        mapped(v, lambda a: text_of(_SWITCHES.get(str(a.value).lower(), a.value)) if isinstance(a, Const) else known(a))
        for v in given
    ]


def _is_switch(ev: Evaluator, owner: ClassRef, statement: n.AnnAssign) -> bool:
    """Whether a field is annotated as a bool, and as no text."""
    module, _ = classes.class_scope(ev, owner)
    text = module.source.data[slice(*statement.annotation)]
    return b"bool" in text and b"str" not in text


def _made_of(cls: Value, table: Value) -> Value:
    """Objects whose fields are the keys of a dictionary."""

    def one(atom: Atom) -> Value:
        return mapped(
            table, lambda t: known(Instance(atom, _keywords(t))) if isinstance(atom, ClassRef) else known(atom)
        )

    return mapped(cls, one)


def _keywords(atom: Atom) -> Arguments:
    if not isinstance(atom, Mapping):
        return Arguments(complete=False)
    rows = tuple((str(k.value), v) for k, v in atom.items if isinstance(k, Const))
    return Arguments((), rows, atom.complete)
