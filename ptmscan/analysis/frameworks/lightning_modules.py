"""Lightning: `self.hparams` holds the arguments of the constructor, once `save_hyperparameters()` was called there.

Interface: Lightning 2.5 (https://lightning.ai/docs/pytorch/stable/common/hyperparameters.html). A checkpoint may bring
other arguments, so that every value is open.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, containers, lookup
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import BoundMethod, Instance, Made, Mapping, Value, text_of, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.analysis.values import Frame

_PACKAGES = ("pytorch_lightning", "pytorch_lightning.core", "lightning", "lightning.pytorch", "lightning.pytorch.core")
_CLASSES = ("LightningModule", "LightningDataModule")
_HYPERPARAMETERS = frozenset(f"{package}.{cls}.hparams" for package in _PACKAGES for cls in _CLASSES)
_SAVES = b"save_hyperparameters"
# The object whose attributes are the hyperparameters: `save_hyperparameters(args)`.
_HANDED = re.compile(rb"save_hyperparameters\(\s*(\w+)\s*[,)]")


class LightningModules(Model):
    """The model of Lightning's modules."""

    names = _HYPERPARAMETERS
    objects = _HYPERPARAMETERS

    def attribute(self, ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """`self.hparams.name`"""
        values = [_of_constructor(ev, a.atom, attr) for v in made.arguments.positional for a in v.atoms]
        return join([*values, unknown(f"hyperparameter `{attr}`")])

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, _span: n.Span) -> Value:
        """`self.hparams["name"]`"""
        names = [str(c.value) for c in key.consts()]
        return join([*(self.attribute(ev, made, name, env) for name in names), unknown("a hyperparameter")])


def _of_constructor(ev: Evaluator, instance: object, attr: str) -> Value:
    """What the constructor of an object is given for a hyperparameter: a parameter, or part of an object passed on."""
    if not isinstance(instance, Instance):
        return unknown("an object of unknown class")
    found: list[Value] = []
    for alternative in classes.of_class(ev, instance.cls, "__init__", instance).atoms:
        if not isinstance(alternative.atom, BoundMethod):
            continue
        function = alternative.atom.function
        module = ev.program.get(function.path)
        scope = module.scope(function.scope)
        owner = next((c for c in classes.mro(ev, instance.cls) if getattr(c, "scope", None) == scope.parent), None)
        if _SAVES in module.source.data and isinstance(owner, type(instance.cls)):
            found += _given(ev, module, scope, calls.method_frame(ev, module, scope, instance, owner), attr)
    return join(found) if found else unknown(f"hyperparameter `{attr}`")


def _given(ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, attr: str) -> list[Value]:
    values = [
        (p, lookup.parameter_value(ev, module, scope, frame or ev.open_frame(module, scope), p))
        for p in scope.parameters[1:]
    ]
    named = [v for p, v in values if p.name == attr]
    if named:
        return named
    handed = {name.decode() for name in _HANDED.findall(module.source.data, *scope.span)}
    env = lookup.environment(module, scope, frame)
    parts = [ev.attribute(v, attr, env) for p, v in values if p.name in handed]
    if parts:
        return parts
    rest = [v for p, v in values if p.kind is n.ParameterKind.VAR_KEYWORD]
    return [
        mapped(v, lambda a: containers.lookup(a, text_of(attr)) if isinstance(a, Mapping) else unknown("no table"))
        for v in rest
    ]
