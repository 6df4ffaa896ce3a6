"""What the arguments of a call say: the value a signature's argument takes, gates, and arguments known statically."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from ptmscan.analysis.alternatives import join, truth
from ptmscan.analysis.containers import subscript
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    EnumMember,
    External,
    Instance,
    Mapping,
    PathObject,
    Sequence,
    SequenceKind,
    Text,
    Value,
    text_of,
    unknown,
)
from ptmscan.records import Json
from ptmscan.signatures.model import ArgumentSpec, Gate, GateTest, Signature
from ptmscan.signatures.names import gate_default


def argument(spec: ArgumentSpec, arguments: Arguments) -> Value | None:
    """The value of an argument by position or any of its names; None when it is omitted, unknown when it may be hidden.

    With keys it is what stands under them in the dictionary that the argument is.
    """
    value = _given(spec, arguments)
    for key in spec.keys:
        if value is None or is_none(value):
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


def first_given(specs: tuple[ArgumentSpec, ...], arguments: Arguments) -> Value | None:
    """The first of some arguments that is given, by position or name; None when none is, unknown when one may be."""
    complete = replace(arguments, complete=True)
    given = next((value for spec in specs if (value := argument(spec, complete)) is not None), None)
    return argument(specs[0], arguments) if given is None and specs else given


def is_none(value: Value) -> bool:
    """Whether a value is `None` and nothing else."""
    return value.single() == Const(None)


def single_bool(value: Value | None) -> bool | None:
    """What a boolean argument says: False when it is omitted, None when it is not known."""
    if value is None:
        return False
    single = value.single()
    return single.value if isinstance(single, Const) and isinstance(single.value, bool) else None


def is_open(gate: Gate, arguments: Arguments, written: tuple[str, ...]) -> bool | None:
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


def any_of(answers: list[bool | None]) -> bool | None:
    """Three-valued `any`: None when no answer is True and one is not known."""
    if True in answers:
        return True
    return None if None in answers else False


def static_arguments(signature: Signature, arguments: Arguments) -> Iterable[tuple[str, Json]]:
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
