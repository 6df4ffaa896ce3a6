"""Objects whose attributes are the keyword arguments or dictionary keys they are made of: SimpleNamespace, EasyDict, …

Sources: types.SimpleNamespace and argparse.Namespace (Python 3.13), easydict 1.13, munch 4.0, addict 2.4, box 7.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import attributes, lookup
from ptmscan.analysis import operations as ops
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    External,
    Made,
    Mapping,
    Value,
    join,
    known,
    mapped,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Environment, Evaluator

_CONSTRUCTORS = (
    "types.SimpleNamespace",
    "argparse.Namespace",
    "easydict.EasyDict",
    "munch.Munch",
    "munch.munchify",
    "addict.Dict",
    "box.Box",
    "dotmap.DotMap",
    "ml_collections.ConfigDict",
    "ml_collections.config_dict.ConfigDict",
    "yacs.config.CfgNode",
)
OBJECT = "types.SimpleNamespace()"


class AttributeObjects(Model):
    """The model of attribute dictionaries."""

    names = frozenset(_CONSTRUCTORS)

    def owns(self, made: Made) -> bool:
        """The objects themselves."""
        return made.name == OBJECT

    def call(self, _ev: Evaluator, _callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A new object."""
        return known(Made(OBJECT, env.module.path, span, arguments))

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """A keyword argument or key, and what is stored later."""
        values = [mapped(ops.lookup(m, text_of(attr)), lambda a: _nested(made, a)) for m in _mappings(made)]
        given = made.arguments.keyword(attr)
        if given is not None:
            values.append(given)
        values += _stores(ev, made, attr, env)
        if not values:
            return unknown(f"attribute `{attr}` of an object made of unknown parts")
        return join(values)

    def mapping(self, _ev: Evaluator, made: Made, _env: Environment) -> Value:
        """The keyword arguments as a dictionary."""
        pairs = tuple((Const(k), v) for k, v in made.arguments.keywords)
        return known(Mapping(pairs, False))


def _mappings(made: Made) -> list[Mapping]:
    return [a.atom for v in made.arguments.positional for a in v.atoms if isinstance(a.atom, Mapping)]


def _nested(made: Made, atom: Atom) -> Value:
    """A dictionary inside the object is such an object too."""
    if isinstance(atom, Mapping):
        return known(Made(OBJECT, made.path, made.span, Arguments((known(atom),))))
    return known(atom)


def _stores(ev: Evaluator, made: Made, attr: str, env: Environment) -> list[Value]:
    values = []
    for path in dict.fromkeys([env.module.path, made.path]):
        module = ev.program.module(path)
        for store in module.index.stores.get(attr, ()) if module is not None else ():
            if module is None or not isinstance(store.receiver, (n.Name, n.Attribute)):
                continue
            scope = module.scope(store.scope)
            where = lookup.environment(module, scope, lookup.open_frame(ev, module, scope))
            receiver = ev.evaluate(store.receiver, where)
            if any(
                isinstance(a.atom, Made) and (a.atom.path, a.atom.span) == (made.path, made.span)
                for a in receiver.atoms
            ):
                values.append(attributes.store_value(ev, module, store, None))
    return values
