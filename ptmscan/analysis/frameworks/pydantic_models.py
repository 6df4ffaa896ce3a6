"""pydantic: settings classes whose fields come from the environment, and objects made of dictionaries.

Interfaces: pydantic 2.11 and 1.10, pydantic-settings 2.9. Dataclass-like constructors are the evaluator's own business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, lookup
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks import pydantic_fields
from ptmscan.analysis.frameworks.environment import ProcessEnvironment
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.options import texts
from ptmscan.analysis.index import Scope
from ptmscan.analysis.values import Arguments, ClassRef, Const, External, Instance, Value, known, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

_SETTINGS = frozenset(["pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"])
_BASES = ("pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel", *sorted(_SETTINGS))
_FROM_TABLE = ("model_validate", "parse_obj", "validate", "model_construct", "construct")
_FIELDS = frozenset(["pydantic.Field", "pydantic.fields.Field", "pydantic.v1.Field"])


class PydanticModels(Model):
    """The model of pydantic."""

    names = frozenset(f"{base}.{method}" for base in _BASES for method in _FROM_TABLE)

    def __init__(self, environment: ProcessEnvironment) -> None:
        self._environment = environment

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, _span: n.Span) -> Value:
        """`Class.model_validate(dictionary)`"""
        cls = callee.receiver
        if not isinstance(cls, ClassRef):
            return known(External(f"{callee.name}()"))
        first = arguments.positional[0] if arguments.positional else arguments.keyword("obj")
        if first is None:
            return known(Instance(cls, arguments))
        return mapped(calls.contents(ev, first, env), lambda a: known(Instance(cls, pydantic_fields.keywords_of(a))))

    def taken(self, ev: Evaluator, instance: Instance, attr: str, given: Value | None) -> Value | None:
        """What a model makes of the value that a field is given."""
        return pydantic_fields.taken(ev, instance, attr, given)

    def field(self, ev: Evaluator, instance: Instance, attr: str) -> Value | None:
        """What the environment may give a field of a settings class, and validators of the whole object any field."""
        rewritten = pydantic_fields.rewritten(ev, instance.cls, attr)
        if not any(isinstance(b, External) and b.name in _SETTINGS for b in classes.mro(ev, instance.cls)):
            return rewritten
        module, scope = classes.class_scope(ev, instance.cls)
        names = [*_aliases(ev, module, scope, attr), f"{_prefix(ev, module, scope)}{attr}"]
        found = [v for name in names for v in self._environment.named(ev, name)]
        found += [rewritten] if rewritten is not None else []
        return join([*found, unknown(f"environment variable {names[0].upper()}")])


def _prefix(ev: Evaluator, module: Module, scope: Scope) -> str:
    """`env_prefix` of `model_config = SettingsConfigDict(…)` or of an inner `Config` class."""
    env = lookup.environment(module, scope, None)
    for statement in scope.body:
        match statement:
            case n.Assign(targets=(n.Name(id="model_config"),), value=value):
                call = module.expression(value)
                given = (
                    calls.evaluate_arguments(ev, call.args, env).keyword("env_prefix")
                    if isinstance(call, n.Call)
                    else None
                )
                return _text(given)
            case n.ClassDef(name="Config", body=body):
                for inner in body:
                    if isinstance(inner, n.Assign) and inner.targets[0] == n.Name(inner.targets[0].span, "env_prefix"):
                        return _text(ev.evaluate_span(inner.value, env))
            case _:
                pass
    return ""


def _text(value: Value | None) -> str:
    single = value.single() if value is not None else None
    return single.value if isinstance(single, Const) and isinstance(single.value, str) else ""


def _aliases(ev: Evaluator, module: Module, scope: Scope, attr: str) -> list[str]:
    """The names that `Field(…, env="NAME")` and its later spellings give a field."""
    env = lookup.environment(module, scope, None)
    for statement in scope.body:
        if (
            isinstance(statement, n.AnnAssign)
            and statement.target == n.Name(statement.target.span, attr)
            and statement.value
        ):
            call = module.expression(statement.value)
            if isinstance(call, n.Call) and _is_field(ev.evaluate(call.func, env)):
                given = calls.evaluate_arguments(ev, call.args, env)
                values = [given.keyword(k) for k in ("env", "validation_alias", "alias")]
                return list(texts(Arguments(tuple(v for v in values if v is not None))))
    return []


def _is_field(value: Value) -> bool:
    return any(isinstance(a.atom, External) and a.atom.name in _FIELDS for a in value.atoms)
