"""OmegaConf: configurations loaded, created, merged; interpolations are filled in when a value is read.

Interface: OmegaConf 2.3 (https://omegaconf.readthedocs.io/en/2.3_branch/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, data_classes
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.attribute_objects import OBJECT, AttributeObjects, content_of
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.trees import MAX_DEPTH, Interpolation, at, deeply_merged, dotted
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
    Value,
    known,
    unknown,
)
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.syntax import nodes as n

MAX_LAUNCHES = 8
CONFIG = "omegaconf.DictConfig()"
_READS = ("get", "items", "keys", "values", "pop", "copy")
_FUNCTIONS = (
    "load",
    "create",
    "structured",
    "merge",
    "unsafe_merge",
    "from_cli",
    "from_dotlist",
    "to_container",
    "to_object",
    "select",
    "masked_copy",
)


class OmegaConfs(Model):
    """The model of OmegaConf."""

    names = frozenset(
        [
            *(f"omegaconf.{prefix}OmegaConf.{f}" for prefix in ("", "omegaconf.") for f in _FUNCTIONS),
            *(f"{CONFIG}.{m}" for m in _READS),
            "omegaconf.DictConfig",
        ]
    )

    def __init__(self, files: SettingsFiles, objects: AttributeObjects, launches: Launches) -> None:
        self._files, self._objects, self._launches = files, objects, launches
        self._filled: dict[Value, Value] = {}

    def owns(self, made: Made) -> bool:
        """Configurations."""
        return made.name == CONFIG

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A configuration, or something out of one."""
        method = callee.name.rpartition(".")[2]
        if isinstance(callee.receiver, Made):
            plain = External(f"{OBJECT}.{method}", self._plain(callee.receiver))
            return self._objects.call(ev, plain, arguments, env, span)
        first = arguments.positional[0] if arguments.positional else None
        if method in ("to_container", "to_object", "select") and first is not None:
            return self._read(ev, first, method, arguments, env)
        return configuration(env.module.path, span, self._root(ev, method, arguments, env))

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """A key of the configuration, or a method."""
        found = self._objects.attribute(ev, self._plain(made), attr, env)
        methods = [a for a in found.atoms if isinstance(a.atom, External) and isinstance(a.atom.receiver, Made)]
        return known(External(f"{CONFIG}.{attr}", made)) if methods else found

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, span: n.Span) -> Value:
        """`config["key"]`"""
        return self._objects.item(ev, self._plain(made), key, env, span)

    def mapping(self, ev: Evaluator, made: Made, env: Environment) -> Value:
        """The same as its content."""
        return self.content(ev, made, env)

    def content(self, _ev: Evaluator, made: Made, _env: Environment) -> Value:
        """The configuration as a dictionary."""
        tree = self._tree(made)
        return tree if made.arguments.complete else tree.opened("the configuration may have changed")

    def _plain(self, made: Made) -> Made:
        given = Arguments((self._tree(made),), complete=made.arguments.complete)
        return Made(OBJECT, made.path, made.span, given, changeable=True)

    def _tree(self, made: Made) -> Value:
        root = made.arguments.positional[0]
        if root not in self._filled:
            self._filled[root] = Interpolation(root).tree(root)
        return self._filled[root]

    def _read(self, ev: Evaluator, first: Value, method: str, arguments: Arguments, env: Environment) -> Value:
        tree = calls.contents(ev, first, env)
        if method != "select":
            return tree
        key = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keyword("key")
        default = arguments.keyword("default")
        found = [at(tree, str(c.value)) for c in key.consts()] if key is not None else []
        return join([*found, *([default] if default is not None else [])] or [unknown("a key of unknown name")])

    def _root(self, ev: Evaluator, method: str, arguments: Arguments, env: Environment) -> Value:
        """The raw tree of a new configuration, its interpolations not filled in."""
        given = arguments.positional
        match method:
            case "load":
                path = given[0] if given else arguments.keyword("file_")
                missing = unknown("no file to load")
                return missing if path is None else self._files.at(ev.program, env.module, path, Format.YAML)
            case "merge" | "unsafe_merge":
                return self._merged(ev, arguments, env)
            case "from_cli" | "from_dotlist":
                return dotted(given[0]) if given else self._command_line(ev, env)
            case "masked_copy" | "create" | "structured" | "DictConfig":
                first = given[0] if given else arguments.keyword("obj")
                return known(Mapping(())) if first is None else tree_of(ev, first, env)
            case _:
                return unknown(f"OmegaConf.{method}")

    def _command_line(self, ev: Evaluator, env: Environment) -> Value:
        """`OmegaConf.from_cli()`: `key=value` words of the launches of the repository, or any others."""
        rows = [launch.words for launch in self._launches.of(ev, env.module.path)][:MAX_LAUNCHES]
        lists = [Sequence(SequenceKind.LIST, tuple(v for w, v in words if "=" in w.lstrip("-"))) for words in rows]
        trees = [dotted(known(row)) for row in lists if row.items]
        return join((known(Mapping(())), *trees)).opened("the command line")

    def _merged(self, ev: Evaluator, arguments: Arguments, env: Environment) -> Value:
        result: Value = known(Mapping(()))
        for value in arguments.positional:
            result = deeply_merged(result, tree_of(ev, value, env))
        return result if arguments.complete else result.opened("configurations that are not all known")


def tree_of(ev: Evaluator, value: Value, env: Environment, depth: int = 0) -> Value:
    """Configurations, dictionaries and dataclasses as one raw tree of dictionaries."""
    if depth > MAX_DEPTH:
        return unknown("a configuration nested too deeply")
    return mapped(value, lambda a: _tree_of_atom(ev, a, env, depth))


def _tree_of_atom(ev: Evaluator, atom: Atom, env: Environment, depth: int) -> Value:
    match atom:
        case Made(name=name) if name == CONFIG:
            root = atom.arguments.positional[0]
            return root if atom.arguments.complete else root.opened("the configuration may have changed")
        case Made(name=name) if name == OBJECT:
            return content_of(atom)
        case Made():
            return calls.contents(ev, known(atom), env)
        case Mapping(items=pairs, complete=complete):
            return known(Mapping(tuple((k, tree_of(ev, v, env, depth + 1)) for k, v in pairs), complete))
        case ClassRef() if data_classes.is_dataclass(ev, atom):
            return _fields(ev, Instance(atom, calls.NO_ARGUMENTS), env, depth)
        case Instance() if data_classes.is_dataclass(ev, atom.cls):
            return _fields(ev, atom, env, depth)
        case Const(value=str()) if depth == 0:
            return unknown("a configuration written as text")
        case Const() | Sequence():
            return known(atom)
        case _:
            return known(atom) if depth else unknown("a configuration made of an object that is not known")


def _fields(ev: Evaluator, instance: Instance, env: Environment, depth: int) -> Value:
    rows = ((name, data_classes.field_value(ev, instance, name)) for name in data_classes.fields(ev, instance.cls))
    pairs = tuple((Const(name), tree_of(ev, value, env, depth + 1)) for name, value in rows if value is not None)
    return known(Mapping(pairs))


def configuration(path: str, span: n.Span, root: Value) -> Value:
    """A configuration object of a raw tree."""
    return known(Made(CONFIG, path, span, Arguments((root,)), changeable=True))
