"""Calls: functions and classes of the repository, lambdas, partial applications, and what is known of built-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import (
    classes,
    constructors,
    containers,
    formatting,
    generators,
    known_functions,
    lookup,
    objects,
    text_methods,
)
from ptmscan.analysis.alternatives import is_large, join, mapped
from ptmscan.analysis.bindings import enclosing_branches, follows_terminal, passed_guards
from ptmscan.analysis.blocks import completes, returns
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.index import Scope
from ptmscan.analysis.values import (
    NEVER,
    Alternative,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    Frame,
    FunctionRef,
    Instance,
    LambdaRef,
    Locals,
    Made,
    Mapping,
    PartialCall,
    PathObject,
    Sequence,
    SequenceKind,
    StepKind,
    Text,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

NO_ARGUMENTS = Arguments()
MAX_RECURSION = 3
PROPERTIES = frozenset(["builtins.property", "functools.cached_property", "abc.abstractproperty"])

# Decorators that leave the decorated function what it is, for our purposes.
_BUILTIN_RECEIVERS = (Text, Mapping, Sequence, PathObject)


def expression(ev: Evaluator, expr: n.Call, env: Environment) -> Value:
    """A call as written in the source."""
    if isinstance(expr.func, n.Name) and expr.func.id == "super":
        return known_functions.super_call(ev, expr, env)
    if not isinstance(expr.func, n.Attribute):
        return _call_lazily(ev, ev.evaluate(expr.func, env), expr, env)
    receiver = ev.evaluate(expr.func.value, env)
    builtin = [a for a in receiver.atoms if is_builtin(a.atom)]
    if not builtin:
        return _call_lazily(ev, ev.evaluate(expr.func, env), expr, env)
    arguments = evaluate_arguments(ev, expr.args, env)
    method = expr.func.attr
    values = [
        mapped(Value((a,)), lambda atom: _builtin_method(ev, atom, method, arguments, (env, expr.span)))
        for a in builtin
    ]
    others = [a for a in receiver.atoms if not is_builtin(a.atom)]
    if others:
        callee = ev.attribute(Value(tuple(others)), method, env)
        values.append(call(ev, callee, arguments, env, expr.span))
    merged = join(values)
    if receiver.open_reason:
        merged = merged.opened(receiver.open_reason)
    return merged.traced(
        env.step(expr.span, StepKind.CONTAINER if isinstance(builtin[0].atom, Mapping) else StepKind.FORMAT)
    )


def _builtin_method(
    ev: Evaluator, atom: Atom, method: str, arguments: Arguments, site: tuple[Environment, n.Span]
) -> Value:
    """A method of a text, a container or a path; what reads the file behind a path is for a framework model."""
    if isinstance(atom, PathObject) and ev.framework(f"pathlib.Path.{method}") is not None:
        first = Arguments((known(atom), *arguments.positional), arguments.keywords, arguments.complete)
        return call_atom(ev, External(f"pathlib.Path.{method}"), first, *site)
    return text_methods.call_method(atom, method, arguments) or unknown(f"method {method}")


def is_builtin(atom: Atom) -> bool:
    """Whether an object is a text, a container or a path, whose methods are Python's own."""
    return isinstance(atom, _BUILTIN_RECEIVERS) or (isinstance(atom, Const) and isinstance(atom.value, str))


def _call_lazily(ev: Evaluator, callee: Value, expr: n.Call, env: Environment) -> Value:
    """Evaluate the arguments only if an alternative of the callee looks at them."""
    if callee.atoms and all(isinstance(a.atom, External) and _opaque(ev, a.atom.name) for a in callee.atoms):
        results = [
            Alternative(External(f"{a.atom.name}()"), a.trace) for a in callee.atoms if isinstance(a.atom, External)
        ]
        return Value(tuple(results), callee.open_reason)
    if not callee.atoms:
        return unknown(callee.open_reason or "call of nothing")
    return call(ev, callee, evaluate_arguments(ev, expr.args, env), env, expr.span)


def _opaque(ev: Evaluator, name: str) -> bool:
    """Whether nothing is known of what an external function does with its arguments."""
    return not known_functions.knows(name) and ev.framework(name) is None


def evaluate_arguments(ev: Evaluator, args: tuple[n.Argument, ...], env: Environment) -> Arguments:
    """The values of a call's arguments; `*` and `**` are spread as far as they are known."""
    positional: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    complete = True
    for argument in args:
        value = ev.evaluate(argument.value, env)
        if argument.star == 1:
            row = containers.columns(value)
            if complete:
                positional += row.items
            complete = complete and row.complete
        elif argument.star == 2:
            spread, whole = spread_keywords(contents(ev, value, env))
            keywords += spread
            complete = complete and whole
        elif argument.name is not None:
            keywords.append((argument.name, value))
        elif complete:
            positional.append(value)
    return Arguments(tuple(positional), tuple(keywords), complete)


def contents(ev: Evaluator, value: Value, env: Environment) -> Value:
    """A value whose objects, of followed libraries or derived from dict, are the dictionaries that they act as."""
    if not any(isinstance(a.atom, (Made, Instance)) for a in value.atoms):
        return value
    return mapped(value, lambda a: _content(ev, a, env))


def _content(ev: Evaluator, atom: Atom, env: Environment) -> Value:
    if isinstance(atom, Instance):
        return known(objects.dictionary(ev, atom) or atom)
    owner = ev.owner(atom) if isinstance(atom, Made) else None
    return owner.content(ev, atom, env) if owner is not None and isinstance(atom, Made) else known(atom)


def spread_keywords(value: Value) -> tuple[list[tuple[str, Value]], bool]:
    """The keyword arguments that `**value` gives, and whether these are all."""
    single = value.single()
    mappings = [(a, a.atom) for a in value.atoms if isinstance(a.atom, Mapping)]
    whole = isinstance(single, Mapping) and single.complete
    rows: dict[str, list[Value]] = {}
    for holder, mapping in mappings:
        for key, item in mapping.items:
            if isinstance(key, Const) and isinstance(key.value, str):
                rows.setdefault(key.value, []).append(containers.traced(item, holder))
    reason = value.open_reason or ("one of several dictionaries" if len(mappings) > 1 else None)
    if reason is None and not whole:
        reason = "the dictionary may have changed"
    given = [(k, join(v)) for k, v in rows.items()]
    return [(k, v if reason is None else v.opened(reason)) for k, v in given], whole


def call(ev: Evaluator, callee: Value, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    """The value of calling every alternative of a callee."""
    return mapped(callee, lambda atom: call_atom(ev, atom, arguments, env, span))


def call_atom(ev: Evaluator, atom: Atom, arguments: Arguments, env: Environment, span: n.Span) -> Value:
    """The value of calling one alternative."""
    match atom:
        case FunctionRef():
            return invoke(ev, atom, arguments, None, (env, span))
        case BoundMethod(function=function, receiver=receiver):
            return invoke(ev, function, arguments, receiver, (env, span))
        case ClassRef():
            return construct(ev, atom, arguments)
        case LambdaRef():
            return _call_lambda(ev, atom, arguments)
        case PartialCall(function=function, arguments=first):
            return call_atom(ev, function, merged_arguments(first, arguments), env, span)
        case Instance():
            return call(ev, objects.of_instance(ev, atom, "__call__"), arguments, env, span)
        case Made(name=name):
            return call_atom(ev, External(f"{name}.__call__", atom), arguments, env, span)
        case External(name=name):
            framework = ev.framework(name)
            if framework is not None:
                return framework.call(ev, atom, arguments, env, span)
            return known_functions.call(ev, name, arguments, env, span)
        case _:
            return unknown(f"call of {formatting.describe(atom)}")


def merged_arguments(first: Arguments, later: Arguments) -> Arguments:
    """The arguments of a partial application followed by those of its call."""
    kept = tuple((k, v) for k, v in first.keywords if later.keyword(k) is None)
    return Arguments(
        (*first.positional, *later.positional), (*kept, *later.keywords), first.complete and later.complete
    )


def construct(ev: Evaluator, cls: ClassRef, arguments: Arguments) -> Value:
    """`Class(arguments)`"""
    if classes.is_enum(ev, cls) and len(arguments.positional) == 1:
        return enum_by_value(ev, cls, arguments.positional[0])
    return known(Instance(ClassRef(cls.path, cls.scope, cls.frame), arguments if cls.exact else None))


def enum_by_value(ev: Evaluator, cls: ClassRef, value: Value) -> Value:
    """`EnumClass(value)`: the members whose value it may be; all when it is not known."""
    members = classes.members(ev, cls)
    if not value.closed or not value.consts():
        return join(members)
    hits = [
        m
        for m in members
        if any(
            getattr(getattr(a.atom, "value", None), "consts", tuple)() == (c,) for a in m.atoms for c in value.consts()
        )
    ]
    return join(hits)


def class_item(ev: Evaluator, atom: Atom, key: Value) -> Value | None:
    """`EnumClass[key]`; None for anything that is not a class."""
    if not isinstance(atom, ClassRef):
        return None
    if not classes.is_enum(ev, atom):
        return known(atom)  # Generic[T]
    members = classes.members(ev, atom)
    if not key.closed:
        return join(members)
    names = {c.value for c in key.consts()}
    return join(m for m in members if any(getattr(a.atom, "name", None) in names for a in m.atoms))


def _call_lambda(ev: Evaluator, ref: LambdaRef, arguments: Arguments) -> Value:
    module = ev.program.get(ref.path)
    outer = Environment(module, ref.scope, ref.frame, ref.outer)
    names = bound_parameters(ev, ref.node.params, arguments, None, outer)
    if names is None:
        return NEVER
    inner = Environment(module, ref.scope, ref.frame, Locals(names, ref.outer), ref.node.span[0])
    return ev.evaluate(ref.node.body, inner)


# --- functions --------------------------------------------------------------------------------------------------------


def invoke(
    ev: Evaluator,
    ref: FunctionRef,
    arguments: Arguments,
    receiver: Atom | None,
    site: tuple[Environment, n.Span] | None = None,
) -> Value:
    """What a function of the repository returns for given arguments."""
    module = ev.program.get(ref.path)
    scope = module.scope(ref.scope)
    frame = bind(ev, module, scope, ref.frame, arguments, receiver, site)
    if frame is None:
        return NEVER
    if any(is_large(value) for _, value in frame.parameters or ()):
        return unknown("the arguments are too large to be followed")
    key = ("invoke", module.path, scope.id, id(frame))
    with ev.activation(module.path, scope.id) as recursion:
        if recursion > MAX_RECURSION:
            return unknown("recursive function")
        return ev.remember(key, frame, lambda: _result(ev, module, scope, frame))


def bind(
    ev: Evaluator,
    module: Module,
    scope: Scope,
    parent: Frame | None,
    arguments: Arguments,
    receiver: Atom | None,
    site: tuple[Environment, n.Span] | None = None,
) -> Frame | None:
    """The frame of a call; None when the arguments do not fit the parameters."""
    outer = lookup.environment(module, module.scope(scope.parent or 0), parent)
    if site is not None:
        step = site[0].step(site[1], StepKind.ARGUMENT)
        arguments = Arguments(
            tuple(v.traced(step) for v in arguments.positional),
            tuple((k, v.traced(step)) for k, v in arguments.keywords),
            arguments.complete,
        )
    names = bound_parameters(ev, scope.parameters, arguments, receiver, outer)
    return None if names is None else ev.intern(Frame(module.path, scope.id, names, parent))


def bound_parameters(
    ev: Evaluator, parameters: tuple[n.Parameter, ...], arguments: Arguments, receiver: Atom | None, outer: Environment
) -> tuple[tuple[str, Value], ...] | None:
    """Parameter names with their values, by Python's rules of binding; None when a call like that raises."""
    positional = list(arguments.positional)
    if receiver is not None:
        positional.insert(0, known(receiver))
    keywords = dict(arguments.keywords)
    bound: list[tuple[str, Value]] = []
    for p in parameters:
        match p.kind:
            case n.ParameterKind.VAR_POSITIONAL:
                row = Sequence(SequenceKind.TUPLE, tuple(positional), arguments.complete)
                bound.append((p.name, known(row)))
                positional = []
            case n.ParameterKind.VAR_KEYWORD:
                pairs = tuple((Const(k), v) for k, v in keywords.items())
                bound.append((p.name, known(Mapping(pairs, arguments.complete))))
                keywords = {}
            case n.ParameterKind.KEYWORD_ONLY:
                value = keywords.pop(p.name, None)
                bound.append((p.name, _or_default(ev, value, p, arguments, outer)))
            case _:
                given: Value | None
                if positional:
                    given = positional.pop(0)
                else:
                    given = keywords.pop(p.name, None) if p.kind is n.ParameterKind.POSITIONAL else None
                bound.append((p.name, _or_default(ev, given, p, arguments, outer)))
    if positional or (keywords and arguments.complete):
        return None
    return tuple(bound)


def _or_default(
    ev: Evaluator, value: Value | None, parameter: n.Parameter, arguments: Arguments, outer: Environment
) -> Value:
    if value is not None:
        return value
    if parameter.default is None:
        return unknown(f"argument `{parameter.name}` is not known") if not arguments.complete else NEVER
    default = ev.evaluate_span(parameter.default, outer).traced(outer.step(parameter.span, StepKind.DEFAULT))
    return default if arguments.complete else default.opened(f"argument `{parameter.name}` may be passed")


def _result(ev: Evaluator, module: Module, scope: Scope, frame: Frame) -> Value:
    node = scope.node
    if not isinstance(node, n.FunctionDef):
        return unknown("not a function")
    items = generators.yielded(ev, module, scope, frame)
    if items is not None:
        return items
    env = lookup.environment(module, scope, frame)
    values: list[Value] = []
    for statement in returns(scope.body):
        if follows_terminal(scope, statement.span[0]):
            continue
        if not is_reached(ev, env, statement.span[0]):
            continue
        step = env.step(statement.span, StepKind.RETURN)
        values.append(text_of(None) if statement.value is None else ev.evaluate_span(statement.value, env).traced(step))
    if completes(scope.body) and is_reached(ev, env, scope.span[1]):
        values.append(text_of(None))
    return join(values)


def is_reached(ev: Evaluator, env: Environment, position: int) -> bool:
    """Whether control may come to a place of a scope: the tests around it and those of earlier ways out."""
    scope = env.module.scope(env.scope)
    branches = (*enclosing_branches(scope, position), *passed_guards(scope, position))
    # Statements know nothing of the names that an expression binds, and are passed before a lambda's body runs.
    around = Environment(env.module, env.scope, env.frame)
    return all(ev.feasible(b, around) for b in branches)


def method_frame(ev: Evaluator, module: Module, method: Scope, instance: Instance, owner: ClassRef) -> Frame | None:
    """The frame in which a method of an object runs: the constructor's with its arguments, others with `self` only."""
    parent = ev.open_frame(module, module.scope(method.parent or 0)) if owner.frame is None else owner.frame
    if instance.arguments is None:
        return ev.intern(Frame(module.path, method.id, None, parent))
    if method.name == "__init__":
        own_init = next(
            (c for c in classes.mro(ev, instance.cls) if isinstance(c, ClassRef) and _has_init(ev, c)), None
        )
        if own_init is not None and (own_init.path, own_init.scope) == (owner.path, owner.scope):
            frame = bind(ev, module, method, parent, instance.arguments, instance)
            if frame is not None:
                return frame
        elif (above := constructors.inherited(ev, instance, owner)) is not None:
            return above
    names = tuple(
        (
            p.name,
            known(instance)
            if i == 0
            else lookup.default_value(ev, module, method, None, p).opened(f"parameter `{p.name}`"),
        )
        for i, p in enumerate(method.parameters)
    )
    return ev.intern(Frame(module.path, method.id, names, parent))


def _has_init(ev: Evaluator, cls: ClassRef) -> bool:
    return "__init__" in classes.class_scope(ev, cls)[1].bindings


# --- decorators and fields --------------------------------------------------------------------------------------------


def decorator_names(ev: Evaluator, module: Module, scope: int) -> frozenset[str]:
    """The external names of a definition's decorators; `()` behind one that is called."""
    node = module.scope(scope).node
    if node is None or not node.decorators:
        return frozenset()
    outer = lookup.environment(module, module.scope(module.scope(scope).parent or 0), None)
    values = [ev.evaluate_span(d, outer) for d in node.decorators]
    return frozenset(a.atom.name for v in values for a in v.atoms if isinstance(a.atom, External))


def below_decorator(ev: Evaluator, node: n.FunctionDef | n.ClassDef, decorator: n.Span, env: Environment) -> Value:
    """What a decorator is applied to: the definition after the decorators between them."""
    number = env.module.index.scope_of_definition(node)
    is_class = isinstance(node, n.ClassDef)
    ref: Atom = (ClassRef if is_class else FunctionRef)(env.module.path, number, env.frame)
    below = node.decorators[node.decorators.index(decorator) + 1 :]
    return decorated(ev, known(ref), below, env)


def decorated(ev: Evaluator, value: Value, decorators: tuple[n.Span, ...], env: Environment) -> Value:
    """A definition after its decorators: those of the repository are called, others are taken to keep what it is."""
    for span in reversed(decorators):
        decorator = ev.evaluate_span(span, env)
        local = [a for a in decorator.atoms if isinstance(a.atom, (FunctionRef, LambdaRef, BoundMethod, PartialCall))]
        if not local:
            continue
        result = call(ev, Value(tuple(local)), Arguments((value,)), env, span)
        functions = [
            a for a in result.atoms if isinstance(a.atom, (FunctionRef, ClassRef, LambdaRef, PartialCall, BoundMethod))
        ]
        value = (
            Value(tuple(functions), result.open_reason)
            if functions
            else value.opened("decorated by an unknown function")
        )
    return value
