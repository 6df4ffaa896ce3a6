"""The one engine: an expression, in a scope and a context, becomes an abstract value with its trace.

Here are the memory of results and the bounds of the work. The parts that know Python's rules are beside it:
`expressions` (by kind of node), `lookup` (names), `attributes`, `classes`, `objects`, `calls` (functions, built-ins),
`conditions` (arms that can be taken). They call back through `Evaluator.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Protocol, TypeAlias

from ptmscan.analysis import attributes, calls, conditions, expressions, narrowing, stores
from ptmscan.analysis.attribute_flow import Flow
from ptmscan.analysis.bindings import Branch
from ptmscan.analysis.called import CalledBindings
from ptmscan.analysis.changed_by_calls import ChangesByCalls
from ptmscan.analysis.changed_by_methods import ChangesByMethods
from ptmscan.analysis.correlation import Choices
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.fills import Fills
from ptmscan.analysis.index import AttributeStore, Binding, BindingKind, Scope, ScopeKind
from ptmscan.analysis.moments import Moments
from ptmscan.analysis.namespaces import Rebound
from ptmscan.analysis.program import Module, Program
from ptmscan.analysis.sharing import Sharing
from ptmscan.analysis.values import (
    Alternative,
    Arguments,
    Atom,
    ClassRef,
    External,
    Frame,
    Instance,
    Locals,
    Made,
    Setting,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

MAX_DEPTH = 400
# Bounds of the work on one call site, in evaluated expressions: before and after a signature is known to describe it.
MAX_STEPS = 3_000
MAX_CALLEE_STEPS = 400
# Where the name of the callee says nothing of models (`get`, `load`), it is followed this far.
MAX_PLAIN_CALLEE_STEPS = 80
MAX_TEST_STEPS = 300
MAX_RECEIVER_STEPS = 300
# For one call site, to tell apart by its callers what is already known of it whoever calls.
MAX_SPARE_STEPS = 1_500
MAX_PARSES = 60

# The parameters that a result depends on, each with the activation that gave its value.
Touched: TypeAlias = frozenset[tuple[Frame, str]]

_UNTOUCHED: Touched = frozenset()
CYCLE = "defined through itself"
_NO_CYCLE = MAX_DEPTH * MAX_DEPTH


class BudgetExceeded(Exception):  # noqa: N818 - a signal, no error
    """A question that is not worth more work has taken what it may."""


def _no_frames(frame: Frame, names: frozenset[str]) -> tuple[tuple[Frame, ...], str | None]:  # noqa: ARG001
    """The callers of a function where nobody looks for callers."""
    return (), "callers are not looked for"


class Framework(Protocol):
    """A model of a library that programs take their settings from. It is registered; the evaluator does not know it."""

    @property
    def names(self) -> frozenset[str]:
        """The external callables whose calls it models: `argparse.ArgumentParser`, `fire.Fire`."""

    @property
    def objects(self) -> frozenset[str]:
        """The external objects whose attributes and items it models: `os.environ`, `absl.flags.FLAGS`."""

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """The value of a call of one of `names`."""

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """An attribute of an object that one of its calls made."""

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, span: n.Span) -> Value:
        """`object[key]` of such an object."""

    def mapping(self, ev: Evaluator, made: Made, env: Environment) -> Value:
        """The attributes of such an object as a dictionary (`vars(args)`)."""

    def content(self, ev: Evaluator, made: Made, env: Environment) -> Value:
        """What `dict(object)` or `**object` gives; unknown for an object that is no mapping."""

    def calls(
        self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment
    ) -> tuple[tuple[Atom, Arguments], ...]:
        """What a call of one of `names` calls in its turn (`instantiate(config)`): callees with their arguments."""

    def field(self, ev: Evaluator, instance: Instance, attr: str) -> Value | None:
        """What the library gives a field that the constructor is not given; None when it does not."""

    def taken(self, ev: Evaluator, instance: Instance, attr: str, given: Value | None) -> Value | None:
        """What the library makes of the value that a field is given; None: it has its default."""

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The value of a parameter of a function that the library calls with settings; None when it does not."""

    def owns(self, made: Made) -> bool:
        """Whether an object is of this model."""


class Evaluator:
    """Evaluates expressions of one program. Results are shared between calls; the work per question is bounded."""

    def __init__(self, program: Program, frameworks: tuple[Framework, ...] = ()) -> None:
        self.program = program
        self.frameworks = frameworks
        self._framework_of = {name: f for f in frameworks for name in f.names}
        self._model_of_object = {name: f for f in frameworks for name in f.objects}
        self.choices: Choices | None = None
        self.sharing = Sharing(self)
        self.moments = Moments(self)
        self.called = CalledBindings(self)
        self.changed_by_calls = ChangesByCalls(self)
        self.changed_by_methods = ChangesByMethods(self)
        self.fills = Fills(self)
        self.flows: dict[tuple[str, str, str], Flow | None] = {}
        self.rebound: dict[str, Rebound] = {}
        self.touched: set[tuple[Frame, str]] = set()
        self.steps = 0
        self.for_a_load = MAX_STEPS  # the steps that a call may take once it is known to be a load
        self.most_steps = MAX_STEPS
        self._most_parses = MAX_PARSES
        self._is_aside = False
        self._is_spare = False
        self._spare_steps = MAX_SPARE_STEPS
        self.is_strict = False
        self.cuts = 0
        self.cycles = 0
        self.sketching = 0
        self.omissions = 0  # what sketches did without: their values are kept, too, but only for sketches
        self.depth = 0
        self.limits: set[str] = set()
        self._memo: dict[object, tuple[object, Value, Touched]] = {}
        self._sketches: dict[object, tuple[object, Value, Touched]] = {}
        self._touched_sets: dict[Touched, Touched] = {}
        self._frames: dict[Frame, Frame] = {}
        self.rounds: dict[tuple[str, n.Span, Value, int], Locals] = {}
        self._assumed: dict[tuple[str, Alternative], Locals] = {}
        self._active: dict[object, int] = {}  # what is being worked out, with its depth
        self._outermost = _NO_CYCLE  # the depth of the outermost of them that was asked for again
        self._under_way: dict[tuple[str, int], int] = {}
        self.orders: dict[object, tuple[Atom | None, ...]] = {}
        self._derived: dict[ClassRef, tuple[ClassRef, ...] | None] = {}
        self._settings: dict[tuple[str, int, str], Setting | None] = {}
        self._optional: dict[object, Value | None] = {}
        self._feasible: dict[object, tuple[object, bool, Touched]] = {}
        self._open_frames: dict[tuple[str, int], Frame | None] = {}
        self._store_scopes: dict[tuple[str, int, str], Scope] = {}
        self._receivers: dict[tuple[str, int, n.Span], Value] = {}
        self.frames_of: Callable[[Frame, frozenset[str]], tuple[tuple[Frame, ...], str | None]] = _no_frames
        self.is_called_by_modules: Callable[[Module, Scope], bool] = lambda _module, _scope: False
        self._is_at_receiver = False
        self._module_stores: dict[tuple[str, str | None], tuple[tuple[Module, AttributeStore], ...]] = {}

    # --- expressions --------------------------------------------------------------------------------------------------

    def evaluate(self, expr: n.Expr, env: Environment) -> Value:
        """The value of an expression. Never raises; what cannot be followed is open with a reason."""
        if isinstance(expr, n.Constant):
            return text_of(expr.value)
        key = (env.module.path, expr.span, type(expr), env.scope, id(env.frame), id(env.locals), env.deferred)
        return self.remember(key, env, lambda: expressions.of_kind(self, expr, env))

    def remember(self, key: object, keep: object, compute: Callable[[], Value]) -> Value:
        """The result of a computation, shared, guarded against cycles, bounded. `keep` lives as long as the result."""
        cached = self._memo.get(key)
        if cached is None and self.sketching and (cached := self._sketches.get(key)) is not None:
            self.omissions += 1
        if cached is not None:
            self.touched |= cached[2]
            return cached[1]
        if key in self._active:
            self.cycles += 1
            self._outermost = min(self._outermost, self._active[key])
            return unknown(CYCLE)
        if self.depth > MAX_DEPTH or self.steps > self.most_steps or self.exhausted:
            self.cuts += 1
            if self.is_strict:
                raise BudgetExceeded
            if self.steps > self.for_a_load or self.exhausted:
                self.limits.add("evaluation limit reached")
            return unknown("evaluation limit reached")
        cuts, omissions = self.cuts, self.omissions
        outer, self.touched = self.touched, set()
        around, self._outermost = self._outermost, _NO_CYCLE
        self._active[key] = self.depth
        self.depth += 1
        self.steps += 1
        try:
            value = compute()
        finally:
            del self._active[key]
            self.depth -= 1
            own, self.touched = self.touched, outer
            self.touched |= own
            is_whole = self._outermost >= self.depth  # whatever was asked for again has ended, with this at the latest
            self._outermost = around if is_whole else min(around, self._outermost)
        if self.cuts == cuts and (is_whole or value.open_reason != CYCLE):
            memo = self._memo if self.omissions == omissions else self._sketches
            memo[key] = (keep, value, self._as_touched(own))
        return value

    def _as_touched(self, parameters: set[tuple[Frame, str]]) -> Touched:
        """The parameters as they are kept: one object for all results that depend on the same ones, most on none."""
        if not parameters:
            return _UNTOUCHED
        found = frozenset(parameters)
        return self._touched_sets.setdefault(found, found)

    def evaluate_span(self, span: n.Span, env: Environment) -> Value:
        """The value of the expression that covers a span of the environment's module."""
        return self.evaluate(env.module.expression(span), env)

    def remember_optional(self, key: object, compute: Callable[[], Value | None]) -> Value | None:
        """As `remember` for computations that may find nothing."""
        if key in self._optional:
            return self._optional[key]
        if key in self._active:
            self.cuts += 1
            return unknown(CYCLE)
        whole = self.cuts, self.omissions
        self._active[key] = self.depth
        try:
            value = compute()
        finally:
            del self._active[key]
        if (self.cuts, self.omissions) == whole:
            self._optional[key] = value
        return value

    def derived(self, cls: ClassRef, compute: Callable[[], tuple[ClassRef, ...] | None]) -> tuple[ClassRef, ...] | None:
        """The subclasses of a class, found once; None when they are too many to be found."""
        if cls not in self._derived:
            self._derived[cls] = ()
            with self.aside():
                found = compute()
                self._derived[cls] = None if self.is_cut_short else found
        return self._derived[cls]

    def store_scope(self, module: Module, scope: Scope, attr: str) -> Scope:
        """A scope in which the stores to `self.attr` are bindings of `attr`, so that flow can be asked for them."""
        key = (module.path, scope.id, attr)
        if key not in self._store_scopes:
            stores = [s for s in module.index.stores_of(attr) if s.scope == scope.id]
            sites = [Binding(attr, BindingKind.ASSIGNMENT, s.position, s.statement) for s in stores]
            self._store_scopes[key] = replace(scope, bindings={attr: sites})
        return self._store_scopes[key]

    def module_stores(self, attr: str, near: str) -> tuple[tuple[Module, AttributeStore], ...]:
        """The stores to an attribute of that name whose receiver may be a module; of many those that mention `near`."""
        key = (attr, near if stores.are_many(self, attr) else None)
        if key not in self._module_stores:
            self._module_stores[key] = stores.module_stores(self, attr, near)
        return self._module_stores[key]

    def receiver(self, expr: n.Expr, env: Environment) -> Value:
        """The object that a store is made to. Asked for every store to any attribute of a name, each is found once.

        What it costs is not taken from the question at hand: a store in some other file must not end it.
        """
        key = (env.module.path, env.scope, expr.span)
        if key in self._receivers:
            return self._receivers[key]
        if self._is_at_receiver or self.sketching:
            return self.evaluate(expr, env)
        self._is_at_receiver = True
        try:
            with self._budget(MAX_RECEIVER_STEPS):
                self._receivers[key] = self.evaluate(expr, env)
        finally:
            self._is_at_receiver = False
        return self._receivers[key]

    def assumed(self, name: str, alternative: Alternative) -> Locals:
        """One value of a name as a local one, the same object each time, so that what is evaluated with it is kept."""
        key = name, alternative
        if key not in self._assumed:
            self._assumed[key] = narrowing.locals_of(name, alternative)
        return self._assumed[key]

    # --- what other parts ask -----------------------------------------------------------------------------------------

    def call(self, callee: Value, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """The value of calling something with arguments."""
        return calls.call(self, callee, arguments, env, span)

    def attribute(self, value: Value, name: str, env: Environment) -> Value:
        """`value.name`"""
        return attributes.of_value(self, value, name, env)

    def atoms(self, value: Value) -> Iterator[Atom]:
        """The atoms of a value."""
        return (a.atom for a in value.atoms)

    def framework(self, name: str) -> Framework | None:
        """The model of a library's callable, if there is one."""
        return self._framework_of.get(name)

    def owner(self, made: Made) -> Framework | None:
        """The model that an object belongs to."""
        return next((f for f in self.frameworks if f.owns(made)), None)

    def followed(self, atom: Atom) -> Made | None:
        """The atom as an object that a framework model follows; None for any other."""
        if isinstance(atom, Made):
            return atom
        if isinstance(atom, External) and atom.name in self._model_of_object:
            owner = Arguments((known(atom.receiver),)) if atom.receiver is not None else calls.NO_ARGUMENTS
            return Made(atom.name, "", (0, 0), owner)
        return None

    def field(self, instance: Instance, attr: str) -> Value | None:
        """What a library gives a field that the constructor is not given; None when none does."""
        found = (f.field(self, instance, attr) for f in self.frameworks)
        return next((v for v in found if v is not None), None)

    def taken(self, instance: Instance, attr: str, given: Value | None) -> Value | None:
        """What libraries make of the value that a field is given; None: it has its default."""
        for framework in self.frameworks:
            given = framework.taken(self, instance, attr, given)
        return given

    def setting(self, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """What a library passes for a parameter of a function that it calls (`@click.option`); None when none does."""
        key = (module.path, scope.id, parameter.name)
        if key not in self._settings:
            self._settings[key] = None
            whole = self.cuts, self.omissions
            setting = None
            try:
                found = (f.parameter(self, module, scope, parameter) for f in self.frameworks)
                self._settings[key] = setting = next((s for s in found if s is not None), None)
            finally:
                if (self.cuts, self.omissions) != whole:
                    del self._settings[key]
            return setting
        return self._settings[key]

    def intern(self, frame: Frame) -> Frame:
        """One object for equal frames, so that results can be shared by identity."""
        return self._frames.setdefault(frame, frame)

    def open_frame(self, module: Module, scope: Scope) -> Frame | None:
        """The frame of a scope's innermost function when nothing is known of its caller."""
        key = (module.path, scope.id)
        if key not in self._open_frames:
            parent = module.scope(scope.parent) if scope.parent is not None else None
            around = self.open_frame(module, parent) if parent is not None else None
            is_function = scope.kind is ScopeKind.FUNCTION and parent is not None
            self._open_frames[key] = self.intern(Frame(module.path, scope.id, None, around)) if is_function else around
        return self._open_frames[key]

    def feasible(self, branch: Branch, env: Environment) -> bool:
        """Whether an arm can be taken, as far as its test can be decided."""
        arm = (env.module.path, env.scope, branch.test, branch.taken, branch.swallows, branch.skips, id(branch.case))
        key = (
            arm,
            id(branch.raising and branch.handler),
            id(branch.entry),
            id(env.frame),
            id(env.locals),
            env.deferred,
        )
        if key in self._feasible:
            _, answer, touched = self._feasible[key]
            self.touched |= touched
            return answer
        disturbed = self.cuts, self.cycles
        outer, self.touched = self.touched, set()
        try:
            answer = self._sketched(lambda: conditions.can_be_taken(self, branch, env))
        finally:
            own, self.touched = self.touched, outer
            self.touched |= own
        if (self.cuts, self.cycles) == disturbed:
            self._feasible[key] = ((env, branch), answer, self._as_touched(own))
        return answer

    def _sketched(self, decide: Callable[[], bool]) -> bool:
        """Little work only: a test that takes more is not worth deciding, both of its arms are taken."""
        most, strict, omissions = self.most_steps, self.is_strict, self.omissions
        self.most_steps, self.is_strict = min(most, self.steps + MAX_TEST_STEPS), True
        self.sketching += 1
        try:
            return decide()
        except BudgetExceeded:
            return True
        finally:
            # A test is always decided by a sketch: what depends on it is no less whole.
            self.most_steps, self.is_strict, self.omissions = most, strict, omissions
            self.sketching -= 1

    @contextmanager
    def strictly(self) -> Iterator[None]:
        """A question that ends with `BudgetExceeded` when it takes more work than it may."""
        strict, self.is_strict = self.is_strict, True
        try:
            yield
        finally:
            self.is_strict = strict

    @contextmanager
    def question(self) -> Iterator[None]:
        """A fresh record of touched parameters for one question."""
        touched, self.touched = self.touched, set()
        try:
            yield
        finally:
            self.touched = touched

    @contextmanager
    def activation(self, path: str, scope: int) -> Iterator[int]:
        """A call of a function that is being followed; gives how many are under way, this one included."""
        key = (path, scope)
        self._under_way[key] = self._under_way.get(key, 0) + 1
        try:
            yield self._under_way[key]
        finally:
            self._under_way[key] -= 1

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Work that is done once for all questions: with a budget of its own, which what it leads to shares."""
        sketching, self.sketching = self.sketching, 0
        is_inner, self._is_aside = self._is_aside, True
        try:
            with nullcontext() if is_inner else self._budget(MAX_STEPS):
                yield
        finally:
            self.sketching, self._is_aside = sketching, is_inner

    @contextmanager
    def spare(self) -> Iterator[None]:
        """Work that only makes a complete answer narrower: `BudgetExceeded` ends it when its own share is spent."""
        if self._is_spare:
            yield
            return
        self._is_spare = True
        try:
            with self._budget(self._spare_steps), self.strictly():
                try:
                    yield
                finally:
                    self._spare_steps = max(0, self._spare_steps - self.steps)
        finally:
            self._is_spare = False

    @contextmanager
    def _budget(self, steps: int) -> Iterator[None]:
        """A budget of its own for a part of the work; nothing of it is taken from the question at hand."""
        kept = self.steps, self.most_steps, self.is_strict
        before = self.program.parses
        left = self._most_parses - before
        self.steps, self.most_steps, self._most_parses = 0, steps, before + MAX_PARSES
        self.is_strict = False
        try:
            yield
        finally:
            self.steps, self.most_steps, self.is_strict = kept
            self._most_parses = self.program.parses + left

    @contextmanager
    def free_parses(self) -> Iterator[None]:
        """Files that any question may ask for, read once for all: none of them is counted."""
        left = self._most_parses - self.program.parses
        try:
            yield
        finally:
            self._most_parses = self.program.parses + left

    def allow_parses(self, count: int) -> None:
        """Let the question read at least so many files more."""
        self._most_parses = max(self._most_parses, self.program.parses + count)

    def another(self, choices: Choices | None = None) -> Evaluator:
        """An evaluator of the same program that shares no results; by `choices` some names have one of their values."""
        other = Evaluator(self.program, self.frameworks)
        other.choices, other.frames_of = choices, self.frames_of
        other.is_called_by_modules = self.is_called_by_modules
        other.begin(telling=True)
        other.go_on()
        return other

    def begin(self, *, telling: bool) -> None:
        """Start on a call site with the work that finding its callee may take; `telling`: its name tells of models."""
        self.steps, self.most_steps = 0, MAX_CALLEE_STEPS if telling else MAX_PLAIN_CALLEE_STEPS
        self._most_parses = self.program.parses + MAX_PARSES
        self._spare_steps = MAX_SPARE_STEPS

    @property
    def exhausted(self) -> bool:
        """Whether the question has read as many files as it may."""
        return self.program.parses > self._most_parses

    @property
    def is_cut_short(self) -> bool:
        """Whether the question has taken all the work that it may."""
        return self.steps > self.most_steps or self.exhausted

    def go_on(self) -> None:
        """The call is a load: take the time to find its arguments."""
        self.most_steps = max(self.most_steps, self.for_a_load)

    def touch(self, frame: Frame, name: str) -> None:
        """Note that an answer depended on a parameter of an activation whose caller is not known."""
        self.touched.add((frame, name))
