"""What is known of built-in and standard-library functions that move model names about; all others give `name()`.

Sources: https://docs.python.org/3/library/functions.html, os, os.path, pathlib, functools, importlib, copy,
dataclasses.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, collection_functions, data_classes, formatting, lookup, objects, text_classes
from ptmscan.analysis import operations as ops
from ptmscan.analysis.alternatives import combine, join, mapped, text_value, with_hole
from ptmscan.analysis.collection_functions import Function, first
from ptmscan.analysis.index import ScopeKind
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Atom,
    ClassRef,
    Const,
    External,
    Hole,
    Instance,
    Made,
    Mapping,
    ModuleRef,
    PartialCall,
    PathObject,
    Sequence,
    SequenceKind,
    StepKind,
    Super,
    Text,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator


def knows(name: str) -> bool:
    """Whether a call of that external name is looked into."""
    return name in FUNCTIONS


def call(ev: Evaluator, name: str, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    """The value of calling an external function."""
    function = FUNCTIONS.get(name)
    return known(External(f"{name}()")) if function is None else function(ev, arguments, env, span)


def super_call(ev: Evaluator, expr: n.Call, env: Environment) -> Value:
    """`super()` and `super(Class, self)` inside a method."""
    scope = env.module.scope(env.scope)
    while (
        scope.kind is not ScopeKind.FUNCTION
        or scope.parent is None
        or env.module.scope(scope.parent).kind is not ScopeKind.CLASS
    ):
        if scope.parent is None:
            return unknown("super() outside a class")
        scope = env.module.scope(scope.parent)
    cls = ClassRef(env.module.path, scope.parent)
    if not scope.parameters:
        return unknown("super() in a method without parameters")
    receiver = lookup.name(ev, scope.parameters[0].name, expr.span[0], env)
    kept = [Super(cls, a.atom) for a in receiver.atoms if isinstance(a.atom, (Instance, ClassRef))]
    return join(known(s) for s in kept) if kept else unknown("super() of an unknown object")


# --- built-in functions -----------------------------------------------------------------------------------------------


def _str(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    value = first(arguments, "object")
    if value is None:
        return text_of("")
    return mapped(with_hole(value), lambda a: text_value(formatting.text_form(a)))


def _number(kind: Callable[[str | int | float], object]) -> Function:
    def convert(atom: Atom) -> Value:
        if isinstance(atom, Const) and isinstance(atom.value, (str, int, float)) and len(str(atom.value)) < 40:
            try:
                return text_of(kind(atom.value))
            except (ValueError, OverflowError):
                return NEVER
        return unknown("number of an unknown value")

    def function(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        value = first(arguments)
        return unknown("number") if value is None else mapped(value, convert)

    return function


def _bool(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    value = first(arguments)
    answer = ops.decide(value) if value is not None else False
    return unknown("truth of an unknown value") if answer is None else text_of(answer)


def _identity(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    value = first(arguments)
    return value if value is not None else unknown("call without an argument")


def _getattr(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    target, name, default = (first(arguments, position=i) for i in range(3))
    if target is None or name is None:
        return unknown("getattr")
    found = [
        ev.attribute(target, c.atom.value, env).traced(env.step(span, StepKind.ATTRIBUTE))
        for c in name.atoms
        if isinstance(c.atom, Const) and isinstance(c.atom.value, str)
    ]
    if default is not None and not _surely_there(found) and not _has_surely(ev, target, name):
        found.append(default)
    if name.open_reason or not found:
        found.append(mapped(target, lambda a: _unknown_attribute(a, name.open_reason or "attribute of unknown name")))
    return join(found)


def _has_surely(ev: Evaluator, target: Value, name: Value) -> bool:
    """Whether all objects that a value may be have an attribute of a known name."""
    attr = name.single()
    if not isinstance(attr, Const) or not isinstance(attr.value, str) or not target.closed or not target.atoms:
        return False
    return all(isinstance(a.atom, Instance) and objects.surely_has(ev, a.atom, attr.value) for a in target.atoms)


def _surely_there(found: list[Value]) -> bool:
    return all(v.atoms and v.closed and all(isinstance(a.atom, External) for a in v.atoms) for v in found) and bool(
        found
    )


def _unknown_attribute(atom: Atom, reason: str) -> Value:
    match atom:
        case External(name=name) | ModuleRef(name=name):
            # What is looked up in something that was itself looked up by an unknown name lies somewhere below.
            return known(External(name if name.endswith(".?") else f"{name}.?"))
        case _:
            return unknown(reason)


def _type(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    def one(atom: Atom) -> Value:
        if isinstance(atom, Instance):
            return known(ClassRef(atom.cls.path, atom.cls.scope, atom.cls.frame, atom.arguments is not None))
        return unknown("type of an object")

    value = first(arguments)
    return unknown("type") if value is None or len(arguments.positional) != 1 else mapped(value, one)


_KINDS = {f"builtins.{kind.__name__}": kind for kind in (str, bytes, int, float, bool, list, tuple, set, dict)}
# What no sequence is that may be a tuple, or an object that acts like one.
_NO_SEQUENCES = frozenset([str, bytes, int, float, bool, dict])
_KIND_OF = {SequenceKind.LIST: list, SequenceKind.SET: set}


def _isinstance(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    if len(arguments.positional) != 2:
        return unknown("isinstance")
    return combine(arguments.positional[0], arguments.positional[1], _is_of_kind)


def _is_of_kind(atom: Atom, kind: Atom) -> Value:
    """Whether an object is of a built-in class, or of one in a tuple of them, where that is sure."""
    asked = [i.single() for i in kind.items] if isinstance(kind, Sequence) and kind.complete else [kind]
    kinds = [_KINDS[k.name] for k in asked if isinstance(k, External) and k.name in _KINDS]
    match atom:
        case Const(value=value):
            own: type = type(value)
        case Text():
            own = str
        case Mapping():
            own = dict
        case Sequence(kind=SequenceKind.LIST | SequenceKind.SET as sequence):
            own = _KIND_OF[sequence]
        case Sequence() | PathObject() if kinds and len(kinds) == len(asked) and _NO_SEQUENCES.issuperset(kinds):
            return text_of(False)
        case _:
            return unknown("kind of an object")
    if any(issubclass(own, k) for k in kinds):
        return text_of(True)
    return text_of(False) if len(kinds) == len(asked) else unknown("kind of an object")


def _vars(ev: Evaluator, arguments: Arguments, env: Environment, _span: n.Span) -> Value:
    def one(atom: Atom) -> Value:
        match atom:
            case External(name=name) | ModuleRef(name=name):
                return known(External(f"{name}.__dict__"))
            case Made() if (owner := ev.owner(atom)) is not None:
                return owner.mapping(ev, atom, env)
            case Instance():
                return _fields_as_dictionary(ev, atom)
            case _:
                return unknown("vars of an object")

    value = first(arguments)
    return unknown("vars") if value is None else mapped(value, one)


def _fields_as_dictionary(ev: Evaluator, instance: Instance) -> Value:
    """`vars(object)` or `asdict(object)` of a dataclass."""
    if not data_classes.is_dataclass(ev, instance.cls):
        return unknown("vars of an object")
    pairs = ((name, data_classes.field_value(ev, instance, name)) for name in data_classes.fields(ev, instance.cls))
    return known(Mapping(tuple((Const(name), value) for name, value in pairs if value is not None)))


def _asdict(ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    value = first(arguments, "obj")
    if value is None:
        return unknown("asdict")
    return mapped(
        value, lambda a: _fields_as_dictionary(ev, a) if isinstance(a, Instance) else unknown("asdict of an object")
    )


# --- os, pathlib ------------------------------------------------------------------------------------------------------


def _join_paths(_ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    result = Value(())
    for i, part in enumerate(arguments.positional):
        part = with_hole(part)
        result = part if i == 0 else combine(result, part, lambda a, b: formatting.join_texts((a, b)))
    if not arguments.complete:
        result = result.opened("path with unknown parts")
    return result.traced(env.step(span, StepKind.FORMAT))


def _on_path(operation: Callable[[str], str]) -> Function:
    def one(atom: Atom) -> Value:
        changed = formatting.on_path(operation, formatting.text_form(atom))
        return text_value((Hole("path not fully known"),) if changed is None else changed)

    def function(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        value = first(arguments)
        return unknown("path") if value is None else mapped(with_hole(value), one)

    return function


def _in_two(operation: Callable[[str], tuple[str, str]]) -> Function:
    """A function that takes a path apart: `os.path.splitext`."""

    def one(atom: Atom) -> Value:
        if not isinstance(atom, Const) or not isinstance(atom.value, str):
            return known(Sequence(SequenceKind.TUPLE, (unknown("path not fully known"),) * 2))
        return known(Sequence(SequenceKind.TUPLE, tuple(text_of(part) for part in operation(atom.value))))

    def function(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        value = first(arguments)
        return unknown("path") if value is None else mapped(value, one)

    return function


def _absolute(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    value = first(arguments)
    if value is None:
        return unknown("path")
    return mapped(with_hole(value), lambda a: text_value(formatting.absolute(formatting.text_form(a))))


def _current_folder(_ev: Evaluator, _arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    return known(Text((Hole("current folder"),)))


def _current_path(_ev: Evaluator, _arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    return known(PathObject((Hole("current folder"),)))


def _path(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    parts = [with_hole(v) for v in arguments.positional]
    if not parts:
        return known(PathObject((".",)))
    result = mapped(parts[0], lambda a: known(PathObject(formatting.normalised(a))))
    for part in parts[1:]:
        result = combine(result, part, formatting.joined_path)
    return result


def _environ(_ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    name = first(arguments, "key")
    shown = name.consts()[0].value if name is not None and name.consts() else "?"
    reason = f"environment variable {shown!s}"
    default = first(arguments, "default", 1)
    if default is None:
        return join((text_of(None), unknown(reason)))
    return default.opened(reason).traced(env.step(span, StepKind.ENVIRONMENT))


# --- functools, importlib, others -------------------------------------------------------------------------------------


def _partial(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    if not arguments.positional:
        return unknown("partial")
    bound = Arguments(arguments.positional[1:], arguments.keywords, arguments.complete)
    return mapped(arguments.positional[0], lambda a: known(PartialCall(a, bound)))


_NO_MODULE = "module of unknown name"


def _import_module(ev: Evaluator, arguments: Arguments, env: Environment, _span: n.Span) -> Value:
    value = first(arguments, "name")
    if value is None:
        return unknown("import_module")
    return mapped(with_hole(value), lambda a: _module_named(ev, a, env))


def _module_named(ev: Evaluator, name: Atom, env: Environment) -> Value:
    """The module that a text names; one of a known package where only the rest of the name is not known."""
    match name:
        case Const(value=str() as dotted):
            return lookup.import_by_name(ev, env.module, dotted)
        case Text(parts=(str() as start, Hole(), *_)) if "." in start and not start.startswith("."):
            package = lookup.import_by_name(ev, env.module, start.rpartition(".")[0]).single()
            return known(External(f"{package.name}.?")) if isinstance(package, External) else unknown(_NO_MODULE)
        case _:
            return unknown(_NO_MODULE)


def _second(_ev: Evaluator, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
    return first(arguments, position=1) or unknown("cast")


def _field(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    default = arguments.keyword("default")
    factory = arguments.keyword("default_factory") or arguments.keyword("factory")
    if default is not None:
        return default
    if factory is not None:
        return ev.call(factory, calls.NO_ARGUMENTS, env, span)
    return NEVER


def _model_field(ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    if arguments.positional:
        return arguments.positional[0]
    return _field(ev, arguments, env, span)


_PATHLIB = {f"pathlib.{kind}": _path for kind in ("Path", "PurePath", "PosixPath", "PurePosixPath")}

FUNCTIONS: dict[str, Function] = {
    **collection_functions.FUNCTIONS,
    **text_classes.FUNCTIONS,
    "builtins.str": _str,
    "builtins.unicode": _str,
    "builtins.int": _number(int),
    "builtins.float": _number(float),
    "builtins.bool": _bool,
    "types.MappingProxyType": _identity,
    "builtins.getattr": _getattr,
    "builtins.isinstance": _isinstance,
    "builtins.type": _type,
    "builtins.vars": _vars,
    "builtins.classmethod": _identity,
    "builtins.staticmethod": _identity,
    "os.path.join": _join_paths,
    "posixpath.join": _join_paths,
    "os.path.dirname": _on_path(posixpath.dirname),
    "os.path.basename": _on_path(posixpath.basename),
    "os.path.normpath": _on_path(posixpath.normpath),
    "os.path.split": _in_two(posixpath.split),
    "os.path.splitext": _in_two(posixpath.splitext),
    "os.path.abspath": _absolute,
    "os.path.realpath": _absolute,
    "os.path.expanduser": _identity,
    "os.path.expandvars": _identity,
    "os.fspath": _str,
    "os.getcwd": _current_folder,
    "pathlib.Path.cwd": _current_path,
    "os.getenv": _environ,
    "os.environ.get": _environ,
    **_PATHLIB,
    "functools.partial": _partial,
    "importlib.import_module": _import_module,
    "builtins.__import__": _import_module,
    "typing.cast": _second,
    "copy.copy": _identity,
    "copy.deepcopy": _identity,
    "dataclasses.field": _field,
    "dataclasses.asdict": _asdict,
    "attr.asdict": _asdict,
    "attrs.asdict": _asdict,
    "attr.ib": _field,
    "attr.field": _field,
    "attrs.field": _field,
    "pydantic.Field": _model_field,
    "tqdm.tqdm": _identity,
    "tqdm.auto.tqdm": _identity,
    "tqdm.notebook.tqdm": _identity,
}
