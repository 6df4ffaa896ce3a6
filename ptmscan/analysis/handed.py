"""What becomes of an object that is handed to a call: which holder takes it, and whether the result may hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import classes, data_classes, lookup
from ptmscan.analysis.holders import (
    SAME,
    AttributeHolder,
    Holder,
    Level,
    NameHolder,
    Tie,
    Use,
    UseKind,
    composed,
    copied,
    held,
    item_of,
    nearest,
)
from ptmscan.analysis.index import MODULE_SCOPE, MUTATING_METHODS, BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import (
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    LambdaRef,
    Mapping,
    PartialCall,
    PathObject,
    Sequence,
    Text,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# Functions whose result holds nothing of their arguments, gives their items, holds the same items, or that change them.
_PURE = frozenset(
    f"builtins.{name}"
    for name in ("len", "print", "str", "repr", "isinstance", "bool", "any", "all", "id", "type", "hash",
                 "callable", "format", "range", "int")
) | {"copy.deepcopy", "json.dumps", "pprint.pprint", "os.path.join"}  # fmt: skip
_ITEMS = frozenset(
    ["builtins.min", "builtins.max", "builtins.next", "random.choice", "random.sample", "random.choices"]
)
_COPIES = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "sum", "sorted", "reversed", "iter")
) | {"copy.copy", "collections.OrderedDict", "itertools.chain", "itertools.islice"}  # fmt: skip
_CHANGES = frozenset(
    ["random.shuffle", "heapq.heappush", "heapq.heappop", "heapq.heapify", "bisect.insort", "bisect.insort_left",
     "bisect.insort_right", "operator.setitem", "operator.delitem", "operator.iadd", "operator.iconcat", "operator.ior",
     "omegaconf.OmegaConf.update"]
)  # fmt: skip
# Methods of built-in containers and texts: those whose result holds nothing of the receiver; all others give its items.
PURE_METHODS = frozenset(["index", "count", "isdisjoint", "issubset", "issuperset", "keys"])
COPYING_METHODS = frozenset(["copy", "values", "union", "difference", "intersection", "symmetric_difference"])
_TAKES_OBJECT = frozenset(["append", "add", "insert", "setdefault", "appendleft", "__setitem__"])


@dataclass(frozen=True, slots=True)
class Site:
    """Where an object is used."""

    ev: Evaluator
    module: Module
    scope: Scope

    def environment(self) -> Environment:
        """The environment of the place, its caller not known."""
        return lookup.environment(self.module, self.scope, self.ev.open_frame(self.module, self.scope))

    def holder_of(self, expr: n.Expr) -> Holder | None:
        """The holder that an expression names, None for any other expression."""
        match expr:
            case n.Name(id=name):
                return NameHolder(self.module.path, owner(self.module, self.scope, name).id, name)
            case n.Attribute(attr=attr):
                return AttributeHolder(attr)
            case _:
                return None

    def name_alias(self, name: str, level: Level) -> Use:
        """The use that binds a name here."""
        return Use(UseKind.ALIAS, level, NameHolder(self.module.path, owner(self.module, self.scope, name).id, name))


def owner(module: Module, here: Scope, name: str) -> Scope:
    """The scope that a name used in a scope belongs to."""
    scope, first = here, True
    while True:
        if name in scope.global_names or scope.parent is None:
            return module.scope(MODULE_SCOPE)
        visible = first or scope.kind is not ScopeKind.CLASS
        bound = any(b.kind is not BindingKind.MUTATION for b in scope.bindings.get(name, ())) or any(
            p.name == name for p in scope.parameters
        )
        if visible and bound and name not in scope.nonlocal_names:
            return scope
        first = False
        scope = module.scope(scope.parent)


def argument_uses(site: Site, call: n.Call, argument: n.Argument, level: Level) -> tuple[list[Use], Level | None]:
    """The uses of an object that is an argument of a call, and the level of its result; None: it holds nothing."""
    env = site.environment()
    with site.ev.question():
        if isinstance(call.func, n.Attribute):
            receiver = site.ev.evaluate(call.func.value, env)
            builtin = (Sequence, Mapping, Text, PathObject, Const)
            if receiver.atoms and all(isinstance(a.atom, builtin) for a in receiver.atoms):
                return _argument_of_method(site, call.func, level)
        callee = site.ev.evaluate(call.func, env)
    if callee.open_reason is not None or not callee.atoms:
        return [Use(UseKind.ESCAPE, level)], None
    uses: list[Use] = []
    result: Level | None = None
    for alternative in callee.atoms:
        more, given = _argument_of(site, alternative.atom, call, argument, level, env)
        uses += more
        result = nearest([r for r in (result, given) if r is not None])
    return uses, result


def _argument_of_method(site: Site, func: n.Attribute, level: Level) -> tuple[list[Use], Level | None]:
    """An argument of a method of a built-in container or text."""
    holder = site.holder_of(func.value)
    if func.attr in _TAKES_OBJECT or func.attr in MUTATING_METHODS:
        inner = held(level) if func.attr in _TAKES_OBJECT else copied(level)
        if func.attr == "update":
            inner = _as_dictionary(level)
        if func.attr in ("remove", "discard", "pop", "difference_update"):
            return [], None
        return [Use(UseKind.ALIAS, inner, holder) if holder is not None else Use(UseKind.ESCAPE, inner)], (
            level if func.attr == "setdefault" else None
        )
    return [], level if func.attr == "get" else copied(level) if func.attr in COPYING_METHODS else None


def _argument_of(
    site: Site, atom: Atom, call: n.Call, argument: n.Argument, level: Level, env: Environment
) -> tuple[list[Use], Level | None]:
    """An argument of a callable: the parameter that takes it, and what the call may give back."""
    match atom:
        case External(name=name):
            return _argument_of_external(site, name, call, argument, level, env)
        case FunctionRef():
            return _argument_of_function(site, atom, 0, call, argument, level)
        case BoundMethod(function=function):
            return _argument_of_function(site, function, 1, call, argument, level)
        case ClassRef():
            init = classes.of_class(site.ev, atom, "__init__", Instance(atom, None))
            if init.closed and len(init.atoms) == 1 and isinstance(init.atoms[0].atom, BoundMethod):
                uses, _ = _argument_of_function(site, init.atoms[0].atom.function, 1, call, argument, level)
                return uses, None
            if argument.name is not None and data_classes.is_dataclass(site.ev, atom):
                return [Use(UseKind.ALIAS, level, AttributeHolder(argument.name))], None
            return [Use(UseKind.ESCAPE, level)], None
        case _:
            return [Use(UseKind.ESCAPE, level)], None


def _argument_of_external(
    site: Site, name: str, call: n.Call, argument: n.Argument, level: Level, env: Environment
) -> tuple[list[Use], Level | None]:
    """Functions of libraries are taken to change nothing, but for those known to; they may give back what they got."""
    if name in _CHANGES or (name.startswith("builtins.") and name.rpartition(".")[2] in MUTATING_METHODS):
        return [Use(UseKind.CHANGE, level)], None
    if name in _PURE:
        return [], None
    if name == "functools.partial":
        return [Use(UseKind.ESCAPE, level)], None
    others = [site.ev.evaluate(a.value, env) for a in call.args if a is not argument]
    local = (FunctionRef, BoundMethod, LambdaRef, PartialCall)
    if any(isinstance(a.atom, local) for value in others for a in value.atoms):
        # A function of this repository that the library calls, perhaps with this argument or with its items.
        pure = name in ("builtins.map", "builtins.filter", "builtins.sorted", "builtins.min", "builtins.max")
        return [Use(UseKind.ESCAPE, item_of(level) if pure else level)], copied(level) if pure else None
    if name in _ITEMS:
        return [], item_of(level)
    if name in ("builtins.enumerate", "builtins.zip", "itertools.product"):
        return [], held(copied(level))
    if name == "builtins.dict":
        return [], _as_dictionary(level)
    return [], copied(level) if name in _COPIES or name in ("builtins.map", "builtins.filter") else (0, level[1])


def _as_dictionary(level: Level) -> Level:
    """The level of a dictionary made of another one, or of pairs, which has one layer less."""
    return max(copied(level)[0] - 1, 1), level[1] if level[0] else level[1] + 1


def _argument_of_function(
    site: Site, ref: FunctionRef, given: int, call: n.Call, argument: n.Argument, level: Level
) -> tuple[list[Use], Level | None]:
    module = site.ev.program.get(ref.path)
    scope = module.scope(ref.scope)
    node = scope.node
    if not isinstance(node, n.FunctionDef) or argument.star:
        return [Use(UseKind.ESCAPE, level)], None
    plain = [p for p in node.params if p.kind in (n.ParameterKind.POSITIONAL, n.ParameterKind.POSITIONAL_ONLY)]
    if argument.name is not None:
        taker = next((p for p in node.params if p.name == argument.name), None)
    elif any(a.star for a in call.args):
        return [Use(UseKind.ESCAPE, level)], None
    else:
        position = given + [a for a in call.args if a.name is None].index(argument)
        taker = plain[position] if position < len(plain) else None
    if taker is None:
        kind = n.ParameterKind.VAR_KEYWORD if argument.name is not None else n.ParameterKind.VAR_POSITIONAL
        taker, level = next((p for p in node.params if p.kind is kind), None), held(level)
    if taker is None:
        return [], None
    holder = NameHolder(ref.path, ref.scope, taker.name)
    returned = site.ev.sharing.returned(holder) if not node.decorators else SAME
    return [Use(UseKind.ALIAS, level, holder, tie=Tie.PASSING)], None if returned is None else composed(level, returned)
