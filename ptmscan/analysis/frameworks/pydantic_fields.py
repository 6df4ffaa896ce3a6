"""What pydantic makes of the values that the fields of a model are given: aliases, validators, nested models.

Interfaces: pydantic 2.11 and 1.10 (https://docs.pydantic.dev/latest/concepts/validators/, …/concepts/alias/).
A default is not validated, unless a validator of the whole object looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, data_classes, lookup
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.index import Scope, ScopeKind
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    Mapping,
    Sequence,
    Value,
    known,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_NESTING = 6
_MODELS = frozenset(
    [
        *(f"pydantic.{m}BaseModel" for m in ("", "main.", "v1.")),
        *("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings", "sqlmodel.SQLModel"),
    ]
)
_DATACLASSES = frozenset(["pydantic.dataclasses.dataclass", "pydantic.dataclasses.dataclass()"])
_OF_FIELDS = frozenset(
    ["pydantic.field_validator", "pydantic.functional_validators.field_validator", "pydantic.validator",
     "pydantic.class_validators.validator", "pydantic.v1.validator"]
)  # fmt: skip
_OF_OBJECTS = frozenset(
    ["pydantic.model_validator", "pydantic.functional_validators.model_validator", "pydantic.root_validator",
     "pydantic.class_validators.root_validator", "pydantic.v1.root_validator"]
)  # fmt: skip
_FIELDS = frozenset(["pydantic.Field", "pydantic.fields.Field", "pydantic.v1.Field", "sqlmodel.Field"])
_UNIONS = frozenset(["typing.Union", "typing.Optional", "typing_extensions.Union", "typing_extensions.Optional"])
_ANNOTATED = frozenset(["typing.Annotated", "typing_extensions.Annotated"])
_CHANGING = re.compile(r"pydantic\.(?:.*\.)?(?:\w+Validator|StringConstraints)(?:\(\))?")
_VALIDATING = re.compile(rb"\b(?:\w*validator|alias\w*|(?:any)?str_to_\w+|anystr_\w+)\b")


@dataclass(frozen=True, slots=True)
class _Validator:
    """A method that looks at a field, or (`fields` empty) at the whole object."""

    fields: frozenset[str]
    moment: str
    function: FunctionRef
    is_static: bool

    def concerns(self, attr: str) -> bool:
        return attr in self.fields or "*" in self.fields


def is_model(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether objects of a class are checked and converted when they are made."""
    module, scope = classes.class_scope(ev, cls)
    if scope.node is not None and scope.node.decorators and calls.decorator_names(ev, module, scope.id) & _DATACLASSES:
        return True
    return any(isinstance(b, External) and b.name in _MODELS for b in classes.mro(ev, cls))


def taken(ev: Evaluator, instance: Instance, attr: str, given: Value | None) -> Value | None:
    """What a field of a model holds after its constructor; None: its default."""
    if not is_model(ev, instance.cls):
        return given
    owner, statement = data_classes.fields(ev, instance.cls)[attr]
    module, scope = classes.class_scope(ev, owner)
    env = lookup.environment(module, scope, owner.frame)
    special = _is_special(ev, instance.cls)
    if special and instance.arguments is not None:
        given = _by_alias(ev, instance.arguments, attr, statement, env, given)
    if given is None:
        return None
    rows = [v for v in _validators(ev, instance.cls) if v.concerns(attr)] if special else []
    value = given
    for validator in [v for v in reversed(rows) if v.moment == "before"]:
        value = _returned(ev, validator, instance.cls, value, env, statement.span)
    value = _converted(ev, value, module.expression(statement.annotation), env)
    for validator in [v for v in rows if v.moment != "before"]:
        value = _returned(ev, validator, instance.cls, value, env, statement.span)
    if special and _changes_texts(ev, instance.cls):
        value = value.opened(f"a setting of the class may change `{attr}`")
    whole = rewritten(ev, instance.cls, attr) if special else None
    return value if whole is None else join((value, whole))


def rewritten(ev: Evaluator, cls: ClassRef, attr: str) -> Value | None:
    """What a validator that gets all that an object is made of may give a field; None when the class has none."""
    if not is_model(ev, cls) or not _is_special(ev, cls):
        return None
    found = any(not v.fields and v.moment != "after" for v in _validators(ev, cls))
    return unknown(f"a validator of the whole object may change `{attr}`") if found else None


def _is_special(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether the text of a class tells of validators or aliases; most have none."""
    return any(_VALIDATING.search(_text(ev, c)) for c in _own_classes(ev, cls))


# --- names ------------------------------------------------------------------------------------------------------------


def _by_alias(
    ev: Evaluator, given: Arguments, attr: str, statement: n.AnnAssign, env: Environment, value: Value | None
) -> Value | None:
    """What is given under another name of the field; a name of its own may be taken for nothing."""
    aliases = _aliases(ev, statement, env)
    named = [v for v in map(given.keyword, aliases) if v is not None]
    if named:
        return named[0]
    declared = ev.program.get(env.module.path)
    generated = b"alias_generator" in declared.source.data
    if value is None:
        return unknown(f"`{attr}` may be given under another name") if generated and given.keywords else None
    default = ev.evaluate_span(statement.value, env) if statement.value is not None else None
    return join((value, default)) if aliases and default is not None else value


def _aliases(ev: Evaluator, statement: n.AnnAssign, env: Environment) -> list[str]:
    """The names that `Field(alias=…, validation_alias=…)` gives a field, in the order in which they are looked for."""
    call = env.module.expression(statement.value) if statement.value is not None else None
    if not isinstance(call, n.Call) or not _is_one_of(ev, call.func, env, _FIELDS):
        return []
    arguments = calls.evaluate_arguments(ev, call.args, env)
    values = [arguments.keyword(name) for name in ("validation_alias", "alias")]
    return [str(c.value) for v in values if v is not None for c in v.consts() if isinstance(c.value, str)]


# --- validators -------------------------------------------------------------------------------------------------------


def _own_classes(ev: Evaluator, cls: ClassRef) -> list[ClassRef]:
    return [c for c in classes.mro(ev, cls) if isinstance(c, ClassRef)]


def _text(ev: Evaluator, cls: ClassRef) -> bytes:
    module, scope = classes.class_scope(ev, cls)
    return module.source.data[scope.span[0] : scope.span[1]]


def _changes_texts(ev: Evaluator, cls: ClassRef) -> bool:
    return any(re.search(rb"\bstr_to_|\banystr_", _text(ev, c)) for c in _own_classes(ev, cls))


def _validators(ev: Evaluator, cls: ClassRef) -> list[_Validator]:
    """The validators of a class, those of its bases first."""
    found: list[_Validator] = []
    for owner in reversed(_own_classes(ev, cls)):
        module, scope = classes.class_scope(ev, owner)
        for method in module.index.scopes:
            if method.parent == scope.id and method.kind is ScopeKind.FUNCTION:
                found += _of_method(ev, owner, module, method)
    return found


def _of_method(ev: Evaluator, owner: ClassRef, module: Module, method: Scope) -> Iterator[_Validator]:
    node = method.node
    env = lookup.environment(module, classes.class_scope(ev, owner)[1], owner.frame)
    for span in node.decorators if node is not None else ():
        written = module.expression(span)
        func = written.func if isinstance(written, n.Call) else written
        is_whole = _is_one_of(ev, func, env, _OF_OBJECTS)
        if not is_whole and not _is_one_of(ev, func, env, _OF_FIELDS):
            continue
        given = calls.evaluate_arguments(ev, written.args, env) if isinstance(written, n.Call) else Arguments()
        names = frozenset(str(c.value) for v in given.positional for c in v.consts())
        is_static = any("staticmethod" in module.text(d) for d in node.decorators) if node is not None else False
        function = FunctionRef(module.path, method.id, owner.frame)
        yield _Validator(frozenset() if is_whole else names or frozenset("*"), _moment(given), function, is_static)


def _moment(given: Arguments) -> str:
    """`mode` of a validator; of the first release `pre`, and `each_item`, whose function sees items only."""
    mode = given.keyword("mode")
    single = mode.single() if mode is not None else None
    if isinstance(single, Const):
        return str(single.value)
    if mode is not None or given.keyword("each_item") is not None:
        return "wrap"
    return "before" if given.keyword("pre") is not None else "after"


def _returned(
    ev: Evaluator, validator: _Validator, cls: ClassRef, value: Value, env: Environment, span: n.Span
) -> Value:
    """What a validator of one field gives back."""
    if validator.moment not in ("before", "after", "plain"):
        return value.opened("a validator may change the field")
    method: Atom = validator.function if validator.is_static else BoundMethod(validator.function, cls)
    return ev.call(known(method), Arguments((value,), complete=False), env, span)


# --- conversions ------------------------------------------------------------------------------------------------------


def _converted(ev: Evaluator, value: Value, annotation: n.Expr, env: Environment, depth: int = 0) -> Value:
    """A value as its field's annotation has it: dictionaries become objects of the annotated classes."""
    if isinstance(annotation, n.Subscript) and _is_one_of(ev, annotation.value, env, _ANNOTATED):
        first, *more = _parts(annotation.index)
        texts = [a.name for part in more for a in ev.atoms(ev.evaluate(part, env)) if isinstance(a, External)]
        inner = _converted(ev, value, first, env, depth)
        return inner.opened("an annotation may change the field") if any(map(_CHANGING.fullmatch, texts)) else inner
    if depth > MAX_NESTING or not any(isinstance(a.atom, (Mapping, Sequence)) for a in value.atoms):
        return value
    return mapped(value, lambda atom: _converted_atom(ev, atom, annotation, env, depth))


def _converted_atom(ev: Evaluator, atom: Atom, annotation: n.Expr, env: Environment, depth: int) -> Value:
    match annotation:
        case n.BinaryOp(op="|", left=left, right=right):
            return _one_of(ev, atom, (left, right), env, depth)
        case n.Subscript(value=outer, index=index):
            parts = _parts(index)
            if _is_one_of(ev, outer, env, _UNIONS):
                return _one_of(ev, atom, parts, env, depth)
            if isinstance(atom, Sequence):
                items = tuple(_converted(ev, v, parts[0], env, depth + 1) for v in atom.items)
                return known(Sequence(atom.kind, items, atom.complete))
            if isinstance(atom, Mapping) and len(parts) > 1:
                pairs = tuple((k, _converted(ev, v, parts[1], env, depth + 1)) for k, v in atom.items)
                return known(Mapping(pairs, atom.complete))
        case n.Name() | n.Attribute() if isinstance(atom, Mapping):
            named = ev.evaluate(annotation, env)
            found = [a for a in ev.atoms(named) if isinstance(a, ClassRef) and data_classes.is_dataclass(ev, a)]
            if named.open_reason is not None and not found:
                return unknown(named.open_reason)
            return join(known(Instance(c, keywords_of(atom))) for c in found) if found else known(atom)
    return known(atom)


def _one_of(ev: Evaluator, atom: Atom, sides: tuple[n.Expr, ...], env: Environment, depth: int) -> Value:
    """What one of several annotations makes of a value; where several do something to it, any of them."""
    made = [_converted_atom(ev, atom, side, env, depth + 1) for side in sides]
    changed = [value for value in made if value != known(atom)]
    return join(changed) if changed else known(atom)


def keywords_of(atom: Atom) -> Arguments:
    """The keyword arguments that a dictionary stands for."""
    if not isinstance(atom, Mapping):
        return Arguments(complete=False)
    rows = tuple((k.value, v) for k, v in atom.items if isinstance(k, Const) and isinstance(k.value, str))
    return Arguments((), rows, atom.complete)


def _parts(index: n.Expr) -> tuple[n.Expr, ...]:
    return index.items if isinstance(index, n.TupleExpr) else (index,)


def _is_one_of(ev: Evaluator, expr: n.Expr, env: Environment, names: frozenset[str]) -> bool:
    return any(isinstance(a, External) and a.name in names for a in ev.atoms(ev.evaluate(expr, env)))
