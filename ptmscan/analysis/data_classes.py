"""Classes whose fields are the parameters of their constructor: dataclasses, attrs, pydantic and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, lookup, stores
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.values import (
    NEVER,
    ClassRef,
    External,
    Instance,
    StepKind,
    Value,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator

DATACLASSES = frozenset(
    ["dataclasses.dataclass", "dataclasses.dataclass()", "attr.s", "attr.s()", "attr.attrs", "attr.define",
     "attrs.define", "attr.define()", "attrs.define()", "attrs.frozen", "attrs.frozen()", "attr.dataclass",
     "attr.frozen", "attr.frozen()", "attrs.mutable", "attrs.mutable()", "attr.mutable", "attr.mutable()",
     "attr.attrs()", "flax.struct.dataclass", "pydantic.dataclasses.dataclass", "pydantic.dataclasses.dataclass()"]
)  # fmt: skip
FIELD_BASES = frozenset(
    [
        "pydantic.BaseModel",
        "pydantic.main.BaseModel",
        "pydantic.v1.BaseModel",
        "pydantic.v1.BaseSettings",
        "pydantic_settings.BaseSettings",
        "pydantic.BaseSettings",
        "sqlmodel.SQLModel",
        "msgspec.Struct",
        "tap.Tap",
        "typing.NamedTuple",
    ]
)


def is_dataclass(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether the class's constructor takes its annotated fields."""
    module, scope = classes.class_scope(ev, cls)
    if "__init__" in scope.bindings:
        return False
    if calls.decorator_names(ev, module, scope.id) & DATACLASSES:
        return True
    return any(isinstance(b, External) and b.name in FIELD_BASES for b in classes.mro(ev, cls))


def is_frozen(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether storing to a field of an object of the class raises an exception."""
    if is_named_tuple(ev, cls):
        return True
    if not is_dataclass(ev, cls):
        return False
    module, scope = classes.class_scope(ev, cls)
    calls_of = (module.expression(d) for d in (scope.node.decorators if scope.node is not None else ()))
    return any(
        isinstance(c, n.Call)
        and any(a.name == "frozen" and isinstance(a.value, n.Constant) and a.value.value is True for a in c.args)
        for c in calls_of
    )


def is_named_tuple(ev: Evaluator, cls: ClassRef) -> bool:
    """Whether objects of a class are tuples of its annotated fields."""
    return any(isinstance(b, External) and b.name == "typing.NamedTuple" for b in classes.mro(ev, cls))


def fields(ev: Evaluator, cls: ClassRef) -> dict[str, tuple[ClassRef, n.AnnAssign]]:
    """The annotated fields of a dataclass-like class, bases first, in the order the constructor takes them."""
    found: dict[str, tuple[ClassRef, n.AnnAssign]] = {}
    for base in reversed([c for c in classes.mro(ev, cls) if isinstance(c, ClassRef)]):
        _, scope = classes.class_scope(ev, base)
        for s in scope.body:
            if isinstance(s, n.AnnAssign) and isinstance(s.target, n.Name):
                found[s.target.id] = (base, s)
    return found


def field_value(ev: Evaluator, instance: Instance, attr: str, skipped: frozenset[int] = frozenset()) -> Value | None:
    """The value of a dataclass field of an object; None when the class has no such field or it is stored elsewhere."""
    if not is_dataclass(ev, instance.cls):
        return None
    declared = fields(ev, instance.cls)
    if attr not in declared:
        return None
    owner, statement = declared[attr]
    module, scope = classes.class_scope(ev, owner)
    env = lookup.environment(module, scope, owner.frame)
    declared_at = env.step(statement.span, StepKind.DECLARATION)
    default = NEVER
    if statement.value is not None:
        default = ev.evaluate_span(statement.value, env).traced(env.step(statement.span, StepKind.DEFAULT))
    given: Value | None = None
    if instance.arguments is None:
        value = default.opened(f"field `{attr}` of an object whose constructor call is not known")
    else:
        given = instance.arguments.keyword(attr)
        position = list(declared).index(attr)
        if given is None and position < len(instance.arguments.positional):
            given = instance.arguments.positional[position]
        given = ev.taken(instance, attr, given)
        value = given.traced(declared_at) if given is not None else default
        if given is None and not instance.arguments.complete:
            value = value.opened(f"field `{attr}` may be given by the caller")
    from_library = ev.field(instance, attr) if instance.arguments is None or given is None else None
    if from_library is not None:
        value = join((value, from_library.traced(declared_at)))
    if is_frozen(ev, instance.cls) and instance.arguments is not None:
        return value
    stored, _ = stores.on_object(ev, instance, attr, skipped)
    return join((value, *stored)) if stored else value
