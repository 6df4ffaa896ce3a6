"""absl flags and those of TensorFlow 1: `FLAGS.name` is what `DEFINE_string("name", default)` says.

Interfaces: absl-py 2.3, tf.app.flags (TensorFlow 1.15), ml_collections.config_flags 1.0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, lookup, stores
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.command_line import Flag, given_values
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.options import option_value, reason
from ptmscan.analysis.frameworks.settings import located
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.index import MODULE_SCOPE
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    External,
    Made,
    Sequence,
    SequenceKind,
    Step,
    StepKind,
    Value,
    known,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

HOLDER = "absl.flags.FlagHolder()"
_LIBRARIES = (
    "absl.flags",
    "gflags",
    "tensorflow.flags",
    "tensorflow.app.flags",
    "tensorflow.compat.v1.flags",
    "tensorflow.compat.v1.app.flags",
    "tensorflow.python.platform.flags",
)
_KINDS = ("string", "enum", "list", "multi_string", "multi_enum", "spaceseplist", "integer", "float")
_SWITCHES = ("bool", "boolean")
_DEFINES = frozenset(f"{library}.DEFINE_{kind}" for library in _LIBRARIES for kind in (*_KINDS, *_SWITCHES))
_CONFIG_FILES = frozenset(
    f"ml_collections.{module}DEFINE_config_file" for module in ("config_flags.", "config_flags.config_flags.")
)
_DEFINING_NAMES = tuple(f"DEFINE_{kind}" for kind in (*_KINDS, *_SWITCHES, "config_file"))
_DEFINING_CALLS = re.compile("|".join(_DEFINING_NAMES).encode())
MAX_FILES = 64


class AbslFlags(Model):
    """The model of absl flags."""

    names = _DEFINES | _CONFIG_FILES
    objects = frozenset(f"{library}.FLAGS" for library in _LIBRARIES)

    def __init__(self, launches: Launches) -> None:
        self._launches = launches
        self._defined: Once[str, dict[str, list[Made]]] = Once(dict)

    def owns(self, made: Made) -> bool:
        """FLAGS, and what a definition returns."""
        return made.name in self.objects or made.name == HOLDER

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A flag's holder; its arguments begin with the name of what defines it."""
        first = known(Const(callee.name))
        return known(Made(HOLDER, env.module.path, span, Arguments((first, *arguments.positional), arguments.keywords)))

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """`FLAGS.name`, or the value of a holder."""
        if made.name == HOLDER:
            value = attr in ("value", "default")
            return self._value(ev, made, env) if value else known(External(f"{HOLDER}.{attr}", made))
        found = self._flag(ev, attr, env)
        return found if found is not None else known(External(f"{made.name}.{attr}"))

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, span: n.Span) -> Value:
        """`FLAGS["name"]`, whose `.value` is the flag's."""
        if made.name == HOLDER:
            return unknown("an item of a flag")
        names = [str(c.value) for c in key.consts()]
        values = [v for name in names if (v := self._flag(ev, name, env)) is not None]
        if not values:
            return unknown("a flag of unknown name")
        given = Arguments((known(Const("")), known(Const(names[0])), join(values)))
        return known(Made(HOLDER, env.module.path, span, given))

    def _flag(self, ev: Evaluator, name: str, env: Environment) -> Value | None:
        """A flag's value: as its own module defines it, else any other one; None when none does."""
        holders = self._definitions(ev, env.module).get(name, [])
        if not holders:
            mentioned = ev.program.mentions(_DEFINING_NAMES)
            paths = sorted({path for paths in mentioned.values() for path in paths} - {env.module.path})
            modules = [ev.program.module(path) for path in paths[:MAX_FILES]]
            holders = [h for m in modules if m is not None for h in self._definitions(ev, m).get(name, ())]
        values = [flag_value(ev, holder) for holder in holders]
        values += _stores(ev, env.module, name, self.objects)
        launched = _declared(ev, self._launched(ev, name, env.module), holders)
        return join((*values, *launched)) if values else None

    def _value(self, ev: Evaluator, holder: Made, env: Environment) -> Value:
        launched = self._launched(ev, _name_of(holder), env.module)
        return join((flag_value(ev, holder), *_declared(ev, launched, [holder])))

    def _launched(self, ev: Evaluator, name: str, module: Module) -> list[Value]:
        """What launches pass for a flag; the path of a configuration module leads to what that makes."""
        flag = Flag(name, (f"--{name}", f"-{name}"))
        passed = [
            v.opened(reason(name))
            for launch in self._launches.of(ev, module.path)
            for v in given_values(launch.words, flag, (flag,))
        ]
        return [mapped(v, lambda a: _config(ev, module, a) if _is_module(a) else known(a)) for v in passed]

    def _definitions(self, ev: Evaluator, module: Module) -> dict[str, list[Made]]:
        return self._defined.get(ev, module.path, lambda: _read(ev, module))


def _read(ev: Evaluator, module: Module) -> dict[str, list[Made]]:
    """The flags that a module defines."""
    found: dict[str, list[Made]] = {}
    for span in module.calls(_DEFINING_CALLS):
        call = module.expression(span)
        env = open_environment(ev, module, span)
        for alternative in ev.evaluate(call, env).atoms if isinstance(call, n.Call) else ():
            if isinstance(alternative.atom, Made) and alternative.atom.name == HOLDER:
                found.setdefault(_name_of(alternative.atom), []).append(alternative.atom)
    return found


def _is_module(atom: Atom) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, str) and atom.value.partition(":")[0].endswith(".py")


def _name_of(holder: Made) -> str:
    given = holder.arguments.positional
    name = given[1] if len(given) > 1 else holder.arguments.keyword("name")
    single = name.single() if name is not None else None
    return str(single.value) if isinstance(single, Const) else "?"


def flag_value(ev: Evaluator, holder: Made) -> Value:
    """What a flag may be."""
    given = holder.arguments.positional
    kind = given[0].single()
    defined_by = str(kind.value) if isinstance(kind, Const) else ""
    name = _name_of(holder)
    default = given[2] if len(given) > 2 else holder.arguments.keyword("default")
    choices = given[3] if len(given) > 3 else holder.arguments.keyword("enum_values")
    module = ev.program.module(holder.path)
    if module is None:
        return unknown(reason(name))
    if defined_by in _CONFIG_FILES:
        path = default if default is not None else unknown(reason(name))
        return mapped(path, lambda a: _config(ev, module, a)).opened(reason(name))
    listed = defined_by.endswith(("_list", "_spaceseplist", "multi_string")) and default is not None
    value = option_value(_as_list(default) if listed and default else default, None, name)
    if defined_by.endswith("enum") and choices is not None:
        value = option_value(default, choices, name)
    return value.traced(_step(ev, module, holder, StepKind.OPTION))


def _step(ev: Evaluator, module: Module, holder: Made, kind: StepKind) -> Step:
    return open_environment(ev, module, holder.span).step(holder.span, kind)


def _declared(ev: Evaluator, values: list[Value], holders: list[Made]) -> list[Value]:
    """Values that launches give a flag, with the place where that is defined, if it is one place."""
    module = ev.program.module(holders[0].path) if len(holders) == 1 else None
    if module is None:
        return values
    step = _step(ev, module, holders[0], StepKind.DECLARATION)
    return [value.traced(step) for value in values]


def _as_list(default: Value) -> Value:
    """The default of a list flag may be written as one text with commas."""

    def one(atom: object) -> Value:
        if isinstance(atom, Const) and isinstance(atom.value, str):
            items = tuple(known(Const(part.strip())) for part in atom.value.split(","))
            return known(Sequence(SequenceKind.LIST, items))
        return known(atom)  # type: ignore[arg-type]

    return mapped(default, one)


def _config(ev: Evaluator, module: Module, atom: object) -> Value:
    """What `get_config()` of a configuration module returns; `path:argument` passes an argument."""
    if not isinstance(atom, Const) or not isinstance(atom.value, str):
        return unknown("a configuration module of unknown path")
    path, _, argument = atom.value.partition(":")
    candidates = [p for p in (path, *located(ev.program, module, Const(path))) if p in ev.program.modules.files]
    if not candidates:
        return unknown(f"`{path}`, which is no module of the repository")
    function = lookup.module_attribute(ev, candidates[0], "get_config")
    target = ev.program.module(candidates[0])
    if function is None or target is None:
        return unknown(f"{candidates[0]} defines no get_config")
    given = Arguments((known(Const(argument)),)) if argument else calls.NO_ARGUMENTS
    return ev.call(function, given, lookup.environment(target, target.scope(MODULE_SCOPE), None), (0, 0))


def _stores(ev: Evaluator, module: Module, name: str, flags: frozenset[str]) -> list[Value]:
    """`FLAGS.name = …` in the module that reads the flag."""
    found = []
    for store in module.index.stores.get(name, ()):
        env = open_environment(ev, module, store.statement.span)
        receiver = ev.evaluate(store.receiver, env)
        if any(isinstance(a.atom, External) and a.atom.name in flags for a in receiver.atoms):
            found.append(stores.store_value(ev, module, store, None))
    return found
