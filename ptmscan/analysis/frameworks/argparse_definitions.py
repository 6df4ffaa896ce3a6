"""The options that a program defines for an argparse parser, wherever it does so.

Interface: https://docs.python.org/3/library/argparse.html (checked against CPython 3.13).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.analysis import calls, classes, containers
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.argparse_contexts import activation, contexts
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.options import option_value, texts
from ptmscan.analysis.index import MODULE_SCOPE
from ptmscan.analysis.values import (
    NEVER,
    Alternative,
    Arguments,
    Atom,
    Const,
    External,
    Frame,
    Instance,
    Made,
    Sequence,
    SequenceKind,
    Step,
    StepKind,
    Value,
    known,
    text_of,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# A parser: the call that made it, and the activation of the function around, where its options depend on that.
_Parser: TypeAlias = "tuple[str, n.Span, Frame | None]"

PARSER = "argparse.ArgumentParser()"
OPTPARSE = "optparse.OptionParser()"
CONSTRUCTORS = (
    "argparse.ArgumentParser",
    "configargparse.ArgumentParser",
    "configargparse.ArgParser",
    "configargparse.Parser",
    "jsonargparse.ArgumentParser",
    "lightning.pytorch.cli.LightningArgumentParser",
)
DEFINES = re.compile(rb"add_argument|add_option|add_arg")
# `add` is also what sets are filled with: it counts where the library that has it as a short name is imported.
_DEFINES_SHORTLY = re.compile(rb"add_argument|add_option|add_arg|add")
_SHORT = b"configargparse"
_DEFINING_NAMES = ("add_argument", "add_option", "add_arg")
_SETS = re.compile(rb"set_defaults")
_SUBPARSERS = re.compile(rb"add_parser")
_MANY = ("+", "*", "...", "A...")
MAX_FILES = 32
MAX_PARENTS = 16


@dataclass(frozen=True, slots=True)
class Option:
    """One `add_argument` call: where it stands, what it says. Not `certain`: its parser cannot be followed."""

    dest: str
    flags: tuple[str, ...]
    call: n.Call
    env: Environment
    certain: bool
    ev: Evaluator = field(compare=False, repr=False)

    def keyword(self, name: str) -> Value | None:
        """An argument of the call by its name, worked out when it is asked for."""
        return _keyword(self.ev, self.call, self.env, name)

    def step(self, kind: StepKind = StepKind.OPTION) -> Step:
        """The place of the definition, which gives the value, or only declares (`kind`) what something else gives."""
        return self.env.step(self.call.span, kind)

    @property
    def action(self) -> object:
        """`store`, `store_true`, …; None when it is not given or no constant."""
        given = self.keyword("action")
        single = given.single() if given is not None else None
        return single.value if isinstance(single, Const) else None

    @property
    def is_switch(self) -> bool:
        """Whether the option takes no argument."""
        return self.action in ("store_true", "store_false", "store_const", "append_const", "count", "help", "version")

    @property
    def takes_many(self) -> bool:
        """Whether the option's value is a list."""
        given = self.keyword("nargs")
        single = given.single() if given is not None else None
        return isinstance(single, Const) and (single.value in _MANY or isinstance(single.value, int))

    def default(self) -> Value:
        """The value without the option on the command line."""
        given = self.keyword("default")
        if self.action in ("store_true", "store_false") and given is None:
            return text_of(self.action == "store_false")
        if given is None:
            required = self.keyword("required")
            is_needed = required is not None and required.single() == Const(True)
            if not self.flags[0].startswith("-"):
                count = self.keyword("nargs")
                is_needed = count is None or count.single() != Const("?")
            return NEVER if is_needed else text_of(None)
        return self.converted(given)

    def value(self) -> Value:
        """The default, the choices, and whatever the user may pass."""
        if self.action in ("store_true", "store_false"):
            return join((text_of(self.action == "store_false"), text_of(self.action == "store_true")))
        default = self.default()
        choices = self.keyword("choices")
        if choices is not None and self.takes_many:
            row = known(Sequence(SequenceKind.LIST, (join(containers.elements(choices).items),), complete=False))
            default, choices = join((default, row)), None
        constant = self.keyword("const")
        value = option_value(default if default.single() != Const(None) else None, choices, self.dest)
        return value if constant is None else join((value, constant))

    def converted(self, value: Value) -> Value:
        """A text after `type=`; what that does is followed as far as it is known."""
        kind = self.keyword("type")
        if kind is None or kind.single() in (External("builtins.str"), Const(None)):
            return value
        results = []
        for alternative in value.atoms:
            plain = Value((alternative,))
            if isinstance(alternative.atom, Const) and isinstance(alternative.atom.value, str):
                made = self.ev.call(kind, Arguments((plain,)), self.env, self.call.span)
                followed = any(not isinstance(a.atom, External) for a in made.atoms)
                plain = _with_trace(made, alternative) if followed else plain.opened("converted by `type=`")
            results.append(plain)
        merged = join(results)
        return merged.opened(value.open_reason) if value.open_reason else merged


def _with_trace(value: Value, alternative: Alternative) -> Value:
    return Value(tuple(Alternative(a.atom, a.trace or alternative.trace) for a in value.atoms), value.open_reason)


@dataclass(slots=True)
class Definitions:
    """What one file, or all files together, define for a parser."""

    options: list[Option] = field(default_factory=list)
    defaults: list[tuple[str, Value]] = field(default_factory=list)
    parents: list[Made] = field(default_factory=list)
    naming_files: list[Option] | None = None  # the options whose values are paths of files with options, once known

    def named(self, dest: str) -> list[Option]:
        """The options stored as `dest`."""
        return [o for o in self.options if o.dest == dest]

    def extend(self, other: Definitions) -> None:
        """Add those of another file."""
        self.options += other.options
        self.defaults += other.defaults
        self.parents += other.parents


class DefinitionReader:
    """Reads the options of the parsers of one program, each file once for each parser."""

    def __init__(self) -> None:
        self._in_file: Once[tuple[_Parser, str], Definitions] = Once(Definitions)
        self._near: Once[_Parser, Definitions] = Once(Definitions)
        self._whole: Once[_Parser, Definitions | None] = Once(lambda: None)
        self._named: Once[tuple[_Parser, str], Definitions] = Once(Definitions)

    def near(self, ev: Evaluator, parser: Made) -> Definitions:
        """What the parser's own file defines for it, and what its parents have.

        While the defaults that are set later (`set_defaults(**table)`) are worked out, it is known without them: the
        table may be read from a file that an option of the parser names.
        """
        key = _key(parser)
        near = self._near.get(ev, key, lambda: self._with_parents(ev, parser, self._in(ev, parser, parser.path)))
        return self._whole.get(ev, key, lambda: self._with_defaults(ev, parser, near)) or near

    def _with_defaults(self, ev: Evaluator, parser: Made, near: Definitions) -> Definitions:
        module = ev.program.module(parser.path)
        found = self._set_defaults(ev, parser, module) if module is not None else []
        return replace(near, defaults=[*found, *near.defaults]) if found else near

    def of(self, ev: Evaluator, parser: Made, dest: str) -> Definitions:
        """All that is known of one option: what is near, else what other files define that hold its name."""
        near = self.near(ev, parser)
        if near.named(dest) or any(name == dest for name, _ in near.defaults):
            return near
        return self._named.get(ev, (_key(parser), dest), lambda: self._elsewhere(ev, parser, dest))

    def _elsewhere(self, ev: Evaluator, parser: Made, dest: str) -> Definitions:
        found = Definitions()
        for path in self._other_files(ev, parser, dest):
            found.extend(self._in(ev, parser, path))
        return self._with_parents(ev, parser, found)

    def everything(self, ev: Evaluator, parser: Made) -> Definitions:
        """What is near, and what files define whose functions the parser's file names."""
        whole = Definitions()
        whole.extend(self.near(ev, parser))
        own = {o.dest for o in whole.options}
        for path in self._used_files(ev, parser, self._defining_files(ev, parser)):
            found = self._in(ev, parser, path)
            whole.options += [o for o in found.options if o.certain or o.dest not in own]
            whole.defaults += found.defaults
        return whole

    def _with_parents(self, ev: Evaluator, parser: Made, own: Definitions) -> Definitions:
        whole = Definitions()
        whole.extend(own)
        for parent in (*_given_parents(parser), *own.parents)[:MAX_PARENTS]:
            if (parent.path, parent.span) != (parser.path, parser.span):
                inherited = self.near(ev, parent)
                whole.options += inherited.options
                whole.defaults += inherited.defaults
        return whole

    def _defining_files(self, ev: Evaluator, parser: Made) -> list[str]:
        mentioned = ev.program.mentions(_DEFINING_NAMES)
        return sorted({p for found in mentioned.values() for p in found} - {parser.path})

    def _other_files(self, ev: Evaluator, parser: Made, dest: str) -> list[str]:
        """Other files that define an option of that name: those whose functions the parser's file names, else all."""
        parts = [part for part in dest.split("_") if part]
        mentioned = {word: frozenset(paths) for word, paths in ev.program.mentions([dest, *parts]).items()}
        paths = [
            path
            for path in self._defining_files(ev, parser)
            if path in mentioned.get(dest, ()) or all(path in mentioned[part] for part in parts)
        ]
        used = self._used_files(ev, parser, paths) or paths
        if not used:
            # A function may put the name together: `f"--{prefix}model"`.
            some = {path for part in parts for path in mentioned[part]}
            used = self._used_files(ev, parser, [p for p in self._defining_files(ev, parser) if p in some])
        return used[:MAX_FILES]

    def _used_files(self, ev: Evaluator, parser: Made, paths: list[str]) -> list[str]:
        module = ev.program.module(parser.path)
        return [p for p in paths[: 2 * MAX_FILES] if module is not None and self._is_used(ev, module, p)][:MAX_FILES]

    def _is_used(self, ev: Evaluator, module: Module, path: str) -> bool:
        other = ev.program.module(path)
        if other is None:
            return False
        scopes = {other.index.scope_at(span[0]).id for span in other.calls(DEFINES)}
        return any(other.scope(i).name.encode() in module.source.data for i in scopes if i != MODULE_SCOPE)

    def _in(self, ev: Evaluator, parser: Made, path: str) -> Definitions:
        key = (_key(parser), path)
        module = ev.program.module(path)
        return Definitions() if module is None else self._in_file.get(ev, key, lambda: self._read(ev, parser, module))

    def _read(self, ev: Evaluator, parser: Made, module: Module) -> Definitions:
        found = Definitions()
        defines = _DEFINES_SHORTLY if _SHORT in module.source.data else DEFINES
        for call, env, certain in self._calls(ev, parser, module, defines):
            found.options += _options(ev, call, env, certain=certain)
        if module.path != parser.path:
            found.defaults = self._set_defaults(ev, parser, module)
        for call, env, _ in self._calls(ev, parser, module, _SUBPARSERS):
            found.parents += _parents(calls.evaluate_arguments(ev, call.args, env).keyword("parents"))
        return found

    def _set_defaults(self, ev: Evaluator, parser: Made, module: Module) -> list[tuple[str, Value]]:
        """The defaults that a file sets for a parser's options after these are defined."""
        found = []
        for call, env, _ in self._calls(ev, parser, module, _SETS):
            step = env.step(call.span, StepKind.OPTION)
            found += [(k, v.traced(step)) for k, v in calls.evaluate_arguments(ev, call.args, env).keywords]
        return found

    def _calls(
        self, ev: Evaluator, parser: Made, module: Module, methods: re.Pattern[bytes]
    ) -> Iterator[tuple[n.Call, Environment, bool]]:
        """The calls of methods that are, or may be, those of the parser, and whether they surely are."""
        for span in module.calls(methods):
            call = module.expression(span)
            if isinstance(call, n.Call) and isinstance(call.func, n.Attribute):
                found, complete = contexts(ev, module, call, parser)
                for env in found:
                    certain = _is_of(ev, call.func, env, parser)
                    if certain is not None:
                        yield call, env, certain and complete


def _is_of(ev: Evaluator, method: n.Attribute, env: Environment, parser: Made) -> bool | None:
    """Whether a method is surely (True) or perhaps (False) one of a parser; None: it is not."""
    value = ev.evaluate(method.value, env)
    made = [m for a in value.atoms if (m := as_parser(ev, a.atom)) is not None]
    if made:
        return True if any((m.path, m.span) == (parser.path, parser.span) for m in made) else None
    return False if value.open_reason is not None and not value.atoms and method.attr != "add" else None


def _key(parser: Made) -> _Parser:
    return parser.path, parser.span, activation(parser)


def as_parser(ev: Evaluator, atom: Atom) -> Made | None:
    """The parser that an atom is: made by a library's constructor, or an object of a local subclass of one."""
    match atom:
        case Made(name=name) if name in (PARSER, OPTPARSE):
            return atom
        case Instance(cls=cls):
            for base in classes.mro(ev, cls):
                if isinstance(base, External) and base.name in CONSTRUCTORS:
                    _, scope = classes.class_scope(ev, cls)
                    return Made(PARSER, cls.path, scope.span, atom.arguments or calls.NO_ARGUMENTS)
            return None
        case _:
            return None


def _given_parents(parser: Made) -> list[Made]:
    return _parents(parser.arguments.keyword("parents"))


def _parents(value: Value | None) -> list[Made]:
    row = containers.elements(value).items if value is not None else ()
    return [a.atom for i in row for a in i.atoms if isinstance(a.atom, Made) and a.atom.name == PARSER]


def _options(ev: Evaluator, call: n.Call, env: Environment, *, certain: bool) -> list[Option]:
    """The option that a call defines; several when its name is one of several (a loop over a table)."""
    names = _names(ev, call, env)
    first = [a.value for a in call.args if a.name is None and not a.star][:1]
    several = [c.value for c in ev.evaluate(first[0], env).consts()] if first else []
    rows = [(str(name), *names[1:]) for name in several] if len(several) > 1 else [names]
    found = []
    for flags in rows:
        dest = destination(flags, _keyword(ev, call, env, "dest"))
        if dest is not None and flags:
            found.append(Option(dest, flags, call, env, certain, ev))
    return found


def _names(ev: Evaluator, call: n.Call, env: Environment) -> tuple[str, ...]:
    """The positional arguments of a call that are texts."""
    if any(a.star for a in call.args):
        return texts(calls.evaluate_arguments(ev, call.args, env))
    return texts(Arguments(tuple(ev.evaluate(a.value, env) for a in call.args if a.name is None)))


def _keyword(ev: Evaluator, call: n.Call, env: Environment, name: str) -> Value | None:
    """One keyword argument of a call; the others are left alone."""
    given = next((a for a in call.args if a.name == name), None)
    if given is not None:
        return ev.evaluate(given.value, env)
    spread = [a for a in call.args if a.star == 2]
    return calls.evaluate_arguments(ev, tuple(spread), env).keyword(name) if spread else None


def destination(flags: tuple[str, ...], dest: Value | None) -> str | None:
    """The attribute that an option is stored as: `dest`, else the first long option, else the first name."""
    single = dest.single() if dest is not None else None
    if isinstance(single, Const) and isinstance(single.value, str):
        return single.value
    if not flags:
        return None
    chosen = next((name for name in flags if name.startswith("--")), flags[0])
    return chosen.lstrip("-").replace("-", "_") if chosen.startswith("-") else chosen
