"""argparse and what speaks its interface: the value of `args.name` is the option's default and its choices.

Interface: https://docs.python.org/3/library/argparse.html (checked against CPython 3.13). Any value may be given on the
command line, so that an option's value is always open.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import attributes, calls, lookup
from ptmscan.analysis import operations as ops
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Const,
    External,
    Made,
    Mapping,
    Sequence,
    SequenceKind,
    StepKind,
    Value,
    join,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Environment, Evaluator
    from ptmscan.analysis.program import Module

PARSER = "argparse.ArgumentParser()"
NAMESPACE = "argparse.Namespace()"

_CONSTRUCTORS = (
    "argparse.ArgumentParser",
    "configargparse.ArgumentParser",
    "configargparse.ArgParser",
    "configargparse.Parser",
    "jsonargparse.ArgumentParser",
    "optparse.OptionParser",
)
_SAME_PARSER = (
    "add_argument_group",
    "add_mutually_exclusive_group",
    "add_subparsers",
    "add_parser",
    "add_option_group",
)
_PARSES = ("parse_args", "parse_intermixed_args")
_PARSES_SOME = ("parse_known_args", "parse_known_intermixed_args")
_DEFINES = re.compile(rb"add_argument|add_option")
_SETS = re.compile(rb"set_defaults")


class ArgparseOptions(Model):
    """The model of argparse for one program."""

    names = frozenset([*_CONSTRUCTORS, *(f"{PARSER}.{m}" for m in (*_SAME_PARSER, *_PARSES, *_PARSES_SOME))])

    def __init__(self) -> None:
        self._options: dict[tuple[str, n.Span, str], dict[str, list[Value]]] = {}

    def owns(self, made: Made) -> bool:
        """Parsers and the namespaces that they make."""
        return made.name in (PARSER, NAMESPACE)

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """Parsers, their groups and subparsers (all one), and what parsing returns."""
        method = callee.name.rpartition(".")[2]
        if callee.receiver is None:
            return known(Made(PARSER, env.module.path, span, arguments))
        if method in _SAME_PARSER:
            return known(callee.receiver)
        namespace = known(Made(NAMESPACE, env.module.path, span, Arguments((known(callee.receiver),))))
        given = arguments.keyword("namespace")
        if given is not None:
            namespace = join((namespace, given))
        if method in _PARSES_SOME:
            return known(Sequence(SequenceKind.TUPLE, (namespace, unknown("arguments left over"))))
        return namespace

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """`args.name`, or a method of a parser."""
        if made.name == PARSER:
            return known(External(f"{PARSER}.{attr}", made))
        parsers = [a.atom for v in made.arguments.positional for a in v.atoms if isinstance(a.atom, Made)]
        values = [self._option(ev, parser, attr) for parser in parsers]
        values += self._stores(ev, made, attr, env)
        if attr == "__dict__":
            return self.mapping(ev, made, env)
        return join(values) if values else unknown(f"option `{attr}`")

    def mapping(self, ev: Evaluator, made: Made, _env: Environment) -> Value:
        """`vars(args)`"""
        parsers = [a.atom for v in made.arguments.positional for a in v.atoms if isinstance(a.atom, Made)]
        rows: dict[str, list[Value]] = {}
        for parser in parsers:
            for dest, values in self._defined(ev, parser, parser.path).items():
                rows.setdefault(dest, []).extend(values)
        return known(Mapping(tuple((Const(dest), join(values)) for dest, values in rows.items()), False))

    # --- options ------------------------------------------------------------------------------------------------------

    def _option(self, ev: Evaluator, parser: Made, dest: str) -> Value:
        """The value of one option: defined in the parser's module, else in another file that names it."""
        own = self._defined(ev, parser, parser.path).get(dest)
        if own:
            return join(own)
        inherited = [v for p in self._parents(parser) if (v := self._option(ev, p, dest)).atoms]
        if inherited:
            return join(inherited)
        found: list[Value] = []
        for path in self._other_files(ev, parser, dest):
            found += self._defined(ev, parser, path).get(dest, [])
        return join(found) if found else unknown(f"option `{dest}` is not defined where it can be seen")

    def _parents(self, parser: Made) -> list[Made]:
        parents = parser.arguments.keyword("parents")
        if parents is None:
            return []
        return [
            a.atom
            for i in ops.elements(parents).items
            for a in i.atoms
            if isinstance(a.atom, Made) and a.atom != parser
        ]

    def _other_files(self, ev: Evaluator, parser: Made, dest: str) -> list[str]:
        mentioned = ev.program.mentions(["add_argument"])["add_argument"]
        spelled = re.compile(rf"\b{re.escape(dest)}\b".replace("_", "[-_]").encode())
        found = []
        for path in mentioned:
            module = ev.program.module(path) if path != parser.path else None
            if module is not None and spelled.search(module.source.data):
                found.append(path)
        return found[:32]

    def _defined(self, ev: Evaluator, parser: Made, path: str) -> dict[str, list[Value]]:
        """All options that one file defines for a parser, by destination."""
        key = (parser.path, parser.span, path)
        if key not in self._options:
            self._options[key] = {}
            module = ev.program.module(path)
            if module is not None:
                self._options[key] = self._read_definitions(ev, parser, module)
        return self._options[key]

    def _read_definitions(self, ev: Evaluator, parser: Made, module: Module) -> dict[str, list[Value]]:
        found: dict[str, list[Value]] = {}
        parsed = ev.program.parsed(module.path)
        for span in parsed.calls(_DEFINES):
            call = module.expression(span)
            if isinstance(call, n.Call) and isinstance(call.func, n.Attribute):
                env = self._environment(ev, module, span)
                if self._is_for(ev, call.func.value, env, parser, module):
                    arguments = calls.evaluate_arguments(ev, call.args, env)
                    dest = destination(arguments)
                    if dest is not None:
                        step = env.step(span, StepKind.OPTION)
                        found.setdefault(dest, []).append(option_value(arguments, dest).traced(step))
        for span in parsed.calls(_SETS):
            call = module.expression(span)
            if isinstance(call, n.Call) and isinstance(call.func, n.Attribute):
                env = self._environment(ev, module, span)
                if self._is_for(ev, call.func.value, env, parser, module):
                    for name, value in calls.evaluate_arguments(ev, call.args, env).keywords:
                        opened = value.opened(f"command-line option `{name}`").traced(env.step(span, StepKind.OPTION))
                        found.setdefault(name, []).append(opened)
        return found

    def _environment(self, ev: Evaluator, module: Module, span: n.Span) -> Environment:
        scope = module.index.scope_at(span[0])
        return lookup.environment(module, scope, lookup.open_frame(ev, module, scope))

    def _is_for(self, ev: Evaluator, receiver: n.Expr, env: Environment, parser: Made, module: Module) -> bool:
        """Whether `receiver.add_argument` defines for this parser; a receiver that cannot be followed may be any parser."""
        value = ev.evaluate(receiver, env)
        made = [a.atom for a in value.atoms if isinstance(a.atom, Made)]
        if made:
            return any((m.path, m.span) == (parser.path, parser.span) for m in made)
        external = any(isinstance(a.atom, External) for a in value.atoms)
        if external:
            return False
        return value.open_reason is not None or module.path == parser.path

    def _stores(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> list[Value]:
        """`args.name = …` in the module that reads the option and in the one that parses."""
        values = []
        paths = dict.fromkeys([env.module.path, made.path])
        for path in paths:
            module = ev.program.module(path)
            for store in module.index.stores.get(attr, ()) if module is not None else ():
                if module is None or not isinstance(store.receiver, n.Name):
                    continue
                scope = module.scope(store.scope)
                where = lookup.environment(module, scope, lookup.open_frame(ev, module, scope))
                receiver = ev.evaluate(store.receiver, where)
                same = any(isinstance(a.atom, Made) and a.atom.arguments == made.arguments for a in receiver.atoms)
                if same or (not receiver.atoms and receiver.open_reason is not None):
                    values.append(attributes.store_value(ev, module, store, None))
        return values


def destination(arguments: Arguments) -> str | None:
    """The attribute that an option is stored as: `dest`, else the first long option, else the first name."""
    dest = arguments.keyword("dest")
    single = dest.single() if dest is not None else None
    if isinstance(single, Const) and isinstance(single.value, str):
        return single.value
    names = [c.value for v in arguments.positional for c in v.consts() if isinstance(c.value, str)]
    if not names:
        return None
    chosen = next((name for name in names if name.startswith("--")), names[0])
    return chosen.lstrip("-").replace("-", "_") if chosen.startswith("-") else chosen


def option_value(arguments: Arguments, dest: str) -> Value:
    """What an option may be: its default and its choices; always open, for the user may pass another value."""
    values: list[Value] = []
    default = arguments.keyword("default")
    action = arguments.keyword("action")
    single = action.single() if action is not None else None
    if isinstance(single, Const) and single.value in ("store_true", "store_false"):
        return join((text_of(single.value == "store_false"), text_of(single.value == "store_true")))
    if default is not None:
        values.append(default)
    choices = arguments.keyword("choices")
    if choices is not None:
        values += ops.elements(choices).items
    constant = arguments.keyword("const")
    if constant is not None:
        values.append(constant)
    return (join(values) if values else NEVER).opened(f"command-line option `{dest}`")
