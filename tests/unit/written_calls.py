"""Arguments with which the call of a signature loads, for the tests that write such calls."""

from __future__ import annotations

from ptmscan.signatures.model import ArgumentSpec, Gate, GateTest, ModelSource, Signature

NAME = "some-org/some-name"


def passing(gate: Gate) -> object:
    """A value that lets the call load; OMITTED where the default does."""
    match gate.test:
        case GateTest.TRUE | GateTest.SET:
            return True
        case GateTest.UNSET:
            return None
        case GateTest.IS:
            return gate.values[0]
        case GateTest.LIKE:
            return str(gate.values[0]).replace("*", NAME)
        case GateTest.NOT | GateTest.UNLIKE:
            return NAME


def closing(gate: Gate) -> object:
    """A value that keeps the call from loading."""
    match gate.test:
        case GateTest.TRUE:
            return False
        case GateTest.SET:
            return None
        case GateTest.UNSET:
            return True
        case GateTest.IS | GateTest.LIKE:
            return "something-else"
        case GateTest.NOT | GateTest.UNLIKE:
            first = gate.values[0]
            return first.replace("*", "x") if isinstance(first, str) else first


def values(signature: Signature) -> dict[ArgumentSpec, object]:
    """A value for the model and for every condition."""
    found: dict[ArgumentSpec, object] = {}
    if signature.source is ModelSource.ARGUMENT:
        found[signature.model[0]] = NAME
        found |= dict.fromkeys(signature.model[1:], "entry")
    for gate in (*signature.gates, *signature.any_gates[:1]):
        if gate.argument not in found or gate.test not in (GateTest.TRUE, GateTest.SET, GateTest.NOT, GateTest.UNLIKE):
            found[gate.argument] = passing(gate)
    return found


def is_class_method(signature: Signature) -> bool:
    """Whether the pattern ends in a method of a named class, or of any class of the package."""
    *_, owner, method = ("", *signature.pattern.split("."))
    return method[:1].islower() and (owner[:1].isupper() or owner == "**")
