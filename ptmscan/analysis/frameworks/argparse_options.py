"""argparse and what speaks its interface: the value of `args.name` is the option's default and its choices.

Interface: https://docs.python.org/3/library/argparse.html (checked against CPython 3.13). Any value may be given on the
command line, so that an option's value is open, unless the program parses a list of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.argparse_contexts import marked
from ptmscan.analysis.frameworks.argparse_definitions import (
    CONSTRUCTORS,
    DEFINES,
    OPTPARSE,
    PARSER,
    DefinitionReader,
    Definitions,
    Option,
    as_parser,
)
from ptmscan.analysis.frameworks.command_line import Words, given_values, has_known_options, known_words
from ptmscan.analysis.frameworks.config_options import configured
from ptmscan.analysis.frameworks.launched import Launch, Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.namespaces import NAMESPACE, NamespaceChanges, commands_of
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.options import reason
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.values import (
    NEVER,
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

_SAME_PARSER = (
    "add_argument_group",
    "add_mutually_exclusive_group",
    "add_subparsers",
    "add_parser",
    "add_option_group",
)
_PARSES = ("parse_args", "parse_intermixed_args", "parse")
_PARSES_SOME = ("parse_known_args", "parse_known_intermixed_args")
# The keyword under which a namespace keeps the script of its launch; None: all launches together.
_LAUNCHED = "launched script"
# As many as, with the one of any other command line, the calling contexts of a function are told apart for.
MAX_NAMESPACES = 14
_METHODS = (*_SAME_PARSER, *_PARSES, *_PARSES_SOME)


class ArgparseOptions(Model):
    """The model of argparse for one program."""

    names = frozenset(
        [
            *CONSTRUCTORS,
            "optparse.OptionParser",
            *(f"{parser}.{m}" for parser in (PARSER, OPTPARSE, *CONSTRUCTORS) for m in _METHODS),
        ]
    )

    def __init__(self, launches: Launches, files: SettingsFiles) -> None:
        self._reader, self._changes = DefinitionReader(), NamespaceChanges()
        self._launches, self._files = launches, files
        self._commands: Once[None, dict[tuple[str, int], list[Made]]] = Once(dict)

    def owns(self, made: Made) -> bool:
        """Parsers and the namespaces that they make."""
        return made.name in (PARSER, OPTPARSE, NAMESPACE)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """Parsers, their groups and subparsers (all one), and what parsing returns."""
        if callee.receiver is None:
            kind = OPTPARSE if callee.name.startswith("optparse") else PARSER
            return known(Made(kind, env.module.path, span, marked(arguments, env, DEFINES)))
        parser, method = as_parser(ev, callee.receiver), callee.name.rpartition(".")[2]
        if parser is None:
            return known(External(f"{callee.name}()"))
        if method in _SAME_PARSER:
            return known(parser)
        given = arguments.positional[0] if arguments.positional else arguments.keyword("args")
        # What is parsed is a list of the program's own only if that is known: else it is the command line after all.
        if given is not None and known_words(given) is not None:
            namespace = known(Made(NAMESPACE, env.module.path, span, Arguments((known(parser), given))))
        else:
            namespace = self._namespaces(ev, parser, env.module, span)
        target = arguments.keyword("namespace")
        if target is not None:
            namespace = join((namespace, target))
        if method in _PARSES_SOME or parser.name == OPTPARSE:
            return known(Sequence(SequenceKind.TUPLE, (namespace, unknown("arguments left over"))))
        return namespace

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """`args.name`, or a method of a parser."""
        if made.name != NAMESPACE:
            return known(External(f"{made.name}.{attr}", made))
        if attr == "__dict__":
            return self.mapping(ev, made, env)
        values = [self._option(ev, parser, made, attr, env) for parser in _parsers(made)]
        values += self._changes.of(ev, made, attr, env)
        found = [v for v in values if v is not None]
        return join(found) if found else unknown(f"option `{attr}` is not defined where it can be seen")

    def mapping(self, ev: Evaluator, made: Made, env: Environment) -> Value:
        """`vars(args)`"""
        if made.name != NAMESPACE:
            return unknown("vars of a parser")
        rows: dict[str, list[Value]] = {}
        for parser in _parsers(made):
            defined = self._reader.everything(ev, parser)
            for dest in dict.fromkeys([*(o.dest for o in defined.options), *(name for name, _ in defined.defaults)]):
                value = self._option(ev, parser, made, dest, env)
                rows.setdefault(dest, []).extend([value] if value is not None else [])
        for dest in rows:
            rows[dest] += self._changes.of(ev, made, dest, env)
        return known(Mapping(tuple((Const(dest), join(values)) for dest, values in rows.items()), False))

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The namespace that `args.func(args)` passes to a function set by `set_defaults(func=…)`."""
        if not scope.parameters or scope.parameters[0] is not parameter:
            return None
        commands = self._commands.get(ev, None, lambda: commands_of(ev))
        parsers = commands.get((module.path, scope.id))
        if not parsers:
            return None
        places = [(p, ev.program.get(p.path)) for p in parsers]
        return Setting(join(self._namespaces(ev, p, module, p.span) for p, module in places))

    def _namespaces(self, ev: Evaluator, parser: Made, module: Module, span: n.Span) -> Value:
        """The namespace that any command line makes, and, of few launches, one each: their words stay together."""
        launches = self._launches.of(ev, parser.path, module.path)
        if len(launches) > MAX_NAMESPACES:
            marked = ((_LAUNCHED, known(Const(None))),)
            return known(Made(NAMESPACE, module.path, span, Arguments((known(parser),), marked)))
        anything = Made(NAMESPACE, module.path, span, Arguments((known(parser),)))
        made = [] if self._launches.assumed and launches else [anything]
        for launch in launches:
            words = known(Sequence(SequenceKind.LIST, tuple(value for _, value in launch.words)))
            script = ((_LAUNCHED, known(Const(launch.script))),)
            made.append(Made(NAMESPACE, module.path, span, Arguments((known(parser), words), script)))
        return join(known(m) for m in made)

    # --- options ------------------------------------------------------------------------------------------------------

    def _option(self, ev: Evaluator, parser: Made, namespace: Made, dest: str, env: Environment) -> Value | None:
        """The value of one option of a parser; None when nothing defines it."""
        defined = self._reader.of(ev, parser, dest)
        options = defined.named(dest)
        defaults = _declared([v for name, v in defined.defaults if name == dest], options)
        if not options and not defaults:
            return None
        launched = namespace.arguments.keyword(_LAUNCHED)
        own_list = namespace.arguments.positional[1:]
        if own_list and launched is not None:
            return self._in_launch(ev, defined, options, defaults, namespace, env)
        if own_list:
            return join(self._from_list(defined, options, defaults, own_list[0], dest))
        values = [o.value().traced(o.step()) for o in options]
        launches = self._launches.of(ev, parser.path, env.module.path) if launched is not None else []
        passed = self._passed(ev, parser, defined, options, launches)
        return join((*values, *(v.opened(reason(dest)) for v in (*defaults, *passed))))

    def _in_launch(
        self,
        ev: Evaluator,
        defined: Definitions,
        options: list[Option],
        defaults: list[Value],
        namespace: Made,
        env: Environment,
    ) -> Value:
        """The value in one launch: what it passes, else what a file that it names says, else the default."""
        row = containers.elements(namespace.arguments.positional[1])
        words = tuple((_text(value), value) for value in row.items)
        script = (namespace.arguments.keyword(_LAUNCHED) or NEVER).consts()
        if not any(self._launches.reaches(ev.program, str(c.value), env.module.path) for c in script):
            return NEVER
        foreign = any(c.value != p.path for c in script for p in _parsers(namespace))
        found: list[Value] = []
        for option in options:
            passed = self._passed_in(option, defined, words, whole=foreign)
            passed = passed or self._configured(ev, [words], option, defined)
            # That an option is None here is left to the namespace of any command line: tests for it are not told apart.
            is_left = option.default().single() == Const(None) and not self._launches.assumed
            default = NEVER if is_left else option.default()
            found += passed or [*defaults, default.traced(option.step())]
        sure = has_known_options(words) and len(options) == 1 and options[0].certain
        merged = join(found or defaults)
        return merged if sure else merged.opened("a launch that is not known in full")

    def _passed_in(self, option: Option, defined: Definitions, words: Words, *, whole: bool = False) -> list[Value]:
        """What the words of a command line give an option.

        `whole`: in the launch of a script that imports the parser's module, which may have a parser of its own. Options
        that both have may go to either; `--mode` of the one is no short form of `--model` of the other.
        """
        given = given_values(words, option, defined.options, whole=whole)
        if option.is_switch:
            return [text_of(option.action != "store_false") for _ in given]
        return _declared([option.converted(v) for v in given], [option])

    def _passed(
        self, ev: Evaluator, parser: Made, defined: Definitions, options: list[Option], launches: list[Launch]
    ) -> list[Value]:
        """What launches pass for an option, on the command line or in a file that they, or a default, name."""
        found: list[Value] = []
        for option in options:
            for launch in launches:
                found += self._passed_in(option, defined, launch.words, whole=launch.script != parser.path)
            found += self._configured(ev, [launch.words for launch in launches], option, defined)
        return found

    def _configured(self, ev: Evaluator, launches: list[Words], option: Option, defined: Definitions) -> list[Value]:
        """What files that another option names give an option."""
        return _declared(configured(ev, self._files, launches, option, defined), [option])

    def _from_list(
        self, defined: Definitions, options: list[Option], defaults: list[Value], given: Value, dest: str
    ) -> list[Value]:
        """The values when the program parses a list of its own: closed if it and the option's definition are known."""
        words = known_words(given)
        values: list[Value] = []
        for option in options:
            passed = self._passed_in(option, defined, words or ())
            values += passed
            if not passed or words is None:
                values.append(option.default().traced(option.step()))
        values += defaults
        sure = words is not None and len(options) == 1 and options[0].certain and not defaults
        return values if sure else [v.opened(reason(dest)) for v in values]


def _declared(values: list[Value], options: list[Option]) -> list[Value]:
    """Values that something else gives an option, with the place where that is declared, if it is one place."""
    if len(options) != 1:
        return values
    step = options[0].step(StepKind.DECLARATION)
    return [value.traced(step) for value in values]


def _text(value: Value) -> str:
    """A word as it is written; one that is not known is no option's name."""
    return next((str(c.value) for c in value.consts()), "")


def _parsers(namespace: Made) -> list[Made]:
    return [a.atom for a in namespace.arguments.positional[0].atoms if isinstance(a.atom, Made)]
