"""Objects whose attributes are the keyword arguments or dictionary keys they are made of: SimpleNamespace, EasyDict, …

Sources: types.SimpleNamespace and argparse.Namespace (Python 3.13), easydict 1.13, munch 4.0, addict 2.4, box 7.3,
ml_collections 1.0, yacs 0.1.8.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, stores, text_methods
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.trees import deeply_merged, dotted
from ptmscan.analysis.frameworks.uses import calls_on
from ptmscan.analysis.values import (
    Alternative,
    Arguments,
    Atom,
    External,
    Made,
    Mapping,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

_CONSTRUCTORS = (
    "types.SimpleNamespace",
    "argparse.Namespace",
    "easydict.EasyDict",
    "munch.Munch",
    "munch.munchify",
    "munch.Munch.fromDict",
    "munch.DefaultMunch",
    "munch.DefaultMunch.fromDict",
    "addict.Dict",
    "addict.addict.Dict",
    "attrdict.AttrDict",
    "box.Box",
    "dotmap.DotMap",
    "ml_collections.ConfigDict",
    "ml_collections.FrozenConfigDict",
    "ml_collections.config_dict.ConfigDict",
    "ml_collections.config_dict.FrozenConfigDict",
    "ml_collections.config_dict.create",
    "yacs.config.CfgNode",
    "fvcore.common.config.CfgNode",
    "mmengine.Config",
    "mmengine.config.ConfigDict",
    "mmcv.Config",
    "mmcv.ConfigDict",
)
OBJECT = "types.SimpleNamespace()"
_READS = ("get", "items", "keys", "values", "pop", "setdefault")
_COPIES = ("copy", "clone", "copy_and_resolve_references")
_PLAIN = ("to_dict", "as_dict", "toDict", "to_container")
_OWN_METHODS = (*_READS, *_COPIES, *_PLAIN)
_MERGES = re.compile(rb"merge_from_file|merge_from_list|merge_from_other_cfg|load_yaml_with_base")


class AttributeObjects(Model):
    """The model of attribute dictionaries."""

    names = frozenset([*_CONSTRUCTORS, *(f"{OBJECT}.{m}" for m in _OWN_METHODS)])

    def __init__(self, files: SettingsFiles) -> None:
        self._files = files

    def owns(self, made: Made) -> bool:
        """The objects themselves."""
        return made.name == OBJECT

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A new object, or what one of its methods gives."""
        made, method = callee.receiver, callee.name.rpartition(".")[2]
        if not isinstance(made, Made):
            return known(Made(OBJECT, env.module.path, span, _unwrapped(arguments), changeable=True))
        if method in _COPIES:
            return known(made)
        if method == "get" and arguments.positional:
            return self._get(ev, made, arguments, env, span)
        whole = self.content(ev, made, env)
        if method in _PLAIN:
            return whole
        read = mapped(whole, lambda a: text_methods.call_method(a, method, arguments) or unknown(f"method {method}"))
        return wrapped(made, read)

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """A keyword argument or key, and what is stored later."""
        values = [self._held(ev, made, text_of(attr))]
        values += _stores(ev, made, attr, env)
        found = [v for v in values if v.atoms or v.open_reason]
        if found and any(v.atoms for v in found):
            return join(found)
        if attr in _OWN_METHODS:
            return known(External(f"{OBJECT}.{attr}", made))
        return join(found) if found else unknown(f"attribute `{attr}` of an object made of unknown parts")

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, _span: n.Span) -> Value:
        """`object["key"]`, also where it was set as an attribute."""
        values = [self._held(ev, made, key)]
        for const in key.consts():
            values += _stores(ev, made, str(const.value), env)
        return join(values)

    def mapping(self, ev: Evaluator, made: Made, env: Environment) -> Value:
        """The same as its content."""
        return self.content(ev, made, env)

    def content(self, ev: Evaluator, made: Made, _env: Environment) -> Value:
        """The object as a dictionary; stores to its attributes are not in it, so that it is never complete."""
        whole = content_of(made)
        for value in self._merged_later(ev, made):
            whole = join((whole, deeply_merged(whole, value)))
        return mapped(whole, lambda a: known(_incomplete(a)))

    def _get(self, ev: Evaluator, made: Made, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        found = self.item(ev, made, arguments.positional[0], env, span)
        if found.atoms and found.closed:
            return found
        default = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keyword("default")
        return join((found, default if default is not None else text_of(None)))

    def _held(self, ev: Evaluator, made: Made, key: Value) -> Value:
        whole = content_of(made)
        for value in self._merged_later(ev, made):
            whole = join((whole, deeply_merged(whole, value)))
        found = mapped(
            whole, lambda a: containers.lookup(a, key) if isinstance(a, Mapping) else unknown("no dictionary")
        )
        return wrapped(made, found)

    def _merged_later(self, ev: Evaluator, made: Made) -> list[Value]:
        """What `cfg.merge_from_file(…)` and its like bring into the object."""
        found = []
        for use in calls_on(ev, made, _MERGES):
            first = use.arguments.positional[0] if use.arguments.positional else unknown("nothing to merge")
            if use.method == "merge_from_file":
                found.append(self._files.at(ev.program, use.env.module, first))
            elif use.method == "merge_from_list":
                found.append(dotted(first))
            else:
                found.append(calls.contents(ev, first, use.env))
        return found


def content_of(made: Made) -> Value:
    """The dictionary that an object was made of."""
    result: Value = known(Mapping((), made.arguments.complete))
    for i, value in enumerate(made.arguments.positional):
        tables = Value(tuple(a for a in value.atoms if isinstance(a.atom, Mapping)), value.open_reason)
        if len(tables.atoms) < len(value.atoms):
            tables = tables.opened("made of something that is no dictionary")
        result = tables if i == 0 else deeply_merged(result, tables)
    for key, value in made.arguments.keywords:
        result = mapped(result, lambda a, k=key, v=value: known(_with(a, k, v)))  # type: ignore[misc]
    return result if made.arguments.complete else mapped(result, lambda a: known(_incomplete(a)))


def _incomplete(atom: Atom) -> Atom:
    return Mapping(atom.items, False) if isinstance(atom, Mapping) else atom


def _with(atom: Atom, key: str, value: Value) -> Atom:
    return containers.stored(atom, text_of(key), value) if isinstance(atom, Mapping) else atom


def wrapped(made: Made, value: Value) -> Value:
    """A value out of such an object: dictionaries inside it are such objects too."""
    return Value(tuple(Alternative(_wrapped(made, a.atom), a.trace) for a in value.atoms), value.open_reason)


def _wrapped(made: Made, atom: Atom) -> Atom:
    if not isinstance(atom, Mapping):
        return atom
    given = Arguments((known(atom),), complete=made.arguments.complete)
    return Made(OBJECT, made.path, made.span, given, changeable=True)


def _unwrapped(arguments: Arguments) -> Arguments:
    """The arguments of a constructor; an object made of another one is made of its content."""

    def plain(value: Value) -> Value:
        return mapped(value, lambda a: content_of(a) if isinstance(a, Made) and a.name == OBJECT else known(a))

    return Arguments(tuple(plain(v) for v in arguments.positional), arguments.keywords, arguments.complete)


def _stores(ev: Evaluator, made: Made, attr: str, env: Environment) -> list[Value]:
    """`object.attr = …`, wherever it stands."""

    def is_object(atom: Atom) -> bool:
        return isinstance(atom, Made) and (atom.path, atom.span) == (made.path, made.span)

    return stores.on_followed(ev, attr, (env.module.path, made.path), is_object)
