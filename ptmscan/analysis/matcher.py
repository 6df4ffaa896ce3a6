"""A call site against the catalogue: which signature it is, whether it loads, which models, in every context."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Protocol

from ptmscan.analysis import calls, classes, lookup
from ptmscan.analysis.bindings import enclosing_branches, follows_terminal
from ptmscan.analysis.callers import Callers
from ptmscan.analysis.containers import subscript
from ptmscan.analysis.evaluator import Environment, Evaluator
from ptmscan.analysis.nested import environments
from ptmscan.analysis.program import Module
from ptmscan.analysis.values import (
    REPOSITORY,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    EnumMember,
    External,
    FunctionRef,
    Hole,
    Instance,
    Mapping,
    PartialCall,
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Trace,
    Value,
    join,
    text_of,
    truth,
    unknown,
)
from ptmscan.records import Json
from ptmscan.signatures.model import ArgumentSpec, Gate, GateTest, ModelSource, Signature
from ptmscan.signatures.names import OBJECT_RULES, Identity, TreeView, default_model, gate_default, identify
from ptmscan.syntax import nodes as n

NOT_A_MODEL_GATES = frozenset([GateTest.IS, GateTest.NOT, GateTest.LIKE, GateTest.UNLIKE])
MAX_MODELS = 64


class Catalogue(Protocol):
    """What the matcher asks of the catalogue."""

    @property
    def roots(self) -> frozenset[str]:
        """Import roots of all signatures."""

    @property
    def methods(self) -> frozenset[str]:
        """The names of methods that a class of any name may have, such as `from_pretrained`."""

    def find(self, name: str) -> tuple[tuple[Signature, str | None], ...]:
        """The signatures of a fully qualified name."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that a call may load: its identity, the trace of its name, where the name comes from."""

    identity: Identity
    trace: Trace
    revision: str | None
    from_library: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a call means in one context under one signature."""

    signature: Signature
    resolved_to: str
    callee: str
    loads: bool | None
    models: tuple[Candidate, ...]
    open_reason: str | None
    arguments: tuple[tuple[str, Json], ...]
    trust: bool | None


@dataclass(frozen=True, slots=True)
class Match:
    """A call that a signature describes, with its readings in all contexts joined."""

    span: n.Span
    scope: int
    readings: tuple[Reading, ...]

    @property
    def signature(self) -> Signature:
        """The signature of all readings."""
        return self.readings[0].signature


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Why a call is no load."""

    span: n.Span
    scope: int
    reason: str


class Matcher:
    """Reads call sites of one program."""

    def __init__(self, evaluator: Evaluator, catalogue: Catalogue, tree: TreeView) -> None:
        self.ev, self.catalogue, self.tree = evaluator, catalogue, tree
        self.callers = Callers(evaluator)

    def match(self, module: Module, span: n.Span) -> tuple[Match, ...] | NoMatch:
        """The matches of the call at a span, one for each signature that it may mean."""
        self.ev.begin()
        scope = module.index.scope_at(span[0])
        call = module.expression(span)
        if not isinstance(call, n.Call):
            return NoMatch(span, scope.id, "not a call")
        env = Environment(module, scope.id, lookup.open_frame(self.ev, module, scope))
        if follows_terminal(scope, span[0]):
            return NoMatch(span, scope.id, "never reached: a statement before it always leaves the block")
        refusal = self._quick_refusal(call, env)
        if refusal is not None:
            return NoMatch(span, scope.id, refusal)
        readings: dict[str, list[Reading]] = {}
        reasons: list[str] = []
        inner_environments = environments(self.ev, env, span, self.callers.lambda_locals)
        for inner in inner_environments:
            for answer, reason in self.callers.answers(inner, lambda e: self._read(call, e), _settled):
                if isinstance(answer, str):
                    reasons.append(answer)
                    continue
                for reading in answer:
                    opened = reading if reason is None or reading.open_reason else _opened(reading, reason)
                    rows = readings.setdefault(reading.signature.id, [])
                    if opened not in rows:
                        rows.append(opened)
        if not readings:
            readings = self._unreached(call, env, inner_environments)
        if not readings:
            return NoMatch(span, scope.id, reasons[0] if reasons else "no calling context reaches it")
        return tuple(Match(span, scope.id, tuple(found)) for _, found in sorted(readings.items()))

    def _quick_refusal(self, call: n.Call, env: Environment) -> str | None:
        """Why a call is no load whoever calls; None when it may be one and is worth a closer look.

        Callers are asked for a receiver only where the method's name itself tells of models: `obj.get(…)` is left out.
        """
        with self.ev.question():
            callee = self.ev.evaluate(call.func, env)
        named = [name for a in callee.atoms for name, _ in self._names(a.atom)]
        if any(self.catalogue.find(name) for name in named) or self._indirect(call, callee, env):
            return None
        last = call.func.attr if isinstance(call.func, n.Attribute) else None
        if callee.open_reason is not None and last in self.catalogue.methods:
            return None
        return self._no_signature(callee, named)

    def _unreached(
        self, call: n.Call, env: Environment, inner_environments: list[Environment]
    ) -> dict[str, list[Reading]]:
        """The readings of a call that no caller in the repository reaches, though others may."""
        found: dict[str, list[Reading]] = {}
        if env.frame is None:
            return found
        for inner in inner_environments:
            with self.ev.question():
                answer = self._read(call, inner)
            for reading in answer if not isinstance(answer, str) else ():
                opened = _opened(reading, reading.open_reason or "no call in this repository reaches it")
                found.setdefault(reading.signature.id, []).append(opened)
        return found

    def _read(self, call: n.Call, env: Environment) -> list[Reading] | str:
        """The readings of a call in one context, or why it is no load there."""
        callee = self.ev.evaluate(call.func, env)
        named = [
            (name, given, alternative.atom)
            for alternative in callee.atoms
            for name, given in self._names(alternative.atom)
        ]
        found = [(name, given, atom, matches) for name, given, atom in named if (matches := self.catalogue.find(name))]
        indirect = self._indirect(call, callee, env)
        if not found and not indirect:
            return self._no_signature(callee, [name for name, _, _ in named])
        self.ev.go_on()
        for branch in enclosing_branches(env.module.scope(env.scope), call.span[0]):
            if not self.ev.feasible(branch, env):
                return "never reached: the test around it is decided"
        arguments = calls.evaluate_arguments(self.ev, call.args, env) if found else calls.NO_ARGUMENTS
        rows = [(name, calls.merged_arguments(given, arguments), atom, matches) for name, given, atom, matches in found]
        readings: list[Reading] = []
        refusals: list[str] = []
        for name, whole, atom, matches in (*rows, *indirect):
            answer = self._first_reading(name, matches, whole, self._callee(call, atom, name, env))
            if isinstance(answer, str):
                refusals.append(answer)
            else:
                readings.append(answer)
        return readings or refusals[0]

    def _indirect(
        self, call: n.Call, callee: Value, env: Environment
    ) -> list[tuple[str, Arguments, Atom, tuple[tuple[Signature, str | None], ...]]]:
        """What a library that is called here calls in its turn, as far as the catalogue knows it."""
        found: list[tuple[str, Arguments, Atom, tuple[tuple[Signature, str | None], ...]]] = []
        for alternative in callee.atoms:
            atom = alternative.atom
            framework = self.ev.framework(atom.name) if isinstance(atom, External) else None
            if framework is None or not isinstance(atom, External):
                continue
            given = calls.evaluate_arguments(self.ev, call.args, env)
            for target, arguments in framework.calls(self.ev, atom, given, env):
                for name, first in self._names(target):
                    if matches := self.catalogue.find(name):
                        found.append((name, calls.merged_arguments(first, arguments), atom, matches))
        return found

    def _no_signature(self, callee: Value, names: list[str]) -> str:
        if names:
            return f"`{names[0]}` is in no signature"
        if callee.open_reason:
            return f"what is called is not known: {callee.open_reason}"
        return "what is called is defined in this repository"

    def _names(self, atom: Atom) -> list[tuple[str, Arguments]]:
        """The fully qualified names under which the catalogue may know an atom, with arguments given before."""
        match atom:
            case External(name=name):
                plain = name.removesuffix(".__init__")
                if ".from_pretrained()." in plain and not self.catalogue.find(plain):
                    # A class method called on an object that it made before.
                    plain = plain.replace(".from_pretrained()", "")
                return [(plain, calls.NO_ARGUMENTS)]
            case FunctionRef(path=path, scope=scope):
                return self._own_name(path, scope)
            case BoundMethod(function=function):
                return self._own_name(function.path, function.scope)
            case ClassRef(path=path, scope=scope):
                return [*self._inherited_constructor(atom), *self._own_name(path, scope)]
            case PartialCall(function=inner, arguments=given):
                return [(name, calls.merged_arguments(given, first)) for name, first in self._names(inner)]
            case _:
                return []

    def _own_name(self, path: str, scope: int) -> list[tuple[str, Arguments]]:
        """A definition of this repository is the library's own when its package is the library, or a copy."""
        name = self.ev.program.modules.name(path)
        root = name.partition(".")[0]
        if root not in self.catalogue.roots or "/" not in path or not self.ev.program.modules.is_package_root(path):
            return []
        return [(f"{name}.{self.ev.program.get(path).scope(scope).qualified_name}", calls.NO_ARGUMENTS)]

    def _inherited_constructor(self, cls: ClassRef) -> list[tuple[str, Arguments]]:
        init = classes.of_class(self.ev, cls, "__init__", Instance(cls, calls.NO_ARGUMENTS))
        return [
            (a.atom.name.removesuffix(".__init__"), calls.NO_ARGUMENTS)
            for a in init.atoms
            if isinstance(a.atom, External)
        ]

    def _callee(self, call: n.Call, atom: Atom, name: str, env: Environment) -> str:
        """The callee as the code names it, fully qualified: through the local class where one stands between."""
        if isinstance(atom, External) and isinstance(call.func, n.Attribute):
            receiver = self.ev.evaluate(call.func.value, env)
            local = [a.atom for a in receiver.atoms if isinstance(a.atom, ClassRef)]
            if local:
                module, scope = classes.class_scope(self.ev, local[0])
                return f"{module.name}.{scope.qualified_name}.{call.func.attr}"
        return name

    # --- one reading --------------------------------------------------------------------------------------------------

    def _first_reading(
        self, name: str, matches: Iterable[tuple[Signature, str | None]], arguments: Arguments, callee: str
    ) -> Reading | str:
        """The reading under the first signature whose conditions hold; an untrained one if none loads."""
        untrained: Reading | None = None
        refusal = ""
        for signature, captured in matches:
            answer = self._reading(signature, captured, name, arguments, callee)
            if isinstance(answer, str):
                refusal = refusal or answer
            elif answer.loads is not False:
                return answer
            else:
                untrained = untrained or answer
        return untrained or refusal or "no signature applies"

    def _reading(
        self, signature: Signature, captured: str | None, name: str, arguments: Arguments, callee: str
    ) -> Reading | str:
        parts = self._parts(signature, captured, arguments)
        if signature.default is None and signature.source is ModelSource.ARGUMENT and all(p is None for p in parts):
            return "the call names no model"
        written = tuple(_first_text(p) for p in parts)
        decided = [(g, _gate(g, arguments, written)) for g in signature.gates]
        refused = next((g for g, answer in decided if answer is False and g.test in NOT_A_MODEL_GATES), None)
        if refused is not None:
            shown = refused.argument.keywords[0] if refused.argument.keywords else "an argument"
            return f"`{shown}` says that this is no model of the hub"
        answers = [answer for _, answer in decided]
        if signature.any_gates:
            answers.append(_any([_gate(g, arguments, written) for g in signature.any_gates]))
        loads = False if False in answers else None if None in answers else True
        revision = _single_text(_named(signature.revision, arguments))
        models, reason = self._models(signature, parts, arguments, revision)
        models, reason = self._with_further(signature, arguments, models, reason)
        trust = _single_bool(_named(signature.trust, arguments))
        if not signature.trust:
            trust = None
        return Reading(
            signature, name, callee, loads, models, reason, tuple(_static_arguments(signature, arguments)), trust
        )

    def _parts(self, signature: Signature, captured: str | None, arguments: Arguments) -> list[Value | None]:
        """The values of the parts of the model's name, None for an omitted argument."""
        given = [argument(spec, arguments) for spec in signature.model]
        if signature.source is ModelSource.CALLABLE:
            own = unknown("the callable is chosen at run time") if captured is None else text_of(captured)
            return [own, *given]
        return given

    def _models(
        self, signature: Signature, parts: list[Value | None], arguments: Arguments, revision: str | None
    ) -> tuple[tuple[Candidate, ...], str | None]:
        if signature.source is ModelSource.IMPLICIT or not parts or parts[0] is None or _is_none(parts[0]):
            return self._default(signature, arguments, revision)
        objects = signature.name_rule in OBJECT_RULES
        choices: list[list[tuple[str | None, Trace, str | None]]] = []
        reason: str | None = None
        for i, part in enumerate(parts):
            texts, open_reason = _texts(part, objects=objects, optional=i > 0)
            reason = reason or open_reason
            choices.append(texts or ([("?", (), None)] if i else []))
        found: dict[tuple[str, str | None], Candidate] = {}
        for row in product(*choices):
            trace = tuple(step for _, steps, _ in row for step in steps)
            texts_of_row = tuple(text or "" for text, _, _ in row)
            if any(partial for _, _, partial in row):
                reason = reason or next(p for _, _, p in row if p)
                continue
            identity = identify(signature.name_rule, texts_of_row, self.tree)
            if identity.name:
                found.setdefault(
                    (identity.name, identity.id), Candidate(identity, trace, identity.revision or revision)
                )
            if len(found) >= MAX_MODELS:
                reason = reason or f"more than {MAX_MODELS} possible models"
                break
        return tuple(found.values()), reason

    def _with_further(
        self, signature: Signature, arguments: Arguments, models: tuple[Candidate, ...], reason: str | None
    ) -> tuple[tuple[Candidate, ...], str | None]:
        """The models, and those that further arguments of the call name."""
        for spec in signature.further:
            value = argument(spec, arguments)
            if value is None or _is_none(value):
                continue
            texts, open_reason = _texts(value, objects=False, optional=False)
            reason = reason or open_reason
            for text, trace, partial in texts:
                reason = reason or partial
                if text and not partial:
                    models += (Candidate(identify(signature.name_rule, (text,), self.tree), trace, None),)
        return models, reason

    def _default(
        self, signature: Signature, arguments: Arguments, revision: str | None
    ) -> tuple[tuple[Candidate, ...], str | None]:
        """The models that the library loads when the call names none."""
        default = signature.default
        if default is None:
            return (), None if not arguments.complete else "the call names no model"
        if default.name is not None:
            identity = identify(signature.name_rule, (default.name,), self.tree)
            return (Candidate(identity, (), revision, from_library=True),), None
        if default.by is None or default.table is None:
            return (), "the library chooses the model"
        key = argument(default.by, arguments)
        texts, reason = (
            _texts(key, objects=False, optional=True) if key is not None else ([], "the library chooses the model")
        )
        found = []
        for text, trace, _ in texts:
            chosen = default_model(default.table, text or "")
            if chosen is None:
                reason = reason or "the library's default for this task is not known"
                continue
            identity = identify(signature.name_rule, (chosen[0],), self.tree)
            found.append(Candidate(identity, trace, revision or chosen[1], from_library=True))
        return tuple(found), reason


def _settled(answer: list[Reading] | str) -> bool:
    """Whether a reading holds in every context: its models are all known, and whether it loads."""
    return not isinstance(answer, str) and all(r.open_reason is None and r.loads is not None for r in answer)


def _opened(reading: Reading, reason: str) -> Reading:
    return Reading(
        reading.signature,
        reading.resolved_to,
        reading.callee,
        reading.loads,
        reading.models,
        reason,
        reading.arguments,
        reading.trust,
    )


def argument(spec: ArgumentSpec, arguments: Arguments) -> Value | None:
    """The value of an argument by position or any of its names; None when it is omitted, unknown when it may be hidden.

    With keys it is what stands under them in the dictionary that the argument is.
    """
    value = _given(spec, arguments)
    for key in spec.keys:
        if value is None or _is_none(value):
            return None
        value = join(subscript(alternative.atom, text_of(key)) for alternative in value.atoms)
    return value


def _given(spec: ArgumentSpec, arguments: Arguments) -> Value | None:
    for keyword in spec.keywords:
        value = arguments.keyword(keyword)
        if value is not None:
            return value
    if spec.position is not None and spec.position < len(arguments.positional):
        return arguments.positional[spec.position]
    return None if arguments.complete else unknown("passed in `*` or `**` arguments that are not known")


def _named(names: tuple[str, ...], arguments: Arguments) -> Value | None:
    return next((v for name in names if (v := arguments.keyword(name)) is not None), None)


def _is_none(value: Value) -> bool:
    return value.single() == Const(None)


def _first_text(value: Value | None) -> str:
    single = value.single() if value is not None else None
    return str(single.value) if isinstance(single, Const) and single.value is not None else ""


def _single_text(value: Value | None) -> str | None:
    single = value.single() if value is not None else None
    return single.value if isinstance(single, Const) and isinstance(single.value, str) else None


def _single_bool(value: Value | None) -> bool | None:
    if value is None:
        return False
    single = value.single()
    return single.value if isinstance(single, Const) and isinstance(single.value, bool) else None


def _texts(
    value: Value | None, *, objects: bool, optional: bool
) -> tuple[list[tuple[str | None, Trace, str | None]], str | None]:
    """The texts a part of a name may be, with trace and why known in part only; and why there may be others."""
    if value is None:
        return [("", (), None)], None
    found: list[tuple[str | None, Trace, str | None]] = []
    reason = value.open_reason
    for alternative in value.atoms:
        for text, partial in _atom_texts(alternative.atom, objects=objects, optional=optional):
            if text is None:
                reason = reason or partial
            else:
                found.append((text, alternative.trace, partial))
    return found, reason


def _atom_texts(atom: Atom, *, objects: bool, optional: bool) -> list[tuple[str | None, str | None]]:
    match atom:
        case Const(value=str() as text):
            return [(text, None)]
        case Const(value=None) if not optional:
            return []
        case Const(value=value) if optional:
            return [("" if value is None else str(value), None)]
        case Const():
            return [(None, "the argument is no text")]
        case Text(parts=(Hole() as start, str() as rest)) | PathObject(parts=(Hole() as start, str() as rest)) if (
            start == REPOSITORY
        ):
            return [(f".{rest}", None)]
        case Text(parts=parts):
            return [(shown(parts), next(p.reason for p in parts if isinstance(p, Hole)))]
        case PathObject(parts=parts):
            holes = [p.reason for p in parts if isinstance(p, Hole)]
            return [(shown(parts), holes[0] if holes else None)]
        case EnumMember(value=inner):
            return [x for a in inner.atoms for x in _atom_texts(a.atom, objects=objects, optional=optional)]
        case Sequence(items=items):
            return [x for i in items for a in i.atoms for x in _atom_texts(a.atom, objects=objects, optional=optional)]
        case External(name=name) if objects and "(" not in name and "[" not in name:
            return [(name, None)]
        case External(name=name):
            return [(None, _external_reason(name))]
        case _:
            return [(None, "the argument is an object, not a name")]


def _external_reason(name: str) -> str:
    if name.startswith("sys.argv"):
        return "a command-line argument (sys.argv)"
    if name.startswith("os.environ"):
        return "an environment variable"
    if name.startswith("builtins.input"):
        return "typed in by the user"
    return f"the result of `{name}`" if name.endswith(("()", "[]")) else f"the object `{name}`"


def shown(parts: Iterable[str | Hole]) -> str:
    """A text with its holes as `{…}`."""
    return "".join(p if isinstance(p, str) else "{…}" for p in parts)


# --- gates ------------------------------------------------------------------------------------------------------------


def _gate(gate: Gate, arguments: Arguments, written: tuple[str, ...]) -> bool | None:
    """Whether an argument lets the call load; None when that is not known."""
    value = argument(gate.argument, arguments)
    if value is None:
        if gate.table is not None:
            return gate_default(gate.table, written)
        return _test(gate, _default_atom(gate.default))
    answers = [_test(gate, a.atom) for a in value.atoms]
    if value.open_reason is not None:
        answers.append(None)
    if not answers:
        return None
    return answers[0] if all(a is answers[0] for a in answers) else None


def _default_atom(value: Json) -> Atom:
    """A gate's default as an atom."""
    if isinstance(value, (list, dict)):
        return Sequence(SequenceKind.LIST, (text_of(None),) * len(value))
    return Const(value)


def _test(gate: Gate, atom: Atom) -> bool | None:
    match gate.test:
        case GateTest.TRUE:
            return truth(atom) if not isinstance(atom, External) else (None if "(" in atom.name else True)
        case GateTest.SET | GateTest.UNSET:
            answer = _is_set(atom)
            return answer if answer is None or gate.test is GateTest.SET else not answer
        case GateTest.IS | GateTest.NOT:
            if not isinstance(atom, Const):
                return None
            return (atom.value in gate.values) is (gate.test is GateTest.IS)
        case GateTest.LIKE | GateTest.UNLIKE:
            if not isinstance(atom, Const) or not isinstance(atom.value, str):
                return None if not isinstance(atom, Const) else gate.test is GateTest.UNLIKE
            hit = any(fnmatchcase(atom.value, str(v)) for v in gate.values)
            return hit is (gate.test is GateTest.LIKE)


def _is_set(atom: Atom) -> bool | None:
    match atom:
        case Const(value=value):
            return value is not None and value is not False
        case External(name=name):
            return None if name.endswith(("()", "[]")) else True
        case Text() | EnumMember() | PathObject() | Sequence() | Mapping() | Instance():
            return True
        case _:
            return None


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


# --- arguments for the record -----------------------------------------------------------------------------------------


def _static_arguments(signature: Signature, arguments: Arguments) -> Iterable[tuple[str, Json]]:
    """Every argument with one static value, by its name, or its position where the name is not known."""
    names = list(signature.parameters)
    if not names:
        by_position = {
            spec.position: spec.keywords[0] for spec in signature.model if spec.position is not None and spec.keywords
        }
        names = [by_position.get(i, str(i)) for i in range(len(arguments.positional))]
    for i, value in enumerate(arguments.positional):
        plain = plain_value(value)
        if plain is not None:
            yield (names[i] if i < len(names) else str(i)), plain[0]
    for name, value in arguments.keywords:
        plain = plain_value(value)
        if plain is not None:
            yield name, plain[0]


def plain_value(value: Value) -> tuple[Json] | None:
    """The JSON form of a value that is one constant or a collection of such; None when it is not."""
    single = value.single()
    match single:
        case Const(value=bool() | int() | str() | None as plain):
            return (plain,)
        case Const(value=float() as number) if number == number and abs(number) != float("inf"):
            return (number,)
        case External(name=name) if "(" not in name and "[" not in name and "?" not in name:
            return (name,)
        case Sequence(items=items, complete=True):
            parts = [plain_value(i) for i in items]
            return ([p[0] for p in parts if p is not None],) if None not in parts else None
        case Mapping(items=pairs, complete=True):
            rows = [(k, plain_value(v)) for k, v in pairs]
            if all(isinstance(k, Const) and isinstance(k.value, str) and v is not None for k, v in rows):
                return ({str(k.value): v[0] for k, v in rows if isinstance(k, Const) and v is not None},)
            return None
        case _:
            return None
